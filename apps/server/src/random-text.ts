import { randomFillSync } from 'node:crypto';

/** Asking the system for random bytes costs microseconds, for sixteen of them as for these. */
const pool = Buffer.allocUnsafeSlow(4096);
let used = pool.length;

/** So many random bytes, as URL-safe text: for names that nobody may guess. No byte is given out twice. */
export function randomText(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return pool.toString('base64url', used - bytes, used);
}
