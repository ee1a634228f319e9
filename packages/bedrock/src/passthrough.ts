import { type GenerationStop, StreambedError } from '@streambed/protocol';
import { type Attempt, type Call, openCall, type SentRequest } from './call.ts';
import type { Client } from './client.ts';
import type { CallOptions } from './count-tokens.ts';
import { startDeadline } from './deadlines.ts';
import { CallFailed } from './failure.ts';
import { pauseBeforeRetry } from './generate.ts';
import type { ResponseHead } from './http/send.ts';
import { withLookUps } from './look-up.ts';
import { NativeReader } from './native-reader.ts';
import { isRepriced, metadataOf } from './plan.ts';
import { type Resolved, resolveModel, type Target } from './resolve-model.ts';
import { stopEvent } from './stop-event.ts';

/** Bedrock's operations whose bodies can be relayed, as their URLs name them. */
export type RelayOperation = 'invoke' | 'invoke-with-response-stream' | 'converse' | 'converse-stream';

export interface RelayOptions extends CallOptions {
  /** As for `generate`: beside an invoke body they go into AWS's invocation log. */
  readonly generation: string;
  readonly project?: string;
  readonly hops?: readonly string[];
}

/**
 * An answer on its way through, untouched. It has begun well: a refusal was thrown instead. Reading gives the upstream's
 * own bytes and never throws; once it is over, `stop` says how it ended, as a generation's last event would. An
 * exception in the stream is relayed too, and its error is in `stop`. It is read to its end, left early, or its signal
 * aborted: until then it holds an upstream connection.
 */
export interface Relay extends AsyncIterable<readonly Uint8Array[]> {
  /** The upstream's status and headers. */
  readonly head: ResponseHead;
  readonly target: string;
  readonly region: string;
  readonly attempts: number;
  /** There once the last bytes have been read. */
  readonly stop: GenerationStop | undefined;
}

/** What of the caller's headers goes on: the rest belongs to its own connection. Lower-case names. */
const passed = /^(content-type|accept|x-amzn-bedrock-[a-z-]+)$/;

/**
 * Relays a body that need not be understood, by an alias, a Bedrock id or an ARN. Retries, deadlines and errors are those
 * of a generation. Resolves once the answer's first event (or whole body) is there; throws `StreambedError` before that,
 * or `signal.reason`. `headers` have lower-case names.
 */
export async function startRelay(
  operation: RelayOperation,
  modelId: string,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>>,
  options: RelayOptions,
  client: Client,
): Promise<Relay> {
  const started = client.now();
  const resolved = await resolve(modelId, options, client);
  const wire = wireOf(operation, body, headers, resolved, options);
  const relay = new RelayRun(wire, resolved, options, client, started);
  await relay.open();
  return relay;
}

/** A body can go to an ARN without knowing the model behind it: only its price isn't known then. */
async function resolve(
  modelId: string,
  { account, signal }: RelayOptions,
  client: Client,
): Promise<Resolved> {
  const options = client.resolver({ account, use: 'any' });
  try {
    return await withLookUps(() => resolveModel(modelId, options), client, signal);
  } catch (error) {
    signal.throwIfAborted();
    try {
      return resolveModel(modelId, { ...options, behind: (arn) => options.behind?.(arn, account) ?? arn });
    } catch {
      throw error;
    }
  }
}

function wireOf(
  operation: RelayOperation,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>>,
  { guardrail }: Resolved,
  options: RelayOptions,
): SentRequest {
  const api = operation.startsWith('invoke') ? 'invoke' : 'converse';
  const own = Object.fromEntries(Object.entries(headers).filter(([name]) => passed.test(name)));
  if (guardrail !== undefined) checkGuardrail(api, own, body, guardrail);
  return {
    api,
    stream: operation.endsWith('stream'),
    body,
    headers: {
      ...own,
      ...(api === 'invoke' && {
        'x-amzn-bedrock-request-metadata': withMetadata(own, metadataOf(options)),
        ...(guardrail !== undefined && {
          'x-amzn-bedrock-guardrailidentifier': guardrail.id,
          'x-amzn-bedrock-guardrailversion': guardrail.version,
        }),
      }),
    },
  };
}

