import type { GenerationId } from '@streambed/protocol';
import { type Clock, systemClock } from './clock.ts';
import {
  type ClientFrame,
  type HelloFrame,
  readServerFrame,
  type ServerFrame,
  subprotocol,
} from './frames.ts';
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

/** What carries the frames: a WebSocket, or HTTP with Server-Sent Events where WebSockets are blocked. */
export type Transport = 'websocket' | 'http';

/** The way round a network that blocks WebSockets. */
export interface Fallback {
  /** Whether the server can be reached over HTTP at all. Never rejects. */
  probe(signal: AbortSignal): Promise<boolean>;
  openSocket(): Socket;
}

/** How the line to the server is. Times are on the clock's scale. */
export type ConnectionState =
  | { readonly state: 'connecting'; readonly failures: number }
  | {
      readonly state: 'connected';
      readonly hello: HelloFrame;
      readonly leaving: boolean;
      readonly transport: Transport;
    }
  | {
      readonly state: 'offline';
      readonly failures: number;
      readonly retryAt: number;
      /** Why the server closed the line, where it said so: 4001, it wants to know who we are. */
      readonly code?: number;
    }
  | { readonly state: 'closed' };

export interface ConnectionOptions {
  /** `ws:` or `wss:` URL of `/ws`. */
  readonly url: string;
  /** Opens a socket; by default the platform's own `WebSocket`. */
  readonly openSocket?: (url: string, protocol: string) => Socket;
  /** Where it is given, it is used once WebSockets failed while HTTP works. */
  readonly fallback?: Fallback;
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
  /** Sends a frame now or with the next connection, and again with each one until it was answered. */
  deliver(frame: ClientFrame): void;
  /** Every frame of the server but `hello` and `ping`. */
  onFrame(listener: (frame: ServerFrame) => void): () => void;
}

/** A socket that hasn't said `hello` by then is given up. */
const helloMs = 10_000;
/** The same, where HTTP has just been seen to work. */
const probedHelloMs = 4_000;
/** So long after WebSockets were found blocked they are not tried again. */
const blockedMs = 10 * 60_000;
/** After waking, a line that has been quiet for longer is asked for a sign of life, and has so long to give one. */
const wakeQuietMs = 2_000;
const wakeAnswerMs = 5_000;
/** So many frames wait for an answer; the oldest is dropped first. */
const maxUndelivered = 64;
/** The server pings every 15 s: after two missed ones and a little the line is dead, whatever the socket believes. */
const silentMs = 35_000;

