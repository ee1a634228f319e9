import { Worker } from 'node:worker_threads';
import { StreambedError } from '@streambed/protocol';
import { FairQueue } from './fair-queue.ts';
import type { JobOrder, JobReply, Jobs, ThreadData } from './serve-jobs.ts';

export interface JobThreadOptions<Data> {
  /** The thread's program, which serves jobs. */
  readonly file: string;
  /** What it is started with. */
  readonly data: Data;
  /** So many jobs wait at most. */
  readonly most: number;
  /** How long a job may take, its waiting included. */
  readonly deadlineMs: number;
  /** Called before the thread is given a job; what it throws is what came of that. */
  readonly check?: () => void;
}

/** For whom a job is done, and until when it is wanted. */
export interface JobAsker {
  /** Askers have their turn one after the other. */
  readonly asker: string;
  readonly signal?: AbortSignal | undefined;
}

/** What one job takes in, and what its JSON says. */
type InputOf<J extends Jobs, Name extends keyof J> = Parameters<J[Name]>[0];
type ResultOf<J extends Jobs, Name extends keyof J> = Awaited<ReturnType<J[Name]>>;

interface Job {
  readonly asker: string;
  readonly name: string;
  readonly input: unknown;
  settle(reply: JobReply): void;
  fail(error: unknown): void;
}

/** What came of a job. */
export interface Done {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly aside?: unknown;
}

/** A thread that was told to stop and goes on so long is ended. */
const graceMs = 10_000;

/**
 * A thread that does one job after the other, so that the event loop never waits for what takes long. It is started
 * when the first job comes. One that fails takes the job it was at with it; the next job starts another.
 */
export class JobThread<J extends Jobs, Data = unknown> implements AsyncDisposable {
  readonly #options: JobThreadOptions<Data>;
  readonly #queue = new FairQueue<Job>();
  #unwanted = new Int32Array(new SharedArrayBuffer(4));
  #worker: Worker | undefined;
  #running: Job | undefined;
  #grace: NodeJS.Timeout | undefined;
  #count = 0;
  #closed = false;

  constructor(options: JobThreadOptions<Data>) {
    this.#options = options;
  }

  /** Jobs that wait or are being done. */
  get size(): number {
    return this.#queue.size + (this.#running === undefined ? 0 : 1);
  }

  /**
   * Does a job and gives back the bytes that came of it. Rejects with what the job threw, with `SB_BUSY` where too many
   * wait or it takes too long, with `SB_DRAINING` where the server stops, and with the signal's reason.
   */
  async bytes<Name extends keyof J & string>(
    name: Name,
    input: InputOf<J, Name>,
    asker: JobAsker,
  ): Promise<Uint8Array<ArrayBuffer>> {
    return (await this.withAside(name, input, asker)).bytes;
  }

  /** As {@link bytes}, with what goes back beside them. */
  async withAside<Name extends keyof J & string>(
    name: Name,
    input: InputOf<J, Name>,
    { asker, signal }: JobAsker,
  ): Promise<Done> {
    signal?.throwIfAborted();
    if (this.#closed) throw draining();
    if (this.#queue.size >= this.#options.most) throw busy();
    const { promise, resolve, reject } = Promise.withResolvers<Done>();
    const job: Job = {
      asker,
      name,
      input,
      settle: (reply) => {
        if ('bytes' in reply) resolve(reply);
        else if ('fault' in reply)
          reject(new StreambedError('SB_INTERNAL', undefined, { cause: new Error(reply.fault) }));
        else reject(errorOf(reply.refused));
      },
      fail: reject,
    };
    const onAbort = () => this.#drop(job, signal?.reason);
    const timer = setTimeout(() => this.#drop(job, tooSlow()), this.#options.deadlineMs);
    signal?.addEventListener('abort', onAbort);
    this.#queue.push(asker, job);
    this.#next();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** What the bytes of {@link bytes} say. For what is small: it is read on the event loop. */
  async value<Name extends keyof J & string>(
    name: Name,
    input: InputOf<J, Name>,
    asker: JobAsker,
  ): Promise<ResultOf<J, Name>> {
    const { buffer } = await this.bytes(name, input, asker);
    return JSON.parse(Buffer.from(buffer).toString('utf8')) as ResultOf<J, Name>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (let job = this.#queue.shift(); job !== undefined; job = this.#queue.shift()) job.fail(draining());
    this.#running?.fail(draining());
    await this.#end();
  }

  /** Hands the next job over, where the thread has nothing to do. */
  #next(): void {
    if (this.#running !== undefined) return;
    const job = this.#nextAllowed();
    if (job === undefined) return;
    this.#running = job;
    this.#worker ??= this.#start();
    this.#worker.ref();
    this.#count += 1;
    const order: JobOrder = { id: this.#count, name: job.name, input: job.input };
    this.#worker.postMessage(order);
  }

  /** The next job that may be done; those before it have failed. */
  #nextAllowed(): Job | undefined {
    for (let job = this.#queue.shift(); job !== undefined; job = this.#queue.shift()) {
      try {
        this.#options.check?.();
        return job;
      } catch (thrown) {
        job.fail(thrown);
      }
    }
    return undefined;
  }

  #start(): Worker {
    this.#unwanted = new Int32Array(new SharedArrayBuffer(4));
    const workerData: ThreadData<Data> = { unwanted: this.#unwanted, data: this.#options.data };
    const worker = new Worker(this.#options.file, { workerData });
    worker.unref();
    worker.on('message', (reply: JobReply) => {
      if (worker === this.#worker) this.#done((job) => job.settle(reply));
    });
    const gone = (cause?: Error) => {
      if (worker !== this.#worker) return;
      this.#worker = undefined;
      this.#done((job) => job.fail(new StreambedError('SB_INTERNAL', undefined, { cause })));
    };
    worker.on('error', gone).on('exit', () => gone());
    return worker;
  }

  #done(tell: (job: Job) => void): void {
    const job = this.#running;
    this.#running = undefined;
    clearTimeout(this.#grace);
    this.#worker?.unref();
    if (job !== undefined) tell(job);
    if (!this.#closed) this.#next();
  }

  /** Nobody waits for it any more. */
  #drop(job: Job, reason: unknown): void {
    job.fail(reason);
    if (job !== this.#running) {
      this.#queue.remove(job.asker, job);
      return;
    }
    Atomics.store(this.#unwanted, 0, this.#count);
    this.#grace = setTimeout(() => void this.#end(), graceMs).unref();
  }

  /** Ends the thread; what it was at is lost, and what waits is done by another. */
  async #end(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#done((job) => job.fail(new StreambedError('SB_INTERNAL')));
    await worker?.terminate();
  }
}

function errorOf({ code, message, ...more }: Extract<JobReply, { refused: unknown }>['refused']) {
  const { field, retryAfterSeconds } = more;
  return new StreambedError(code, message, {
    ...(field !== undefined && { field }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  });
}

function busy(): StreambedError {
  const message = 'This server looks up as much as it can already. Try again shortly.';
  return new StreambedError('SB_BUSY', message, { retryAfterSeconds: 2 });
}

function tooSlow(): StreambedError {
  const message = 'Looking this up takes too long just now. Try again shortly, or ask for less.';
  return new StreambedError('SB_BUSY', message, { retryAfterSeconds: 5 });
}

function draining(): StreambedError {
  return new StreambedError('SB_DRAINING', undefined, { retryAfterSeconds: 1 });
}
