/** Time, passed in so that tests own it. */
export interface Clock {
  /** Milliseconds on any scale that only grows. */
  now(): number;
  /** Runs `run` once after `ms` milliseconds; the function that comes back calls it off. */
  after(ms: number, run: () => void): () => void;
}

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
