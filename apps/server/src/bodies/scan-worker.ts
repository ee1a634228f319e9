import { parentPort } from 'node:worker_threads';
import { ScanError, type ScannedBody, scanBody } from './scan-body.ts';

/** A body to take apart. Its bytes are looked at where they are. */
export interface ScanOrder {
  readonly id: number;
  readonly body: SharedArrayBuffer;
  readonly length: number;
  /** What stand-ins begin with; their number follows, in six digits. */
  readonly prefix: string;
  readonly maxSkeleton: number;
}

export type ScanReply = { readonly id: number } & (
  | { readonly scanned: ScannedBody }
  | { readonly refused: ScanError['kind'] | 'fault'; readonly message: string }
);

parentPort?.on('message', ({ id, body, length, prefix, maxSkeleton }: ScanOrder) => {
  parentPort?.postMessage({ id, ...scan(new Uint8Array(body, 0, length), prefix, maxSkeleton) });
});

function scan(body: Uint8Array, prefix: string, maxSkeleton: number) {
  try {
    const standIn = (index: number) => `${prefix}${String(index).padStart(6, '0')}`;
    return { scanned: scanBody(body, { standIn, maxSkeleton }) };
  } catch (thrown) {
    if (thrown instanceof ScanError) return { refused: thrown.kind, message: thrown.message };
    return { refused: 'fault' as const, message: String(thrown) };
  }
}
