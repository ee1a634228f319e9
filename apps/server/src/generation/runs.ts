import { type GenerationId, StreambedError } from '@streambed/protocol';
import type { StreamLog } from '../stream-log/stream-log.ts';
import type { Generation } from './generation.ts';

/**
 * What happens to a generation that nobody reads: it goes on; it is cancelled after a while; or it is cancelled at once
 * and forgotten after its end, since nobody else knows its name.
 */
export type WhenUnread = 'continue' | 'cancel' | 'cancel at once';

/** A generation that runs here, and who reads it. */
interface Run {
  readonly generation: Generation;
  readonly whenUnread: WhenUnread;
  readers: number;
  abandoned: NodeJS.Timeout | undefined;
}

/** What runs here and how many read it; ends what nobody wants. */
export class Runs {
  readonly #log: Pick<StreamLog, 'erase'>;
  readonly #abandonMs: number;
  readonly #runs = new Map<GenerationId, Run>();

  /** `abandonMs`: how long what is to be cancelled unread runs on with no reader. */
  constructor(log: Pick<StreamLog, 'erase'>, abandonMs: number) {
    this.#log = log;
    this.#abandonMs = abandonMs;
  }

  /** Undefined for one that doesn't run here. */
  get(generation: GenerationId): Generation | undefined {
    return this.#runs.get(generation)?.generation;
  }

  /** Counts a generation as running, with no reader yet, until `end` is called with it. */
  begin(generation: Generation, whenUnread: WhenUnread): void {
    const run: Run = { generation, whenUnread, readers: 0, abandoned: undefined };
    this.#runs.set(generation.id, run);
    if (whenUnread === 'cancel') this.#abandon(run);
  }

  /** It has ended. */
  end({ id }: Generation): void {
    const run = this.#runs.get(id);
    if (run === undefined) return;
    clearTimeout(run.abandoned);
    this.#runs.delete(id);
    if (run.whenUnread === 'cancel at once' && run.readers === 0) void this.#log.erase(id);
  }

  /** Counts a reader of a generation until the returned function is called. */
  attach(generation: GenerationId): () => void {
    const run = this.#runs.get(generation);
    if (run === undefined) return () => {};
    run.readers += 1;
    clearTimeout(run.abandoned);
    let attached = true;
    return () => {
      if (!attached) return;
      attached = false;
      run.readers -= 1;
      if (run.readers === 0) this.#abandon(run);
    };
  }

  /** Waits for what runs now; after `ms` what is left of it is ended `interrupted`. */
  async drain(ms: number): Promise<void> {
    const running = [...this.#runs.values()].map((run) => run.generation);
    const interrupt = setTimeout(() => {
      for (const generation of running) generation.cancel(new StreambedError('SB_INTERRUPTED'));
    }, ms);
    await Promise.all(running.map((generation) => generation.done));
    clearTimeout(interrupt);
  }

  /** Nobody reads it any more, or yet. */
  #abandon(run: Run): void {
    const { generation, whenUnread } = run;
    if (whenUnread === 'cancel at once') {
      if (generation.stop === undefined) generation.cancel();
      else void this.#log.erase(generation.id);
    } else if (whenUnread === 'cancel' && generation.stop === undefined) {
      run.abandoned = setTimeout(() => generation.cancel(), this.#abandonMs).unref();
    }
  }
}
