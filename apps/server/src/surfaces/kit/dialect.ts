import type {
  AssistantMessage,
  ClientId,
  GenerationId,
  GenerationStop,
  MessagesRequest,
  StreambedError,
} from '@streambed/protocol';
import type { ErrorResponse } from '../../http/to-response.ts';
import type { Outgoing } from '../../socket/outgoing.ts';
import type { LogBatch } from '../../stream-log/stream-log.ts';

/** What is the same in all answers of one ecosystem. */
export interface Dialect {
  /** An error as its clients read it: status, headers and body. */
  error(error: StreambedError, requestId: string): ErrorResponse;
  /** Sent while nothing else is, so that no proxy takes silence for an end. Absent: nothing is sent. */
  readonly heartbeat: string | undefined;
  /** What every answer carries in its head, a good one too: `addSurface` sets it. */
  headers?(requestId: string): Readonly<Record<string, string>>;
}

/** What one compatible request asks for. */
export interface Asked {
  readonly request: MessagesRequest;
  /** Whether the answer is sent as it comes. */
  readonly stream: boolean;
  /** It runs on when who asked is gone. */
  readonly background?: boolean;
  /** The caller's own id: the idempotency key. */
  readonly clientId?: ClientId;
  /** Default `none`: in memory while it runs and `resume_seconds` after. */
  readonly store?: 'none' | 'resume';
  /** What the surface had to leave out, or to fill in; what the family did joins it. */
  readonly dropped?: readonly string[];
  readonly defaulted?: readonly string[];
  /** Makes the encoder of one answer. */
  encoder(started: Started): AnswerEncoder;
}

/** A generation that has been started. */
export interface Started {
  readonly generation: GenerationId;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly requestId: string;
}

/** Writes one answer in its ecosystem's words. */
export interface AnswerEncoder {
  /** The texts that a stream begins with, before there is any event. Absent: none. */
  begin?(): readonly string[];
  /**
   * The texts of a batch, written together. The batch may hold the end: one that isn't `completed` must be written as
   * the ecosystem's in-stream error ({@link errorOfEnd}), never as a good end.
   */
  encode(batch: LogBatch): readonly Outgoing[];
  /** Its texts are numbered, one after another: the batches that it gets are never merged ones. */
  readonly numbered?: true;
  /** A whole answer that has completed. */
  whole(message: AssistantMessage, stop: GenerationStop): object;
}
