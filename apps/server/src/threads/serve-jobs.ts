import { parentPort, workerData } from 'node:worker_threads';
import { type ErrorCode, StreambedError } from '@streambed/protocol';

/** What a thread does, by name. What comes out goes back as JSON; bytes go as they are. */
export type Jobs = Readonly<Record<string, (input: never) => Promise<unknown>>>;

/** What comes out of a job, where something goes back beside its JSON: shared memory, above all. */
export class WithAside<Aside> {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly aside: Aside;

  constructor(bytes: Uint8Array<ArrayBuffer>, aside: Aside) {
    this.bytes = bytes;
    this.aside = aside;
  }
}

/** One job, as the thread is told of it. */
export interface JobOrder {
  readonly id: number;
  readonly name: string;
  readonly input: unknown;
}

/** What came of it. */
export type JobReply = { readonly id: number } & (
  | { readonly bytes: Uint8Array<ArrayBuffer>; readonly aside?: unknown }
  | { readonly refused: RefusedJob }
  | { readonly fault: string }
);

/** An error of ours, as it crosses from a thread. */
export interface RefusedJob {
  readonly code: ErrorCode;
  readonly message: string;
  readonly field?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
}

/** What every thread is started with: `unwanted` holds the number of the last job that nobody waits for. */
export interface ThreadData<Data> {
  readonly unwanted: Int32Array<SharedArrayBuffer>;
  readonly data: Data;
}

/** Thrown in a job that nobody waits for any more. */
class Unwanted extends Error {}

/** Answers orders, one after the other, for as long as the thread lives. */
export function serveJobs<Data>(
  begin: (data: Data, thread: { readonly checkWanted: () => void }) => Jobs,
): void {
  const { unwanted, data } = workerData as ThreadData<Data>;
  const port = parentPort;
  if (port === null) throw new TypeError('this is the program of a thread');
  let current = 0;
  const jobs = begin(data, {
    checkWanted: () => {
      if (Atomics.load(unwanted, 0) >= current) throw new Unwanted();
    },
  });
  const work = async ({ id, name, input }: JobOrder): Promise<void> => {
    const reply = await doJob(jobs, name, input);
    port.postMessage({ id, ...reply }, 'bytes' in reply ? [reply.bytes.buffer] : []);
  };
  port.on('message', (order: JobOrder) => {
    current = order.id;
    void work(order);
  });
}

async function doJob(jobs: Jobs, name: string, input: unknown) {
  try {
    const result: unknown = await jobs[name]?.(input as never);
    if (result instanceof WithAside) return { bytes: result.bytes, aside: result.aside as unknown };
    if (result instanceof Uint8Array) return { bytes: result as Uint8Array<ArrayBuffer> };
    return { bytes: new TextEncoder().encode(JSON.stringify(result ?? null)) };
  } catch (thrown) {
    if (!(thrown instanceof StreambedError)) return { fault: String((thrown as Error).stack ?? thrown) };
    const { code, message, field, retryAfterSeconds } = thrown;
    return { refused: { code, message, field, retryAfterSeconds } };
  }
}
