import type { ErrorInfo } from '../errors.ts';
import type { ClientId, GenerationId } from '../ids.ts';
import type { ChangedFrame } from './changed-frames.ts';
import type { EventFrame } from './event-frame.ts';
import type { GenerationState } from './generation-state.ts';
import type { subprotocol } from './socket.ts';

/** The first frame on every socket: what the server is, and what it allows. */
export interface HelloFrame {
  readonly type: 'hello';
  readonly protocol: typeof subprotocol;
  /** Names this connection in the server's log. */
  readonly session: string;
  readonly limits: { readonly max_frame_bytes: number; readonly max_generations: number };
  /** How long what has ended can still be read. */
  readonly resume_seconds: number;
  /** What answers: a person should know whether an account is billed. Absent until the server knows who asks. */
  readonly upstream?: { readonly kind: 'bedrock' | 'emulator'; readonly region: string };
  /** Then the client must have said anew who it is, in seconds since 1970. Absent: never, or nobody has said it yet. */
  readonly expires_at?: number;
}

/** Answers `generate`: the generation runs, or has run, under that id; its events follow. */
export interface AcceptedFrame {
  readonly type: 'accepted';
  readonly ref?: string | number;
  readonly id: ClientId;
  readonly generation: GenerationId;
  readonly state: GenerationState;
  /** The last seq so far; 0 when there is no event yet. */
  readonly head: number;
  /** `none` where `resume` was meant but the disk fails and nothing was asked for by name. */
  readonly store: 'none' | 'resume' | 'conversation';
  /** Where it is kept. */
  readonly conversation?: string;
  /** How it goes on where the one that it continues stopped: from its very text, or because the model is asked to. */
  readonly continues?: 'prefill' | 'asked';
}

/** Answers `attach`: events follow, strictly after the `after` asked for. */
export interface AttachedFrame {
  readonly type: 'attached';
  readonly ref?: string | number;
  /** The caller's own id, where it has one. */
  readonly id?: ClientId;
  readonly generation: GenerationId;
  readonly state: GenerationState;
  readonly head: number;
  /** What the reader has can't be continued: drop it, the log follows from 1. */
  readonly reset?: true;
}

/** Answers `generate`: there is no generation, and why. */
export interface RejectedFrame {
  readonly type: 'rejected';
  readonly ref?: string | number;
  readonly id?: ClientId;
  readonly error: ErrorInfo;
}

/** Answers any other frame that was done. */
export interface OkFrame {
  readonly type: 'ok';
  readonly ref?: string | number;
  readonly generation?: GenerationId;
  readonly state?: GenerationState;
  /** Answers `auth`: without keys nobody has to say who they are. */
  readonly auth?: 'accepted' | 'not_needed';
  /** Answers `auth`: when that ends, in seconds since 1970. Absent: never. */
  readonly expires_at?: number;
  /** Answers `watch`: the topic's rev now. */
  readonly rev?: number;
}

/** Answers a frame that was not done, or says what ended that should have gone on. */
export interface ErrorFrame {
  readonly type: 'error';
  readonly ref?: string | number;
  /** What can be watched no longer. */
  readonly topic?: string;
  /** What is read no longer, though it has not ended: it was erased, or can't be read from the disk. */
  readonly generation?: GenerationId;
  readonly error: ErrorInfo;
}

/** Who the client is runs out soon: it says `auth` again, or the socket is closed then (4001). */
export interface AuthRequiredFrame {
  readonly type: 'auth_required';
  /** Seconds since 1970. */
  readonly expires_at: number;
}

/** Asks for a `pong`: of two unanswered ones the socket dies. */
export interface PingFrame {
  readonly type: 'ping';
}

/** This server is leaving: reconnect after that time. */
export interface GoawayFrame {
  readonly type: 'goaway';
  readonly reconnect_after_ms: number;
}

/** What the server may send. */
export type ServerFrame =
  | HelloFrame
  | AcceptedFrame
  | AttachedFrame
  | EventFrame
  | RejectedFrame
  | OkFrame
  | ChangedFrame
  | ErrorFrame
  | AuthRequiredFrame
  | PingFrame
  | GoawayFrame;
