import { type EventItem, encodeEvent, endOf } from '@streambed/protocol';
import type { Bulk } from '../bulk.ts';
import type { Client } from '../client.ts';
import type { CallOptions } from '../count-tokens.ts';
import type { Generation } from '../generate.ts';
import type { ResponseHead } from '../http/wire.ts';
import { canLookUp, withLookUps } from '../look-up.ts';
import {
  type OpaqueModel,
  type Resolved,
  type ResolverOptions,
  resolveModel,
} from '../models/resolve-model.ts';
import type { Tap } from '../read-events.ts';
import { opaqueTarget, Run } from '../run.ts';
import { charactersIn } from '../unfinished.ts';
import { relayCourse } from './relay-course.ts';

/** Bedrock's operations whose bodies can be relayed, as their URLs name them. */
export type RelayOperation = 'invoke' | 'invoke-with-response-stream' | 'converse' | 'converse-stream';

/** What is relayed. */
export interface RelayOrder {
  readonly operation: RelayOperation;
  /** An alias, a Bedrock id or an ARN. */
  readonly model: string;
  readonly body: string | Uint8Array;
  /** What stand-ins in `body` stand for. */
  readonly bulk?: Bulk | undefined;
  /** The caller's, with lower-case names; what of them is Bedrock's goes on. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface RelayOptions extends CallOptions {
  /** As for `generate`: for AWS's invocation log. */
  readonly generation: string;
  readonly project?: string;
  readonly hops?: readonly string[];
  /**
   * Gets what each read of the upstream brought: whole frames of a stream, or the body of a whole answer, as they came.
   * Called once the reader of the events has taken those in the same bytes; nothing more is read before it resolves.
   */
  readonly deliver: (bytes: readonly Uint8Array[]) => Promise<void> | undefined;
}

/**
 * A generation whose request and answer go through as they are. Its events are what is said in Messages events, where a
 * family speaks such bodies; else only start and end. As with `generate` it starts when it is first read, never throws
 * (unless `deliver` does), and its last event is always exactly one `generation_stop`: a failure before the first event
 * is only that. An exception in mid-stream is delivered too.
 */
export interface Relay extends Generation {
  /** The upstream's status and headers; there with the first bytes, if an answer has begun at all. */
  readonly head: ResponseHead | undefined;
  /** The upstream ended its stream with an exception of its own. */
  readonly toldException: boolean;
}

/** Throws at once for what is known to be wrong before anything is sent. */
export function startRelay(order: RelayOrder, options: RelayOptions, client: Client): Relay {
  return new RelayRun(order, options, client);
}

class RelayRun implements Relay, Tap {
  head: ResponseHead | undefined;
  toldException = false;
  readonly #run: Run<readonly EventItem[]>;
  readonly #deliver: RelayOptions['deliver'];
  /** Bytes that have come and are not passed on yet. */
  #waiting: Uint8Array[] = [];

  constructor(order: RelayOrder, options: RelayOptions, client: Client) {
    this.#deliver = options.deliver;
    const courseOf = (resolved: Resolved) => relayCourse(order, resolved, options, client, this);
    const known = resolveUnlessOpaque(order.model, options, client);
    this.#run = new Run<readonly EventItem[]>(
      {
        ...('arn' in known
          ? { meant: opaqueTarget(known), known: undefined }
          : { meant: known.targets[0], known: courseOf(known) }),
        look: async (signal) => courseOf(await lookUp(order.model, options, client, signal)),
        charactersIn: (lists) => charactersIn(lists.flat()),
        end: (stop) => [encodeEvent(stop)],
      },
      options,
      client,
    );
  }

  begin(head: ResponseHead): void {
    this.head = head;
    this.toldException = false;
    this.#waiting = [];
  }

  bytes(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
  }

  exception(): void {
    this.toldException = true;
  }

  get target(): string {
    return this.#run.target;
  }

  get region(): string {
    return this.#run.region;
  }

  get attempts(): number {
    return this.#run.attempts;
  }

  get dropped(): readonly string[] {
    return this.#run.dropped;
  }

  get defaulted(): readonly string[] {
    return this.#run.defaulted;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly EventItem[], void, undefined> {
    let begun = false;
    for await (const lists of this.#run) {
      const events = lists.flat();
      // Where nothing has begun the failure is all there is: an exception as the first frame is a refusal.
      begun ||= events.length > 1 || endOf(events) === undefined;
      if (!begun) this.head = undefined;
      const bytes = begun ? this.#waiting : [];
      this.#waiting = [];
      yield events;
      if (bytes.length > 0) await this.#deliver(bytes);
    }
  }
}

function resolveUnlessOpaque(model: string, options: RelayOptions, client: Client): Resolved | OpaqueModel {
  try {
    return resolveModel(model, resolverOf(options, client));
  } catch (error) {
    return canLookUp(error, client) ? error : resolveUnseen(model, error, options, client);
  }
}

async function lookUp(
  model: string,
  options: RelayOptions,
  client: Client,
  signal: AbortSignal,
): Promise<Resolved> {
  try {
    return await withLookUps(() => resolveModel(model, resolverOf(options, client)), client, signal);
  } catch (error) {
    signal.throwIfAborted();
    return resolveUnseen(model, error, options, client);
  }
}

/** A body can go to an ARN without knowing the model behind it: only its price isn't known then. */
function resolveUnseen(model: string, error: unknown, options: RelayOptions, client: Client): Resolved {
  const resolver = resolverOf(options, client);
  try {
    return resolveModel(model, {
      ...resolver,
      behind: (arn) => resolver.behind?.(arn, options.account) ?? arn,
    });
  } catch {
    throw error;
  }
}

function resolverOf({ account }: RelayOptions, client: Client): ResolverOptions {
  return client.resolver({ account, use: 'any' });
}
