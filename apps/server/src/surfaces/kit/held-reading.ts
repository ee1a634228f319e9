import { endOf, type GenerationId, type GenerationStop } from '@streambed/protocol';
import type { LogBatch, StreamLog } from '../../stream-log/stream-log.ts';

/**
 * A generation read from its first event on, whose first batch can be waited for before anything is sent: until then an
 * HTTP status can still say the truth. Whoever makes one ends it: read to the end, or `end`.
 */
export class HeldReading implements AsyncIterable<LogBatch> {
  readonly #batches: AsyncIterator<LogBatch>;
  /** Asked for and not yet passed on. */
  #first: Promise<IteratorResult<LogBatch>> | undefined;

  constructor(log: Pick<StreamLog, 'read'>, generation: GenerationId, signal: AbortSignal) {
    this.#batches = log.read(generation, { after: 0, signal })[Symbol.asyncIterator]();
  }

  /**
   * Waits for the first event, at most `ms`. Resolves with the end, where nothing was said before it. Rejects as the
   * reading does.
   */
  async untilStatusIsKnown(ms: number): Promise<GenerationStop | undefined> {
    this.#first = this.#batches.next();
    // Where it comes late it is for whoever reads on.
    this.#first.catch(() => {});
    const { promise: late, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(resolve, ms);
    try {
      const { items = [] } = (await Promise.race([this.#first, late]))?.value ?? {};
      return items.length === 1 ? endOf(items) : undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  [Symbol.asyncIterator](): AsyncIterator<LogBatch> {
    return {
      next: () => {
        const first = this.#first;
        this.#first = undefined;
        return first ?? this.#batches.next();
      },
      return: async () => {
        void this.end();
        return { done: true, value: undefined };
      },
    };
  }

  /** Lets go of the log; a reading that waits for more does so when its signal aborts. Idempotent, never rejects. */
  async end(): Promise<void> {
    await this.#batches.return?.().catch(() => {});
  }
}
