import type { Citation, KnownCitation } from './citations.ts';
import type { ErrorInfo } from './errors.ts';
import type { AssistantMessage, ContentBlock } from './message.ts';
import type { StopInfo } from './stop-reason.ts';
import type { Cost, Timing, Usage } from './usage.ts';

/** What a piece of a content block carries. A kind that isn't known here is passed on and folded as nothing. */
export type Delta =
  | { readonly type: 'text_delta'; readonly text: string }
  | { readonly type: 'input_json_delta'; readonly partial_json: string }
  | { readonly type: 'thinking_delta'; readonly thinking: string }
  | { readonly type: 'signature_delta'; readonly signature: string }
  | { readonly type: 'citations_delta'; readonly citation: Citation | KnownCitation };

/** The Messages stream's events, as Anthropic documents them. */
export type MessageEvent =
  | { readonly type: 'message_start'; readonly message: AssistantMessage }
  | { readonly type: 'content_block_start'; readonly index: number; readonly content_block: ContentBlock }
  | { readonly type: 'content_block_delta'; readonly index: number; readonly delta: Delta }
  | { readonly type: 'content_block_stop'; readonly index: number }
  | { readonly type: 'message_delta'; readonly delta: StopInfo; readonly usage?: Usage }
  | { readonly type: 'message_stop' };

/** How a generation ends. */
export type Ending = 'completed' | 'cancelled' | 'failed' | 'interrupted';

/** The only end of a generation, and always its last event. */
export interface GenerationStop {
  readonly type: 'generation_stop';
  readonly state: Ending;
  readonly stop_reason: StopInfo['stop_reason'];
  /** The model's own word for the stop reason, where it differs. */
  readonly raw_stop_reason?: string;
  readonly usage: Usage;
  readonly cost: Cost;
  readonly timing: Timing;
  /** Why it did not complete. Always there when `state` is `failed` or `interrupted`. */
  readonly error?: ErrorInfo;
  /** What was called, in how many attempts, and the upstream's own metrics. */
  readonly bedrock?: {
    readonly target?: string;
    readonly region?: string;
    readonly attempts?: number;
    /** The attempts that failed before their first event, so that another was made. */
    readonly failed_attempts?: readonly {
      readonly target: string;
      readonly region: string;
      readonly code: ErrorInfo['code'];
    }[];
    /** Fields of the request that this model's way of speaking could not carry: left out. */
    readonly dropped?: readonly string[];
    /** Fields that got a value: `max_tokens=8192`. */
    readonly defaulted?: readonly string[];
    readonly request_id?: string;
    readonly metrics?: Readonly<Record<string, unknown>>;
    /** Its body was relayed and could not be read: what the model said is not, or not wholly, among the events. */
    readonly opaque?: boolean;
  };
}

/** One step of a generation. */
export type GenerationEvent = MessageEvent | GenerationStop;

/**
 * An event and its one JSON text, made once and written as it is to every reader. For Claude it is the text the model
 * sent; `event` is that text parsed.
 */
export interface EncodedEvent {
  readonly event: GenerationEvent;
  readonly json: string;
  /** What a `text_delta` says, where that is known without making its `event`. */
  readonly text?: string | undefined;
}

/** Encodes an event we made ourselves. */
export function encodeEvent(event: GenerationEvent): EncodedEvent {
  return { event, json: JSON.stringify(event) };
}

/** Ends a `switch` over a tagged union: a case that was forgotten doesn't compile. */
export function unreachable(value: never): never {
  throw new TypeError(`unreachable: ${JSON.stringify(value)}`);
}
