import type { ModelFacts } from '@streambed/model-facts';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export type JsonObject = { readonly [key: string]: Json };

export interface TurnMessage {
  readonly role: 'user' | 'assistant' | 'system';
  /** All text of the message. */
  readonly text: string;
  readonly toolUses: readonly { readonly id: string; readonly name: string; readonly input: JsonObject }[];
  readonly toolResults: readonly {
    readonly id: string;
    readonly text: string;
    readonly isError: boolean;
  }[];
  /** What was sent beside text: `image/png`, `application/pdf`, … */
  readonly attachments: readonly string[];
}

export interface Tool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JsonObject;
}

/** A part of a prompt, in order; `ttl`: the prompt cache may end after it. */
export interface PrefixBlock {
  readonly text: string;
  readonly ttl?: '5m' | '1h' | undefined;
}

export interface CacheUse {
  readonly read: number;
  readonly writes: readonly { readonly ttl: '5m' | '1h'; readonly tokens: number }[];
}

/** `functions`: Kimi's `functions.get_weather:0`. */
export type ToolIds = 'tooluse' | 'functions' | 'uuid' | 'chatcmpl-tool';

export interface TurnDocument {
  readonly title: string;
  /** What it says, where it was sent as text or in pieces. */
  readonly text?: string;
  readonly cited: boolean;
  /** What citations point at: characters of a text, pages of a PDF, one of the pieces given. */
  readonly unit: 'char' | 'page' | 'chunk';
}

/** A request as the text engine sees it: the same, whatever body it came in. */
export interface Turn {
  readonly model: ModelFacts;
  /** As the caller named it. */
  readonly modelId: string;
  readonly system: string;
  readonly messages: readonly TurnMessage[];
  readonly tools: readonly Tool[];
  readonly toolChoice:
    | { readonly type: 'auto' | 'any' | 'none' }
    | { readonly type: 'tool'; readonly name: string };
  /** `shown` false: the answer has a thinking block, but its text is left out. */
  readonly thinking: { readonly on: boolean; readonly shown: boolean };
  /** The schema a JSON answer must follow, where one was given. */
  readonly outputSchema?: JsonObject;
  /** Something in the request is marked for the prompt cache, on a model that reports caching. */
  readonly cached?: boolean;
  /** The whole prompt in parts, where something in it is marked for the prompt cache. */
  readonly prefix?: readonly PrefixBlock[];
  /** What of `inputTokens` came from the prompt cache, and what went there. */
  readonly cacheUse?: CacheUse;
  /** The ids of tool calls, where the body has others than Claude's `toolu_bdrk_…`. */
  readonly toolIds?: ToolIds;
  /** Documents that were sent, in order: what can be cited. */
  readonly documents?: readonly TurnDocument[];
  /** Tools of the model's own side that may be used: `nova_grounding`, `nova_code_interpreter`. */
  readonly systemTools?: readonly string[];
  readonly maxTokens: number;
  readonly stopSequences: readonly string[];
  /** Estimated. */
  readonly inputTokens: number;
}

/** The text of the last user message: what the engine answers. */
export function promptOf(turn: Turn): string {
  return turn.messages.findLast((message) => message.role === 'user')?.text ?? '';
}
