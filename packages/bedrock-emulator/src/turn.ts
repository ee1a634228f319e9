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
  readonly maxTokens: number;
  readonly stopSequences: readonly string[];
  /** Estimated. */
  readonly inputTokens: number;
}

/** The text of the last user message: what the engine answers. */
export function promptOf(turn: Turn): string {
  return turn.messages.findLast((message) => message.role === 'user')?.text ?? '';
}
