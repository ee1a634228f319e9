import type { EmulatorCredentials } from './auth.ts';
import { FaultCounter, StreamCache } from './core.ts';
import type { Counts } from './counts.ts';
import { DemoModel } from './engine/demo.ts';
import type { Engine } from './engine/engine.ts';
import { PromptCache } from './engine/prompt-cache.ts';
import type { Doc } from './engine/search.ts';
import { type EndedBy, Exchange, type IncomingRequest, type OutgoingResponse } from './exchange.ts';
import { FaultRules } from './fault-rules.ts';
import type { Fault } from './faults.ts';
import type { EmulatorGuardrail } from './guardrails.ts';
import { type HandleOptions, handle } from './handle.ts';
import { uuid } from './ids.ts';
import { Ledger, type ReceivedRequest } from './ledger.ts';
import { listen, type TlsOptions } from './listen.ts';
import type { ProfileTarget } from './model.ts';
import type { PaceOption } from './pace.ts';
import { type EmulatorLimits, Quotas } from './quotas.ts';
import { seededRandom } from './random.ts';
import { type RecordOptions, startRecording } from './replay/record.ts';
import { type Passing, type ReplayOptions, startReplay } from './replay/replay.ts';
import type { Script } from './script.ts';

export interface EmulatorOptions {
  /** Default 0: any free port. */
  readonly port?: number | undefined;
  /** Default 127.0.0.1. */
  readonly host?: string | undefined;
  /** PEM texts. Set: TLS on this port, HTTP/2 and HTTP/1.1. */
  readonly tls?: TlsOptions | undefined;
  /** The same seed and request give the same text, ids and frame sizes. Default `streambed`. */
  readonly seed?: string | number | undefined;
  /** Default `model`. */
  readonly pace?: PaceOption | undefined;
  /** Set: SigV4 signatures are verified for real. Unset: any well-formed ones pass. */
  readonly credentials?: EmulatorCredentials | readonly EmulatorCredentials[] | undefined;
  /** Bearer keys that pass. With neither these nor credentials any key passes. */
  readonly apiKeys?: readonly string[] | undefined;
  /** Set, beside credentials: a signature for another region is refused. */
  readonly region?: string | undefined;
  /** What application inference profiles and other opaque ARNs (or their ids) lead to. */
  readonly profiles?: Readonly<Record<string, ProfileTarget>> | undefined;
  /** What ApplyGuardrail knows. */
  readonly guardrails?: readonly EmulatorGuardrail[] | undefined;
  /** What to answer. `undefined` from it, or no script: the demo model answers. */
  readonly script?: Script | undefined;
  /** Who answers where neither a script nor a directive does, in place of the demo model: `openAiEngine(…)`. */
  readonly engine?: Engine | undefined;
  /** What goes wrong, decided before the body is read. A prompt may ask for faults as well (`/fault …`). */
  readonly faults?: ((request: ReceivedRequest) => Fault | undefined) | undefined;
  /** Faults in the words of `/fault`, armed from the start: `throttle probability 0.1 model *haiku*`. */
  readonly faultRules?: readonly string[] | undefined;
  /** Quotas for each model id; beyond them requests are throttled in AWS's words. */
  readonly limits?: EmulatorLimits | undefined;
  /** Serves recorded exchanges in place of everything else. */
  readonly replay?: ReplayOptions | undefined;
  /** Passes everything on to a real endpoint and writes it to files. */
  readonly record?: RecordOptions | undefined;
  /** Gives the sections that the demo model may quote, once it first has to search; see `docSections`. */
  readonly docs?: (() => readonly Doc[]) | undefined;
  /** How many received requests are kept. Default 1000; never more than 64 MiB of bodies. */
  readonly keepRequests?: number | undefined;
  /** Told of a mistake in a script or in the emulator itself, whose caller got a 500. Default: the standard error. */
  readonly onError?: ((error: unknown, path: string) => void) | undefined;
  /** The clock, for signatures and `at`. */
  readonly now?: (() => Date) | undefined;
}

