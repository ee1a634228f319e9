import { type CountedTokens, Counts } from './counts.ts';
import type { EndedBy } from './exchange.ts';

/** One request as it arrived, kept so that a test can look at it. */
export interface ReceivedRequest {
  /** `InvokeModel`, `InvokeModelWithResponseStream`, … or `Unknown`. */
  readonly operation: string;
  /** As called: a base id, a profile id or an ARN, decoded. Empty where the operation has none. */
  readonly modelId: string;
  readonly method: string;
  /** The path as it was on the wire. */
  readonly path: string;
  readonly httpVersion: '1.1' | '2.0';
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body as text. */
  readonly body: string;
  readonly at: Date;
  /** What `x-amzn-RequestId` says on the answer. */
  readonly requestId: string;
  /** Absent while the request is open. */
  readonly endedBy?: EndedBy;
  /** What the answer cost; there once it has left whole. */
  readonly counted?: CountedTokens;
}

type OpenRequest = { -readonly [K in keyof ReceivedRequest]: ReceivedRequest[K] };

interface Waiter {
  readonly count: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

// Bodies may have 25 MB each: beside their number their bytes are bounded too.
const maxKeptBytes = 64 * 1024 * 1024;

/** What the emulator has received and what is open now, with ways to wait for both. */
export class Ledger {
  readonly requests: ReceivedRequest[] = [];
  readonly counts = new Counts();
  open = 0;
  total = 0;

  readonly #keep: number;
  #keptBytes = 0;
  #idle: (() => void)[] = [];
  #waiters: Waiter[] = [];
  #closed = false;

  constructor(keep: number) {
    this.#keep = keep;
  }

  opened(): void {
    this.open += 1;
  }

  closed(): void {
    this.open -= 1;
    if (this.open > 0) return;
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }

  /** Keeps a request; call what comes back once, when it has ended. */
  received(request: Omit<ReceivedRequest, 'endedBy'>): (endedBy: EndedBy) => void {
    const entry: OpenRequest = { ...request };
    this.requests.push(entry);
    this.total += 1;
    this.#keptBytes += request.body.length;
    while (this.requests.length > this.#keep || (this.#keptBytes > maxKeptBytes && this.requests.length > 1))
      this.#keptBytes -= this.requests.shift()?.body.length ?? 0;

    const waiting = this.#waiters;
    this.#waiters = waiting.filter((waiter) => waiter.count > this.total);
    for (const waiter of waiting) if (waiter.count <= this.total) waiter.resolve();
    return (endedBy) => {
      if (entry.endedBy !== undefined) return;
      entry.endedBy = endedBy;
      const counted = endedBy === 'done' ? this.counts.answered(request) : undefined;
      if (counted !== undefined) entry.counted = counted;
    };
  }

  /** Drops what is kept; `total` goes on. */
  forget(): void {
    this.requests.length = 0;
    this.#keptBytes = 0;
  }

  /** Resolves when nothing is open. */
  idle(): Promise<void> {
    if (this.open === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Resolves when `count` requests have been received since the start. Rejects when the emulator stops before. */
  async reached(count: number): Promise<void> {
    if (this.total >= count) return;
    if (this.#closed) throw new Error('The emulator has stopped.');
    await new Promise<void>((resolve, reject) => this.#waiters.push({ count, resolve, reject }));
  }

  /** Ends all waiting for requests that will never come. */
  close(): void {
    this.#closed = true;
    const waiting = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiting)
      waiter.reject(new Error(`The emulator stopped after ${this.total} of ${waiter.count} requests.`));
  }
}
