import type { ClientFrame } from '@streambed/protocol/frames';
import { type Clock, systemClock } from './clock.ts';
import { type HelloFrame, readServerFrame, type ServerFrame, subprotocol } from './frames.ts';
import { onWake, Reconnect, type ReconnectLimits } from './reconnect.ts';
import { createStore, type Readable } from './store.ts';

/** What we use of a WebSocket; the browser's, Node's and `ws`'s all have it. */
export interface Socket {
  send(text: string): void;
  close(code?: number, reason?: string): void;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null;
  onerror: ((event: unknown) => void) | null;
}

/** How the line to the server is. Times are on the clock's scale. */
export type ConnectionState =
  | { readonly state: 'connecting'; readonly failures: number }
  | { readonly state: 'connected'; readonly hello: HelloFrame; readonly leaving: boolean }
  | { readonly state: 'offline'; readonly failures: number; readonly retryAt: number }
  | { readonly state: 'closed' };

export interface ConnectionOptions {
  /** `ws:` or `wss:` URL of `/ws`. */
  readonly url: string;
  /** Opens a socket; by default the platform's own `WebSocket`. */
  readonly openSocket?: (url: string, protocol: string) => Socket;
  readonly clock?: Clock;
  /** 0 ≤ x < 1, for the jitter. */
  readonly random?: () => number;
  readonly reconnect?: Partial<ReconnectLimits>;
  /** Subscribes to what wakes a sleeping reconnect; by default the browser's events. */
  readonly onWake?: (woken: () => void) => () => void;
}

/** One line to one server, which mends itself until it is closed. */
export interface Connection {
  readonly state: Readable<ConnectionState>;
  /** Opens the line and keeps it open. Nothing happens when it is open. */
  open(): void;
  /** Ends the line for good. */
  close(): void;
  /** Doesn't wait for the planned attempt. */
  retryNow(): void;
  /** Leaves a server that said `goaway`, and comes back when it asked us to. Without a `goaway` nothing happens. */
  leave(): void;
  /** Writes one frame; what became of it is told at once. */
  send(frame: ClientFrame): 'sent' | 'not_connected' | 'too_large';
  /** Every frame of the server but `hello` and `ping`. */
  onFrame(listener: (frame: ServerFrame) => void): () => void;
}

/** A socket that hasn't said `hello` by then is given up. */
const helloMs = 10_000;
/** The server pings every 15 s: after two missed ones and a little the line is dead, whatever the socket believes. */
const silentMs = 35_000;

/** Makes a connection; it does nothing until it is opened. */
export function createConnection(options: ConnectionOptions): Connection {
  const { url, openSocket = openPlatformSocket, clock = systemClock } = options;
  const reconnect = new Reconnect(clock, options.random, options.reconnect);
  const state = createStore<ConnectionState>({ state: 'closed' });
  const listeners = new Set<(frame: ServerFrame) => void>();
  let socket: Socket | undefined;
  let cancelWatchdog = () => {};
  let stopWaking = () => {};
  let lastHeard = 0;
  let leaveMs: number | undefined;

  const watchdog = (ms: number) => {
    cancelWatchdog();
    cancelWatchdog = clock.after(ms, lost);
  };

  const attempt = () => {
    leaveMs = undefined;
    state.set({ state: 'connecting', failures: reconnect.failures });
    watchdog(helloMs);
    let opened: Socket;
    try {
      opened = openSocket(url, subprotocol);
    } catch {
      lost();
      return;
    }
    socket = opened;
    opened.onmessage = ({ data }) => {
      if (opened === socket && typeof data === 'string') hear(data);
    };
    opened.onclose = () => {
      if (opened === socket) lost();
    };
    // Node's and `ws`'s sockets crash the process on an error nobody hears; `close` always follows it.
    opened.onerror = () => {};
  };

  const hear = (text: string) => {
    lastHeard = clock.now();
    const frame = readServerFrame(text);
    if (frame?.type === 'hello') {
      watchdog(silentMs);
      state.set({ state: 'connected', hello: frame, leaving: false });
      return;
    }
    const now = state.get();
    if (now.state !== 'connected') return;
    watchdog(silentMs);
    if (frame === undefined) return;
    reconnect.progress();
    if (frame.type === 'ping') {
      write({ type: 'pong' });
      return;
    }
    if (frame.type === 'goaway') {
      leaveMs = frame.reconnect_after_ms;
      state.set({ ...now, leaving: true });
    }
    for (const listener of [...listeners]) listener(frame);
  };

  const drop = () => {
    cancelWatchdog();
    const dropped = socket;
    socket = undefined;
    if (dropped === undefined) return;
    dropped.onmessage = null;
    dropped.onclose = null;
    try {
      dropped.close();
    } catch {
      // A socket that is still opening may refuse; it is ours no more.
    }
  };

  const lost = () => {
    drop();
    const retryAt = reconnect.plan(attempt, leaveMs);
    leaveMs = undefined;
    state.set({ state: 'offline', failures: reconnect.failures, retryAt });
  };

  /** The tab slept: its timers did too, so the silence is measured here. */
  const woken = () => {
    if (state.get().state === 'connected' && clock.now() - lastHeard > silentMs) lost();
    reconnect.wake();
  };

  const write = (frame: ClientFrame): ReturnType<Connection['send']> => {
    const now = state.get();
    if (socket === undefined || now.state !== 'connected') return 'not_connected';
    const text = JSON.stringify(frame);
    if (isLongerThan(text, now.hello.limits?.max_frame_bytes ?? 1024 * 1024)) return 'too_large';
    try {
      socket.send(text);
      return 'sent';
    } catch {
      return 'not_connected';
    }
  };

  return {
    state,
    open: () => {
      if (state.get().state !== 'closed') return;
      stopWaking = (options.onWake ?? onWake)(woken);
      attempt();
    },
    close: () => {
      stopWaking();
      reconnect.cancel();
      drop();
      state.set({ state: 'closed' });
    },
    retryNow: () => reconnect.wake(),
    leave: () => {
      if (leaveMs !== undefined) lost();
    },
    send: write,
    onFrame: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function openPlatformSocket(url: string, protocol: string): Socket {
  return new WebSocket(url, protocol) as Socket;
}

/** Whether `text` is more than `bytes` long in UTF-8; counts only where its length alone doesn't tell. */
function isLongerThan(text: string, bytes: number): boolean {
  if (text.length > bytes) return true;
  return text.length * 3 > bytes && new TextEncoder().encode(text).length > bytes;
}