/** Makes a connection; it does nothing until it is opened. */
export function createConnection(options: ConnectionOptions): Connection {
  const { url, openSocket = openPlatformSocket, clock = systemClock, fallback } = options;
  const reconnect = new Reconnect(clock, options.random, options.reconnect);
  const state = createStore<ConnectionState>({ state: 'closed' });
  const listeners = new Set<(frame: ServerFrame) => void>();
  const undelivered = new Map<string, ClientFrame>();
  let socket: Socket | undefined;
  let transport: Transport = 'websocket';
  let cancelWatchdog = () => {};
  let stopWaking = () => {};
  let lastHeard = 0;
  let leaveMs: number | undefined;
  let made = 0;
  /** WebSockets in a row that ended before their `hello`. */
  let unheard = 0;
  let probing: AbortController | undefined;
  let probed = false;
  /** A socket was opened, or tried to be, and its `hello` hasn't come. */
  let dialling = false;
  let blockedUntil = Number.NEGATIVE_INFINITY;

  const watchdog = (ms: number) => {
    cancelWatchdog();
    cancelWatchdog = clock.after(ms, lost);
  };

  const attempt = () => {
    leaveMs = undefined;
    probed = false;
    state.set({ state: 'connecting', failures: reconnect.failures });
    if (fallback === undefined || unheard === 0) openLine('websocket', helloMs);
    else if (clock.now() < blockedUntil) openLine('http', helloMs);
    else void probe(fallback);
  };

  /** WebSockets failed: it matters whether HTTP works, right before the next one is tried. */
  const probe = async (way: Fallback) => {
    watchdog(helloMs);
    probing = new AbortController();
    const { signal } = probing;
    const works = await way.probe(signal);
    if (signal.aborted) return;
    probing = undefined;
    // Where HTTP doesn't work either, a WebSocket may all the same: what lies between may let only that through.
    probed = works;
    openLine('websocket', works ? probedHelloMs : helloMs);
  };

  const openLine = (by: Transport, ms: number) => {
    transport = by;
    dialling = true;
    watchdog(ms);
    let opened: Socket;
    try {
      opened = by === 'http' && fallback !== undefined ? fallback.openSocket() : openSocket(url, subprotocol);
    } catch {
      lost();
      return;
    }
    socket = opened;
    opened.onmessage = ({ data }) => {
      if (opened === socket && typeof data === 'string') hear(data);
    };
    opened.onclose = ({ code }) => {
      if (opened === socket) lost(code);
    };
    // Node's and `ws`'s sockets crash the process on an error nobody hears; `close` always follows it.
    opened.onerror = () => {};
  };

  const hear = (text: string) => {
    lastHeard = clock.now();
    const frame = readServerFrame(text);
    if (frame?.type === 'hello') {
      watchdog(silentMs);
      dialling = false;
      if (transport === 'websocket') {
        unheard = 0;
        blockedUntil = Number.NEGATIVE_INFINITY;
      }
      state.set({ state: 'connected', hello: frame, leaving: false, transport });
      for (const waiting of [...undelivered.values()]) write(waiting);
      return;
    }
    const now = state.get();
    if (now.state !== 'connected') return;
    watchdog(silentMs);
    if (frame === undefined) return;
    if (isProgress(frame)) reconnect.progress();
    if ((frame.type === 'ok' || frame.type === 'error') && frame.ref !== undefined) {
      undelivered.delete(String(frame.ref));
    }
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
    probing?.abort();
    probing = undefined;
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

  const lost = (code = 0) => {
    const unanswered = dialling;
    dialling = false;
    drop();
    if (unanswered && transport === 'http') blockedUntil = Number.NEGATIVE_INFINITY;
    if (unanswered && transport === 'websocket') {
      unheard += 1;
      // HTTP worked a moment ago and the WebSocket did not: something between blocks it.
      if (probed) {
        probed = false;
        blockedUntil = clock.now() + blockedMs;
        openLine('http', helloMs);
        return;
      }
    }
    const retryAt = reconnect.plan(attempt, leaveMs);
    const why = code >= 4_000 && { code };
    leaveMs = undefined;
    state.set({ state: 'offline', failures: reconnect.failures, retryAt, ...why });
  };

  /** The tab slept: its timers did too, so the silence is measured here. A line that may be dead is asked. */
  const woken = () => {
    const quiet = state.get().state === 'connected' ? clock.now() - lastHeard : 0;
    if (quiet > silentMs) lost();
    else if (quiet > wakeQuietMs) {
      watchdog(wakeAnswerMs);
      write({ type: 'detach', ref: 'awake', generation: 'gen_none' as GenerationId });
    }
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
    deliver: (frame) => {
      made += 1;
      const ref = `deliver-${made}`;
      const [oldest] = undelivered.keys();
      if (undelivered.size >= maxUndelivered && oldest !== undefined) undelivered.delete(oldest);
      undelivered.set(ref, { ...frame, ref });
      write({ ...frame, ref });
    },
    onFrame: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** A server that greets, attaches and drops us makes none: only events and time do. */
function isProgress({ type }: ServerFrame): boolean {
  return type === 'event' || type === 'accepted' || type === 'ping';
}

/** The platform's own WebSocket. */
export function openPlatformSocket(url: string, protocol: string): Socket {
  return new WebSocket(url, protocol) as Socket;
}

/** Whether `text` is more than `bytes` long in UTF-8; counts only where its length alone doesn't tell. */
function isLongerThan(text: string, bytes: number): boolean {
  if (text.length > bytes) return true;
  return text.length * 3 > bytes && new TextEncoder().encode(text).length > bytes;
}
