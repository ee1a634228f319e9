import type { GenerationId } from '@streambed/protocol';
import type { GenerationRegistry } from '../generation/registry.ts';
import type { Connection } from '../socket/connection.ts';
import { type Encode, relay } from '../socket/relay.ts';
import { toErrorFrame } from '../socket/to-frame.ts';
import type { GenerationView } from '../stream-log/stream-log.ts';
import { untilEnd } from '../stream-log/until-end.ts';
import { encodeEvents } from './encode-events.ts';
import { sendFrame } from './send-frame.ts';

/** For `stream: false` nobody waits for a first token: larger batches merge better. */
const wholeBatch = 256 * 1024;

/** One reading of a generation. */
interface Reading {
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

/** The generations that one client reads: each at most once, to its end, at the pace at which the client takes it. */
export class Following {
  readonly #connection: Connection;
  readonly #registry: GenerationRegistry;
  readonly #onThrown: ((thrown: unknown, socket: string) => void) | undefined;
  readonly #readings = new Map<GenerationId, Reading>();

  constructor(
    connection: Connection,
    registry: GenerationRegistry,
    onThrown?: (thrown: unknown, socket: string) => void,
  ) {
    this.#connection = connection;
    this.#registry = registry;
    this.#onThrown = onThrown;
  }

  has(generation: GenerationId): boolean {
    return this.#readings.has(generation);
  }

  /** Resolves when everything that is read now has been read to its end. */
  async settled(): Promise<void> {
    await Promise.all([...this.#readings.values()].map(({ done }) => done));
  }

  /** Reads strictly after `after`; where it is not `live`, only once it has ended. */
  begin({ record: { generation }, head }: GenerationView, after: number, live: boolean): void {
    const stop = new AbortController();
    const onClosed = () => stop.abort();
    const { closed } = this.#connection;
    if (closed.aborted) stop.abort();
    closed.addEventListener('abort', onClosed);
    const detach = this.#registry.attach(generation);
    const done = this.#read(generation, { after, head, live, signal: stop.signal }).finally(() => {
      closed.removeEventListener('abort', onClosed);
      detach();
      if (this.#readings.get(generation)?.stop === stop) this.#readings.delete(generation);
    });
    this.#readings.set(generation, { stop, done });
  }

  /**
   * Ends a reading, where there is one: nothing of it is sent any more. It stays counted for a moment, so that a
   * generation whose reading begins anew at once never looks abandoned.
   */
  end(generation: GenerationId): void {
    this.#readings.get(generation)?.stop.abort();
    this.#readings.delete(generation);
  }

  /** Never rejects. */
  async #read(
    generation: GenerationId,
    { after, head, live, signal }: { after: number; head: number; live: boolean; signal: AbortSignal },
  ): Promise<void> {
    const { log } = this.#registry;
    try {
      if (!live) await untilEnd(log, generation, head, signal);
      const options = live ? { after, signal } : { after, signal, maxBatch: wholeBatch };
      const encode: Encode = (batch, merge) => encodeEvents(generation, batch, merge || !live);
      await relay(log.read(generation, options), this.#connection, encode, head > after, signal);
    } catch (thrown) {
      this.#onThrown?.(thrown, this.#connection.id);
      if (!signal.aborted) sendFrame(this.#connection, { ...toErrorFrame(thrown), generation });
    }
  }
}
