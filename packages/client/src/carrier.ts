import type { Clock } from './clock.ts';
import type { Connection } from './connection.ts';
import type { HttpApi } from './http.ts';

/** What a generation is carried by. */
export interface Carrier {
  readonly connection: Connection;
  /** Takes what is larger than a frame. */
  readonly http: Pick<HttpApi, 'start'>;
  readonly clock?: Clock;
  readonly deadlines?: GenerationDeadlines;
}

/** What a generation may wait for, in milliseconds. */
export interface GenerationDeadlines {
  /** For a connection, before it is sent. */
  readonly connectMs: number;
  /** For the answer to what was sent. */
  readonly acceptMs: number;
  /** For a connection, after it was lost; used where the server didn't say how long it keeps things. */
  readonly resumeMs: number;
  /** For its end, once it was asked to stop. */
  readonly cancelMs: number;
}

export const defaultDeadlines: GenerationDeadlines = {
  connectMs: 60_000,
  acceptMs: 30_000,
  resumeMs: 600_000,
  cancelMs: 5_000,
};
