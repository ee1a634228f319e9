import { performance } from 'node:perf_hooks';
import { type ErrorCode, StreambedError } from '@streambed/protocol';

/** How long each part of an upstream call may take, in milliseconds. */
export interface Deadlines {
  /** Until a connection stands (name, TCP, TLS, proxy). */
  readonly connectMs: number;
  /** From the start of an attempt to its first event. Not for answers that come whole. */
  readonly firstEventMs: number;
  /** Between two reads of a stream, while we wait. */
  readonly idleMs: number;
  /** The whole generation, retries included. */
  readonly totalMs: number;
}

/** AWS advises read timeouts of up to 60 minutes: extended thinking may be silent for long. */
export const defaultDeadlines: Deadlines = {
  connectMs: 5_000,
  firstEventMs: 120_000,
  idleMs: 300_000,
  totalMs: 3_600_000,
};

/** A timer with an owner: `using` ends it. */
export interface Deadline extends Disposable {
  /** Starts counting again from now. */
  restart(): void;
}

/** Calls `expire` with a `code` error when `ms` have passed since the start or the last restart. */
export function startDeadline(
  ms: number,
  code: ErrorCode,
  expire: (error: StreambedError) => void,
): Deadline {
  const timer = setTimeout(() => expire(new StreambedError(code)), Math.min(ms, 2 ** 31 - 1));
  return {
    restart: () => {
      timer.refresh();
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}

/** The loop is busy where it waits for less than a tenth of the time. */
const busyUtilization = 0.9;
/** It is looked at about ten times within a deadline, not oftener than this, in milliseconds. */
const shortestLookMs = 250;
/** However busy we are: a connection waits no longer than so many times its deadline. */
const mostDeadlines = 4;

/**
 * The deadline of a connection: calls `expire` with `SB_TIMEOUT_CONNECT` when the other side has had `ms`. Time in which
 * our own event loop had no rest is not counted: with five hundred handshakes at once the other side may have answered
 * long before we look. Where that goes on for too long it is `SB_BUSY`, which says nothing of the other side.
 */
export function startConnectDeadline(ms: number, expire: (error: StreambedError) => void): Disposable {
  const lookMs = Math.min(ms, Math.max(ms / 10, shortestLookMs));
  let seen = performance.eventLoopUtilization();
  let left = ms;
  let spent = 0;
  let isOver = false;
  const look = () => {
    const { idle, active, utilization } = performance.eventLoopUtilization(seen);
    seen = performance.eventLoopUtilization();
    spent += idle + active;
    if (utilization < busyUtilization) left -= idle + active;
    // What has arrived while we were late is read first.
    if (left <= 1) setImmediate(end, 'SB_TIMEOUT_CONNECT');
    else if (spent >= mostDeadlines * ms) setImmediate(end, 'SB_BUSY');
    else timer = setTimeout(look, Math.min(left, lookMs));
  };
  const end = (code: 'SB_TIMEOUT_CONNECT' | 'SB_BUSY') => {
    if (isOver) return;
    const text = 'This server was too busy to make a connection to Bedrock in time. Try again shortly.';
    expire(new StreambedError(code, code === 'SB_BUSY' ? text : undefined));
  };
  let timer = setTimeout(look, Math.min(lookMs, 2 ** 31 - 1));
  return {
    [Symbol.dispose]: () => {
      isOver = true;
      clearTimeout(timer);
    },
  };
}

/** `promise`, or a rejection with `signal.reason` as soon as that aborts. The promise's own work is not ended by it. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) {
    promise.catch(() => {});
    return Promise.reject(signal.reason);
  }
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const settle = () => signal.removeEventListener('abort', onAbort);
    promise.then(
      (value) => {
        settle();
        resolve(value);
      },
      (error) => {
        settle();
        reject(error);
      },
    );
  });
}

/** Resolves after `ms`, or rejects with `signal.reason` when that aborts first. */
export function delay(ms: number, signal: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const waited = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  return orAborted(waited, signal).finally(() => clearTimeout(timer));
}
