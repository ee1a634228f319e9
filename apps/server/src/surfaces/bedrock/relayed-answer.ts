import type { Generation as Batches, Bedrock, GenerateOptions, Relay, RelayOrder } from '@streambed/bedrock';
import type { StreambedError } from '@streambed/protocol';
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
    const relay = this.#bedrock.passthrough(this.#order, {
      ...how,
      deliver: (bytes) => this.#take(relay, bytes, how.signal),
    });
    this.#relay = relay;
    return relay;
  }

  /** The generation has ended; `failed` says why it is incomplete. Throws that while the status can still say it. */
  async end(failed: StreambedError | undefined): Promise<void> {
    const { reply, response } = this.#exchange;
    if (failed !== undefined && !this.#begun) {
      reply.headers(fittedHeaders(this.#relay));
      throw failed;
    }
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

  #take(relay: Relay, bytes: readonly Uint8Array[], signal: AbortSignal): Promise<void> | undefined {
    const { reply, response } = this.#exchange;
    // Ended from outside: what the log could not take, for one, is not shown to anybody.
    this.#cut ||= signal.aborted;
    if (this.#cut) return undefined;
    if (!this.#streams) {
      this.#body.push(...bytes);
      return undefined;
    }
    if (!this.#begun) {
      this.#begun = true;
      reply.hijack();
      if (!response.closed.aborted) response.begin({ ...reply.getHeaders(), ...headersOf(relay) });
    }
    const waiting = response.sendBytes(bytes);
    return waiting && orAborted(waiting, signal);
  }
}

/** Waits for a slow caller, but not once the generation is ended: its end waits for nobody. */
async function orAborted(waiting: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise: aborted, resolve } = Promise.withResolvers<void>();
  const onAbort = () => resolve();
  signal.addEventListener('abort', onAbort, { once: true });
  await Promise.race([waiting, aborted]);
  signal.removeEventListener('abort', onAbort);
}

function headersOf(relay: Relay): Record<string, string> {
  const own = Object.entries(relay.head?.headers ?? {}).filter(([name]) => passed.test(name));
  return { ...Object.fromEntries(own), ...fittedHeaders(relay) };
}
