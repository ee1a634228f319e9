import type { Span } from '@streambed/event-stream';
import type { ModelFacts } from '@streambed/model-facts';
import type { EventItem, MessagesRequest, StopInfo, Usage } from '@streambed/protocol';
import type { Bulk } from '../bulk.ts';

/** What a family may be asked about before a request is built; core asks this and never compares a model's name. */
export interface Capabilities {
  readonly tools: boolean;
  readonly images: boolean;
  readonly documents: boolean;
  readonly thinking: boolean;
  readonly promptCache: boolean;
}

/** The model a request goes to, as far as a family needs to know it. */
export interface FamilyModel {
  /** The base model id, `anthropic.claude-haiku-4-5-20251001-v1:0`, without a profile's prefix. */
  readonly id: string;
  /** What is known of it; absent for a model that no catalogue lists. */
  readonly facts: ModelFacts | undefined;
}

/** A request as it goes on the wire, still without host and signature. */
export interface WireRequest {
  /** Which pair of operations carries it: InvokeModel(WithResponseStream), or Converse(Stream). */
  readonly api: 'invoke' | 'converse';
  /** Whether the streaming operation of the pair is called. */
  readonly stream: boolean;
  readonly body: string;
  /** What stand-ins in `body` stand for: they are replaced as it is sent. */
  readonly bulk?: Bulk | undefined;
  /** Headers beyond content-type and accept (guardrail, service tier, …), lower-case names. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Paths of fields of the caller's request that were left out, for `x-streambed-dropped`. */
  readonly dropped: readonly string[];
  /** Fields carried with another value than asked for, `max_tokens=2048`, for `x-streambed-defaulted`. */
  readonly defaulted?: readonly string[];
}

/** What of a request the reader of its answer may need. */
export interface Asked {
  readonly request: MessagesRequest;
  /** For answers that bring no message id of their own. */
  readonly messageId: string;
}

/** One event of an event-stream: its `:event-type` and its payload. Exceptions never get this far. */
export interface WireEvent {
  readonly type: string;
  readonly payload: Uint8Array;
}

/** What a generation came to. */
export interface WireEnd {
  readonly stop: StopInfo;
  readonly usage: Usage;
  /** `amazon-bedrock-invocationMetrics`, or Converse's `metrics`, as they came. */
  readonly metrics?: Readonly<Record<string, unknown>>;
  /** Other things only Bedrock says at the end (trace, service tier, …). */
  readonly bedrock?: Readonly<Record<string, unknown>>;
}

/** Reads one answer. Made fresh for each generation. `E` is what it makes of upstream events. */
export interface WireReader<E = EventItem> {
  /** Counts seen so far: what a cancelled or failed generation is billed by. */
  readonly usage: Usage;
  /** True once the reader wants no more of the stream (a stop sequence was met): it is closed, and `end` called. */
  readonly done?: boolean;
  /**
   * One upstream event in, its Messages events onto `into`, or later: at the latest by `flush`. Throws
   * `SB_UPSTREAM_UNEXPECTED` for what can't be read, with what came before it on `into`.
   */
  read(event: WireEvent, into: E[]): void;
  /**
   * The same for the payload of an event of that type, where its bytes prove that it is one more delta like the one
   * before: then it returns true. Where it returns false nothing has been read, and the event is for `read`, which is its
   * plain twin.
   */
  readDelta?(type: string, payload: Span, into: E[]): boolean;
  /** What `read` still has goes onto `into`: called when all that is there has been read, before anybody else reads. */
  flush?(into: E[]): void;
  /** A whole answer (InvokeModel, Converse) in, the same Messages events as a stream of it onto `into`. */
  readWhole(body: string, into: E[]): void;
  /** The HTTP body is over: what is still owed goes onto `into`. Throws `SB_UPSTREAM_CUT` when the stream's own end was not seen. */
  end(into: E[]): WireEnd;
}

/** What CountTokens counts: a native body, or the parts of a Converse body that hold words. */
export type CountInput =
  | { readonly invokeModel: { readonly body: string } }
  | { readonly converse: Readonly<Record<string, unknown>> };

/** How one kind of model speaks on the wire. A new family is one file and one line in `index.ts`. */
export interface ModelFamily {
  readonly name: 'claude' | 'llama' | 'converse';
  /** Reads and rewrites the texts of a request: then they must be there. */
  readonly rewritesTexts?: true;
  can(model: FamilyModel): Capabilities;
  owns(model: FamilyModel): boolean;
  /** Throws `SB_UNSUPPORTED` or `SB_BAD_REQUEST`, naming the field, for what this family or model can't carry. */
  toWire(
    request: MessagesRequest & { max_tokens: number },
    model: FamilyModel,
    stream: boolean,
    /** For AWS's invocation log: in Converse's body, or in a header of the invoke operations. */
    metadata?: Readonly<Record<string, string>>,
  ): WireRequest;
  fromWire(model: FamilyModel, asked: Asked): WireReader;
  /** The `input` of CountTokens. Absent: Converse counts for it. Throws as `toWire` does. */
  toCount?(request: MessagesRequest & { max_tokens: number }, model: FamilyModel): CountInput;
}