export interface Emulator {
  /** `http://127.0.0.1:…`: the endpoint to give an SDK. */
  readonly url: string;
  readonly port: number;
  /** What was received, oldest first; bounded by `keepRequests`. */
  readonly requests: readonly ReceivedRequest[];
  /** What was answered whole, in tokens: in all, and by the model id that was called. */
  readonly counted: ReturnType<Counts['toJSON']>;
  /** How many requests are open now. */
  readonly open: number;
  /** Resolves when nothing is open. */
  idle(): Promise<void>;
  /** Resolves with `requests` when `count` have been received since the start. Rejects when the emulator stops before. */
  received(count: number): Promise<readonly ReceivedRequest[]>;
  /** Cuts whatever runs and closes the port. Idempotent. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a local Bedrock. Rejects with Node's error (`EADDRINUSE`, …) when the port can't be had. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const host = options.host ?? '127.0.0.1';
  const seed = String(options.seed ?? 'streambed');
  const requestIds = seededRandom(seed, 'request ids');
  const ledger = new Ledger(options.keepRequests ?? 1000);
  const handling = handleOptions(options, seed, ledger, await passingOf(options));
  let stopping = false;

  const onRequest = (request: IncomingRequest, response: OutgoingResponse) => {
    let note: ((endedBy: EndedBy) => void) | undefined;
    ledger.opened();
    const exchange = new Exchange(request, response, uuid(requestIds), (whole) => {
      note?.(whole ? (exchange.faulted ? 'fault' : 'done') : whyCut(exchange, stopping));
      ledger.closed();
    });
    void handle(exchange, handling, (noted) => {
      note = noted;
    });
  };
  const listener = await listen({ host, port: options.port ?? 0, tls: options.tls, onRequest });

  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= (async () => {
      stopping = true;
      await listener.close();
      await ledger.idle();
      await handling.passing?.close();
      ledger.close();
    })();
    return stopped;
  };
  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${listener.port}`,
    port: listener.port,
    requests: ledger.requests,
    get counted() {
      return ledger.counts.toJSON();
    },
    get open() {
      return ledger.open;
    },
    idle: () => ledger.idle(),
    received: async (count) => {
      await ledger.reached(count);
      return ledger.requests;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function whyCut(exchange: Exchange, stopping: boolean): EndedBy {
  if (exchange.faulted) return 'fault';
  return stopping ? 'stop' : 'client';
}

async function passingOf({ replay, record }: EmulatorOptions): Promise<Passing | undefined> {
  if (replay !== undefined && record !== undefined)
    throw new Error('An emulator either records or replays, not both.');
  if (record !== undefined) return startRecording(record);
  return replay === undefined ? undefined : startReplay(replay);
}

function handleOptions(
  options: EmulatorOptions,
  seed: string,
  ledger: Ledger,
  passing: Passing | undefined,
): HandleOptions {
  const now = options.now ?? (() => new Date());
  return {
    core: {
      seed,
      pace: options.pace ?? 'model',
      script: options.script,
      demo: new DemoModel(options.docs),
      faultCounter: new FaultCounter(seed),
      engine: options.engine,
      quotas: new Quotas(options.limits ?? {}, now),
      streams: new StreamCache(),
      counts: ledger.counts,
      promptCache: new PromptCache(options.now ?? (() => new Date())),
      profiles: options.profiles ?? {},
      guardrails: options.guardrails ?? [],
      region: options.region ?? 'us-east-1',
    },
    ledger,
    auth: {
      credentials: listOf(options.credentials),
      apiKeys: options.apiKeys ?? [],
      region: options.region,
      now,
    },
    passing,
    rules: armed(options.faultRules ?? [], seed),
    faults: options.faults,
    onError: options.onError ?? complain,
  };
}

function armed(faults: readonly string[], seed: string): FaultRules {
  const rules = new FaultRules(seed);
  for (const fault of faults) {
    const added = rules.add({ fault });
    if (typeof added === 'string') throw new Error(added);
  }
  return rules;
}

function complain(error: unknown, path: string): void {
  const told = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`The emulator failed on ${path}: ${told}\n`);
}

function listOf(
  credentials: EmulatorCredentials | readonly EmulatorCredentials[] | undefined,
): readonly EmulatorCredentials[] {
  if (credentials === undefined) return [];
  return 'accessKeyId' in credentials ? [credentials] : credentials;
}