/** A guardrail of the alias goes beside an invoke body; what the body itself says of guardrails would bend it. */
function checkGuardrail(
  api: SentRequest['api'],
  headers: Readonly<Record<string, string>>,
  body: string | Uint8Array,
  { id, version }: NonNullable<Resolved['guardrail']>,
): void {
  const fail = (what: string) => {
    throw new StreambedError('SB_BAD_REQUEST', `This model name has a guardrail of its own${what}`, {
      field: 'model',
    });
  };
  if (api === 'converse') fail(', which cannot be put into a body that is only relayed. Use invoke.');
  const asked = headers['x-amzn-bedrock-guardrailidentifier'] ?? id;
  const askedVersion = headers['x-amzn-bedrock-guardrailversion'] ?? version;
  if (asked !== id || askedVersion !== version) fail(', which a request cannot replace. Leave it out.');
  const text = typeof body === 'string' ? body : Buffer.from(body).toString('utf8');
  // Any spelling of the key in JSON, escapes and all, is met after parsing only.
  if (/\\u|amazon-bedrock-/i.test(text) && holdsBedrockKeys(text)) {
    fail(': the body may not say how it works (amazon-bedrock-…). Leave that out.');
  }
}

function holdsBedrockKeys(json: string): boolean {
  try {
    const value: unknown = JSON.parse(json);
    return Object.keys(value ?? {}).some((key) => /^amazon-bedrock-/i.test(key));
  } catch {
    return true;
  }
}

/** Ours join the caller's own. */
function withMetadata(headers: Readonly<Record<string, string>>, ours: Record<string, string>): string {
  const own = headers['x-amzn-bedrock-request-metadata'];
  try {
    return JSON.stringify({ ...JSON.parse(own ?? '{}'), ...ours });
  } catch {
    // AWS says what is wrong with it.
    return own ?? '';
  }
}

/** The reader stopped before the end: its own wish, as when it aborts. */
const left = new Error('its reader left');

/** One relay: attempts until one begins well, then its bytes, then how it ended. */
class RelayRun implements Relay {
  head: ResponseHead = { status: 0, headers: {} };
  attempts = 0;
  stop: GenerationStop | undefined;
  readonly #wire: SentRequest;
  readonly #targets: Target[];
  readonly #options: RelayOptions;
  readonly #client: Client;
  readonly #started: number;
  readonly #deadlines: Client['deadlines'];
  readonly #ending = new AbortController();
  readonly #owned = new DisposableStack();
  #call: Call<true> | undefined;
  /** Bytes that no reader has taken yet. */
  #waiting: Uint8Array[] = [];
  #firstEventAt: number | undefined;
  #reading = false;

