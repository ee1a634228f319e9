import { Bulk, type BulkSource } from '@streambed/bedrock/bulk';
import { maxSkeleton } from '../bodies/limits.ts';
import { ScanError, scanBody } from '../bodies/scan-body.ts';
import { WithAside } from '../threads/serve-jobs.ts';

/** More than this is too much to be read on the event loop, in bytes. */
const small = 1024 * 1024;

/**
 * What a thread has read, as the event loop takes it: where it is large, its long strings are left out of the JSON and lie
 * in shared memory, as those of a large body do.
 */
export function takeApart(value: unknown): WithAside<readonly BulkSource[]> {
  const text = new TextEncoder().encode(JSON.stringify(value ?? null));
  if (text.byteLength <= small) return new WithAside(text, []);
  const bytes = new Uint8Array(new SharedArrayBuffer(text.byteLength));
  bytes.set(text);
  const prefix = Bulk.prefix();
  try {
    const scanned = scanBody(bytes, { standIn: (index) => Bulk.standIn(prefix, index), maxSkeleton });
    const { skeleton, pieces, digests } = scanned;
    return new WithAside(new TextEncoder().encode(skeleton), [{ prefix, bytes, pieces, digests }]);
  } catch (thrown) {
    if (!(thrown instanceof ScanError)) throw thrown;
    // It is all short strings: then it has to be read as it is.
    return new WithAside(text, []);
  }
}
