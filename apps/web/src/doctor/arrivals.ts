/** The server sends its events 120 ms apart: those that arrive together were held somewhere. */
const apartMs = 60;
const lookMs = 20;

/** How a stream arrived: event by event, held on the way, or while this page was too busy to know. */
export type Arrival = 'flowed' | 'held' | 'unknown';

/**
 * Judges it by the times of its pieces in milliseconds, by how many events they brought, and by how long this page was
 * kept from looking meanwhile.
 */
export function judgeArrivals(times: readonly number[], events: number, busyMs: number): Arrival {
  const spread = (times.at(-1) ?? 0) - (times[0] ?? 0);
  const least = apartMs * (events - 1);
  if (times.length >= events && spread >= least) return 'flowed';
  return busyMs < apartMs || spread + busyMs < least ? 'held' : 'unknown';
}

/** Watches how busy this page is; the function that comes back ends it, and gives the longest time without a look. */
export function watchBusy(): () => number {
  let longest = 0;
  let last = performance.now();
  const look = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last - lookMs);
    last = now;
  };
  const timer = setInterval(look, lookMs);
  return () => {
    clearInterval(timer);
    look();
    return longest;
  };
}