  constructor(wire: SentRequest, resolved: Resolved, options: RelayOptions, client: Client, started: number) {
    this.#wire = wire;
    this.#targets = resolved.targets.map((target) => ({
      ...target,
      account: target.account ?? options.account,
    }));
    this.#options = options;
    this.#client = client;
    this.#started = started;
    this.#deadlines = { ...client.deadlines, ...resolved.deadlines };
  }

  get target(): string {
    return this.#targetOf(this.attempts).id;
  }

  get region(): string {
    return this.#targetOf(this.attempts).region;
  }

  /** Reads up to the first event: an exception may be the first and only frame of a 200. */
  async open(): Promise<void> {
    this.#own();
    try {
      for (;;) {
        this.attempts += 1;
        try {
          await this.#attempt();
          return;
        } catch (error) {
          this.#call?.close();
          this.#ending.signal.throwIfAborted();
          if (!(error instanceof CallFailed)) throw error;
          const plan = {
            targets: this.#targets.length,
            target: (attempt: number) => this.#targetOf(attempt),
            useProfile: (attempt: number) => this.#useProfile(attempt),
          };
          const { signal } = this.#ending;
          await pauseBeforeRetry(this.attempts, error.failure, plan, this.#options, this.#client, signal);
        }
      }
    } catch (error) {
      this.#end(error);
      throw error;
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly Uint8Array[], void, undefined> {
    const call = this.#call;
    if (call === undefined || this.stop !== undefined) return;
    this.#reading = true;
    let thrown: unknown = left;
    try {
      for (;;) {
        if (this.#waiting.length > 0) yield this.#take();
        if ((await call.read()) === undefined) break;
      }
      thrown = undefined;
    } catch (error) {
      thrown = this.#ending.signal.aborted ? this.#ending.signal.reason : error;
    } finally {
      if (thrown === left) this.#ending.abort(left);
      this.#end(thrown);
    }
    // What came with the end, or with the exception that was it.
    if (this.#waiting.length > 0) yield this.#take();
  }

  async #attempt(): Promise<void> {
    this.#waiting = [];
    const attempt: Attempt<true> = {
      target: this.#targetOf(this.attempts),
      wire: this.#wire,
      reader: new NativeReader(this.#wire),
      deadlines: this.#deadlines,
      signal: this.#ending.signal,
      hops: this.#options.hops ?? [],
      tap: (bytes) => {
        this.#waiting.push(...bytes);
      },
    };
    const call = await openCall(attempt, this.#client);
    this.#call = call;
    let events = await call.read();
    while (events?.length === 0) events = await call.read();
    this.#firstEventAt = this.#client.now();
    this.#client.retry.budget.succeeded();
    this.head = call.head;
  }

  /** Slot, total deadline, and the caller's signal. */
  #own(): void {
    const slot = this.#client.takeSlot();
    if (slot === undefined) throw new StreambedError('SB_TOO_MANY_GENERATIONS');
    this.#owned.use(slot);
    const { signal } = this.#options;
    const onAbort = () => this.#ending.abort(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    this.#owned.defer(() => signal.removeEventListener('abort', onAbort));
    // Nobody reads (yet): what is held must not wait for a reader that never comes.
    this.#ending.signal.addEventListener('abort', () => {
      if (!this.#reading && this.head.status !== 0) this.#end(this.#ending.signal.reason);
    });
    this.#owned.use(
      startDeadline(this.#deadlines.totalMs, 'SB_TIMEOUT_TOTAL', (error) => this.#ending.abort(error)),
    );
  }

  #end(thrown: unknown): void {
    this.#call?.close();
    this.#owned.dispose();
    this.stop ??= stopEvent({
      started: this.#started,
      target: this.#targetOf(this.attempts),
      call: this.#call,
      attempts: this.attempts,
      repriced: isRepriced(askedFor(this.#wire.headers ?? {})),
      thrown,
      firstEventAt: this.#firstEventAt,
      signal: this.#ending.signal,
      now: this.#client.now(),
    });
  }

  #targetOf(attempt: number): Target {
    return this.#targets[(Math.max(1, attempt) - 1) % this.#targets.length] as Target;
  }

  #useProfile(attempt: number): boolean {
    const { profile, ...target } = this.#targetOf(attempt);
    if (profile === undefined) return false;
    this.#targets[(attempt - 1) % this.#targets.length] = { ...target, id: profile };
    return true;
  }

  #take(): readonly Uint8Array[] {
    const bytes = this.#waiting;
    this.#waiting = [];
    return bytes;
  }
}

function askedFor(headers: Readonly<Record<string, string>>): { service_tier?: string; latency?: string } {
  const tier = headers['x-amzn-bedrock-service-tier'];
  const latency = headers['x-amzn-bedrock-performanceconfig-latency'];
  return {
    ...(tier !== undefined && { service_tier: tier }),
    ...(latency !== undefined && { latency }),
  };
}
