import type { ClientId, GenerationId } from '../ids.ts';
import type { GenerationOrder } from './generation-order.ts';

/** Says who the client is, where no header or cookie did. */
export interface AuthFrame {
  readonly type: 'auth';
  readonly ref?: string | number;
  readonly token?: string;
}

/** Starts a generation, named by the client. */
export interface GenerateFrame extends GenerationOrder {
  readonly type: 'generate';
  readonly ref?: string | number;
  readonly id: ClientId;
}

/** Reads a generation, strictly after `after` (default 0: all of it). Again on one socket: moves the cursor. */
export interface AttachFrame {
  readonly type: 'attach';
  readonly ref?: string | number;
  readonly generation?: GenerationId;
  readonly id?: ClientId;
  readonly after?: number;
}

/** Ends the reading; the generation goes on. */
export interface DetachFrame {
  readonly type: 'detach';
  readonly ref?: string | number;
  readonly generation?: GenerationId;
  readonly id?: ClientId;
}

/** Ends a generation, named by either of its ids. */
export interface CancelFrame {
  readonly type: 'cancel';
  readonly ref?: string | number;
  readonly generation?: GenerationId;
  readonly id?: ClientId;
}

/** Asks for `changed` frames: what has changed after the rev `after`, and what will. */
export interface WatchFrame {
  readonly type: 'watch';
  readonly ref?: string | number;
  /** `generations`, `activity`, `conversations`, `presets` or `conversation:<id>`. */
  readonly topic: string;
  readonly after?: number;
}

/** Ends the `changed` frames of a topic. */
export interface UnwatchFrame {
  readonly type: 'unwatch';
  readonly ref?: string | number;
  readonly topic: string;
}

/** Answers `ping`. */
export interface PongFrame {
  readonly type: 'pong';
  readonly ref?: string | number;
}

/** What a client may send. */
export type ClientFrame =
  | AuthFrame
  | GenerateFrame
  | AttachFrame
  | DetachFrame
  | CancelFrame
  | WatchFrame
  | UnwatchFrame
  | PongFrame;
