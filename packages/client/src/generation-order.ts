import type { AssistantMessage, GenerationId, MessagesRequest } from '@streambed/protocol';
import type { OnDisconnect, StorePolicy } from './frames.ts';

export interface GenerateOptions {
  /** The idempotency key; made here when absent. */
  readonly id?: string;
  /** false: the answer comes whole, at the end. */
  readonly stream?: boolean;
  /** What becomes of it while nobody reads: by default it goes on. */
  readonly on_disconnect?: OnDisconnect;
  /** How long the server keeps the answer: by default until some minutes after its end, also across a restart. */
  readonly store?: StorePolicy;
  /** The conversation it is kept in: one that there is, or a new one under this name. */
  readonly conversation?: string | undefined;
  /** A generation whose answer it follows (`gen_…`): the request's `messages` hold only what is new. */
  readonly parent?: string | undefined;
  /** A generation that stopped before its end: this one goes on there. The request's `messages` are empty. */
  readonly continues?: string | undefined;
  /** Another answer to tool calls that have one. */
  readonly branch?: boolean | undefined;
  /** Aborting it cancels the generation, before the first token too. */
  readonly signal?: AbortSignal;
}

/** What holds for the generation is what it was started with; the rest is as in {@link GenerateOptions}. */
export interface AttachOptions extends Omit<GenerateOptions, 'id'> {
  /** The last seq the caller has, 0 for all. */
  readonly after?: number;
  /** The fold of the events up to `after`; a snapshot has both. */
  readonly message?: AssistantMessage;
  /** Asked under the same id where the server has never seen it: a page reloaded before its question had left. */
  readonly request?: MessagesRequest;
}

/** What is asked for, or attached to. */
export interface GenerationOrder extends GenerateOptions {
  readonly request?: MessagesRequest;
  /** Set where it is attached to: the server may know it already. */
  readonly attach?: {
    readonly generation?: GenerationId;
    readonly after: number;
    readonly message: AssistantMessage;
  };
}

/** A random id of the form the protocol asks for. `crypto.randomUUID` is missing on pages served over plain HTTP. */
export function newId(): string {
  const random = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
