import type { Generation as Batches, Bedrock, GenerateOptions, Relay, RelayOrder } from '@streambed/bedrock';
import type { EncodedEvent, StreambedError } from '@streambed/protocol';
import { fittedHeaders } from '../kit/head.ts';
import type { Exchange } from '../kit/surface-kit.ts';
import { frameOf } from './dialect.ts';

/** Headers of Bedrock's answers that are the caller's; others belong to our connection to Bedrock. */
const passed = /^(content-type|x-amzn-requestid|x-amzn-bedrock-[a-z-]+)$/;

/**
 * A relayed generation and the caller who gets its bytes. The events of a batch go to the log first, then its bytes to
 * the caller; one who reads slowly slows the reading of the upstream.
 */
export class RelayedAnswer {
  readonly #order: RelayOrder;
  readonly #bedrock: Bedrock;
  readonly #exchange: Exchange;
  /** Of an answer that comes whole. */
  readonly #body: Uint8Array[] = [];
  #relay: Relay | undefined;
  #begun = false;
  /** Whether bytes were left out: what comes after them is none of the caller's any more. */
  #cut = false;

  constructor(order: RelayOrder, bedrock: Bedrock, exchange: Exchange) {
    this.#order = order;
    this.#bedrock = bedrock;
    this.#exchange = exchange;
  }

  get #streams(): boolean {
    return this.#order.operation.endsWith('stream');
  }

  /** What the generation is run by. Throws what is known to be wrong. */
  open(how: GenerateOptions): Batches {
    const relay = this.#bedrock.passthrough(this.#order, how);
    this.#relay = relay;
    return new Tapped(relay, (bytes) => this.#take(relay, bytes, how.signal));
  }

  /** The generation has ended; `failed` says why it is incomplete. Throws that while the status can still say it. */
  async end(failed: StreambedError | undefined): Promise<void> {
    const { reply, response } = this.#exchange;
    if (failed !== undefined && !this.#begun) throw failed;
    if (!this.#streams) {
      const relay = this.#relay as Relay;
      reply.headers(headersOf(relay)).header('cache-control', 'no-store').send(Buffer.concat(this.#body));
      return;
    }
    if (failed !== undefined && (this.#cut || this.#relay?.toldException !== true)) {
      await response.sendBytes([frameOf(failed)]);
    }
    response.end();
  }

  async #take(relay: Relay, bytes: readonly Uint8Array[], signal: AbortSignal): Promise<void> {
    const { reply, response } = this.#exchange;
    // Ended from outside: what the log could not take, for one, is not shown to anybody.
    this.#cut ||= signal.aborted;
    if (this.#cut) return;
    if (!this.#streams) {
      this.#body.push(...bytes);
      return;
    }
    if (!this.#begun) {
      this.#begun = true;
      reply.hijack();
      if (!response.closed.aborted) response.begin({ ...reply.getHeaders(), ...headersOf(relay) });
    }
    await response.sendBytes(bytes);
  }
}

/** A relay as the events that a generation is made of; its bytes go by. */
class Tapped implements Batches {
  readonly #relay: Relay;
  readonly #take: (bytes: readonly Uint8Array[]) => Promise<void>;

  constructor(relay: Relay, take: (bytes: readonly Uint8Array[]) => Promise<void>) {
    this.#relay = relay;
    this.#take = take;
  }

  get target(): string {
    return this.#relay.target;
  }

  get region(): string {
    return this.#relay.region;
  }

  get attempts(): number {
    return this.#relay.attempts;
  }

  get dropped(): readonly string[] {
    return this.#relay.dropped;
  }

  get defaulted(): readonly string[] {
    return this.#relay.defaulted;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly EncodedEvent[], void, undefined> {
    for await (const { events, bytes } of this.#relay) {
      yield events;
      if (bytes.length > 0) await this.#take(bytes);
    }
  }
}

function headersOf(relay: Relay): Record<string, string> {
  const own = Object.entries(relay.head?.headers ?? {}).filter(([name]) => passed.test(name));
  return { ...Object.fromEntries(own), ...fittedHeaders(relay) };
}
