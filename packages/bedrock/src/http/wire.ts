import type { Body } from './body.ts';

/** A request as it goes to the socket. */
export interface WireCall {
  readonly method: 'GET' | 'POST';
  readonly origin: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body | undefined;
}

/** Status line and headers. Names are lower-case. */
export interface ResponseHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** Whoever gets an answer as it comes. The last call is `onEnd` or `onError`. */
export interface AnswerListener {
  /** A connection is waited for. */
  onConnecting(): void;
  /** A connection stands: the request is sent now. */
  onConnected(): void;
  onHead(head: ResponseHead): void;
  /** A piece of the body, never none, good until this returns. */
  onBody(bytes: Uint8Array): void;
  onEnd(): void;
  onError(error: unknown): void;
}

/** A request under way. */
export interface Sending {
  /** No more of the body is read from the socket, but for what is on its way; until `resume`. */
  pause(): void;
  resume(): void;
  /** Closes its connection, or gives up waiting for one. The listener may still be called. */
  abort(reason: Error): void;
}

/** What requests are sent with. */
export interface Wire {
  send(call: WireCall, listener: AnswerListener): Sending;
  /** Runs `task` once all is there that this turn of the event loop brings of one answer; soon after, where much else has come. */
  afterReads(task: () => void): void;
  /** Closes all connections; requests under way fail. */
  close(): Promise<void>;
}
