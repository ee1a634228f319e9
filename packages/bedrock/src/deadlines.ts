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
