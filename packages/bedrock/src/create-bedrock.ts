import { setImmediate as nextTurn } from 'node:timers/promises';
import { type MessagesRequest, StreambedError } from '@streambed/protocol';
import { canPrefill } from './can-prefill.ts';
import { type Catalogue, readCatalogue } from './catalogue/catalogue.ts';
import { knownModels, type ModelOverride } from './catalogue/known-models.ts';
import { createOfferSource } from './catalogue/offer-source.ts';
import { createOpaqueArns } from './catalogue/opaque-arns.ts';
import { createRefusals } from './catalogue/refusals.ts';
import type { Client } from './client.ts';
import { type CallOptions, countTokens, type TokenCount } from './count-tokens.ts';
import { defaultDeadlines } from './deadlines.ts';
import { type Check, diagnose } from './diagnose.ts';
import { type EmbeddingRequest, type Embeddings, embed } from './embed/embed.ts';
import { type GenerateOptions, type Generation, startGeneration } from './generate.ts';
import {
  applyGuardrail,
  type GuardrailRequest,
  type GuardrailVerdict,
} from './guardrails/apply-guardrail.ts';
import {
  type CredentialContext,
  type CredentialSource,
  processCredentials,
  roleCredentials,
} from './http/credentials.ts';
import { createDirectWire } from './http/direct/direct-wire.ts';
import { createDispatcher, sdkRequestHandler } from './http/dispatcher.ts';
import { awsEndpoint, type Endpoint, parseEndpoint } from './http/endpoint.ts';
import { createRetryBudget } from './http/retry.ts';
import { createTrust } from './http/trust.ts';
import { createUndiciWire } from './http/undici-wire.ts';
import { checkAlias } from './models/check-alias.ts';
import {
  describeModel,
  listAnthropicNames,
  listModels,
  type ModelListing,
  modelsBehind,
} from './models/list-models.ts';
import { isRegion, parseModelId } from './models/model-id.ts';
import type { Target } from './models/resolve-model.ts';
import type { BedrockOptions } from './options.ts';
import { type AwsAnswer, type AwsQuestion, type ForwardOptions, forward } from './relay/forward.ts';
import { type Relay, type RelayOptions, type RelayOrder, startRelay } from './relay/passthrough.ts';
import { Health, type TargetState } from './targets/health.ts';

/** The Bedrock Runtime client. */
export interface Bedrock {
  /**
   * Runs a model. Throws `StreambedError` at once for what is known to be wrong before anything is sent
   * (`SB_UNKNOWN_MODEL`, `SB_PROFILE_REQUIRED`, `SB_UNSUPPORTED`, `SB_BAD_REQUEST`). Once it has returned it never
   * throws: all events of one upstream read come as one batch, and the last event of all is exactly one
   * `generation_stop`. Whoever stops reading early aborts the signal, so that the upstream is closed at once.
   */
  generate(request: MessagesRequest, options: GenerateOptions): Generation;
  /** Whether an answer may begin with the last message of this request, the model's own unfinished words. */
  canPrefill(request: MessagesRequest): boolean;
  /** How many input tokens a request has, as Bedrock counts them; nothing is billed. Throws `StreambedError`. */
  countTokens(request: MessagesRequest, options: CallOptions): Promise<TokenCount>;
  /** Vectors of texts. Throws `StreambedError`. */
  embed(request: EmbeddingRequest, options: CallOptions): Promise<Embeddings>;
  /** What a guardrail says of some text. Throws `StreambedError`. */
  applyGuardrail(request: GuardrailRequest, options: CallOptions): Promise<GuardrailVerdict>;
  /**
   * A generation whose request and answer go through byte for byte, in AWS's own words: for callers that speak Bedrock,
   * and for kinds of models that need not be spoken to here. Throws `StreambedError` at once for what is known to be
   * wrong before anything is sent; see {@link Relay} for what comes after.
   */
  passthrough(order: RelayOrder, options: RelayOptions): Relay;
  /** Passes on a question of AWS's API that is no generation, and its answer as it came. Throws `StreambedError`. */
  forward(question: AwsQuestion, options: ForwardOptions): Promise<AwsAnswer>;
  /** The aliases and what they lead to from this region, for pickers. */
  models(): readonly ModelListing[];
  /** Anthropic's own API names of the Claude models that can be called from this region. */
  anthropicModels(): readonly ModelListing[];
  /** What a name leads to: an alias, Anthropic's API name, an id or an ARN. Throws as `generate` does. */
  model(name: string): ModelListing;
  /** The base ids of all models that a name may lead to: one, but for an alias with a fallback. None: it leads nowhere. */
  modelsBehind(name: string): readonly string[];
  /**
   * Every model, and whether it can be called from here: our facts, the configuration's corrections, and the lists of
   * the account's own control plane. The first call waits for the lists, ten seconds at most; without them (denied, no
   * endpoint) `account.why` says so. Never throws but with the signal's reason.
   */
  catalogue(options?: { readonly signal?: AbortSignal }): Promise<Catalogue>;
  /** Checks for `streambed doctor`, one after another. Never throws, calls no model. */
  diagnose(options?: { readonly signal?: AbortSignal }): AsyncIterable<Check>;
  /**
   * Loads what the first request would otherwise wait for, and everybody with it: the code that finds credentials, the
   * certificates that are trusted. Sends and looks up nothing; never rejects.
   */
  warm(): Promise<void>;
  /** Every target that was called, and whether it is left alone just now. */
  targets(): readonly TargetState[];
  /** Upstream requests running now. */
  readonly open: number;
  /** Closes all connections; running generations fail. */
  close(): Promise<void>;
}

const defaultMaxConnections = 512;

/**
 * Makes a client; nothing is sent or looked up yet. Throws `SB_BAD_REQUEST` that names the option at fault: a region or
 * endpoint that is none, an alias that leads nowhere.
 */
export function createBedrock(options: BedrockOptions): Bedrock {
  checkOptions(options);
  const deadlines = { ...defaultDeadlines, ...options.deadlines };
  const maxConnections = options.maxConnections ?? defaultMaxConnections;
  const trust = createTrust(options.caBundle);
  const { proxy } = options;
  const connections = maxConnections;
  const dispatcher = createDispatcher({ proxy, trust, connections, connectMs: deadlines.connectMs });
  const wire = sendsDirectly(options)
    ? createDirectWire({ trust, connections })
    : createUndiciWire(dispatcher);
  const now = options.now ?? Date.now;
  const known = knownModels(options.models);
  const closing = new AbortController();
  let open = 0;
  const context: CredentialContext = {
    now,
    region: options.region,
    requestHandler: sdkRequestHandler(dispatcher),
    warn: (message) => options.log?.({ type: 'credentials', message }),
  };
  const own = processCredentials(options.credentials, context);
  const client: Client = {
    options,
    wire,
    deadlines,
    retry: {
      attempts: options.retry?.attempts ?? 3,
      maxDelayMs: options.retry?.maxDelayMs ?? 20_000,
      budget: createRetryBudget(options.retry?.budget ?? 100),
    },
    now,
    random: options.random ?? Math.random,
    endpointOf: (target) => endpointOf(target, options),
    credentialsOf: credentialsByAccount(options, own, context),
    get offers() {
      return offers;
    },
    get arns() {
      return arns;
    },
    refusals: createRefusals(now),
    health: new Health(options.breaker ?? {}, now, (state) => options.log?.({ type: 'target', ...state })),
    resolver: (more) => ({
      region: options.region,
      ...(options.aliases !== undefined && { aliases: options.aliases }),
      known,
      offers: offers.current(),
      behind: arns.get,
      ...more,
    }),
    takeSlot() {
      if (open >= maxConnections) return undefined;
      open += 1;
      return {
        [Symbol.dispose]: () => {
          open -= 1;
        },
      };
    },
  };
  const offers = createOfferSource(client, closing.signal);
  const arns = createOpaqueArns(client, closing.signal);
  return {
    generate: (request, how) => startGeneration(request, how, client),
    canPrefill: (request) => canPrefill(request, client),
    countTokens: (request, how) => countTokens(request, how, client),
    embed: (request, how) => embed(request, how, client),
    applyGuardrail: (request, how) => applyGuardrail(request, how, client),
    passthrough: (order, how) => startRelay(order, how, client),
    forward: (question, how) => forward(question, how, client),
    models: () => listModels(client.resolver()),
    anthropicModels: () => listAnthropicNames(client.resolver()),
    model: (name) => describeModel(name, client.resolver()),
    modelsBehind: (name) => modelsBehind(name, client.resolver({ use: 'any' })),
    catalogue: ({ signal = new AbortController().signal } = {}) => readCatalogue(client, signal),
    diagnose: ({ signal = new AbortController().signal } = {}) => diagnose(client, signal),
    warm: async () => {
      await own.warm?.();
      // Not in the same turn.
      await nextTurn();
      if (isSecure(options) && !closing.signal.aborted) trust();
    },
    targets: () => client.health.states(),
    get open() {
      return open;
    },
    async close() {
      closing.abort(new StreambedError('SB_INTERRUPTED'));
      await Promise.all([wire.close(), dispatcher.destroy()]);
    },
  };
}

/** What is out of the ordinary is undici's: proxies, and FIPS endpoints, whose users want nothing home-made. */
function sendsDirectly({ upstreamClient = 'auto', proxy, fips = false }: BedrockOptions): boolean {
  const isOrdinary = proxy?.https === undefined && proxy?.http === undefined && !fips;
  return upstreamClient === 'direct' || (upstreamClient === 'auto' && isOrdinary);
}

/** The account's own endpoint, else the one given for all, else AWS's of the target's region. */
function endpointOf(
  target: Target,
  { accounts, endpoint, fips = false, dualStack = false }: BedrockOptions,
): Endpoint {
  const account = target.account === undefined ? undefined : accounts?.[target.account];
  const url =
    account?.endpoint ??
    endpoint ??
    awsEndpoint({ service: 'bedrock-runtime', region: target.region, fips, dualStack });
  return parseEndpoint(url);
}

/** Whether calls go over TLS, those of the accounts with an endpoint of their own apart. */
function isSecure({ endpoint }: BedrockOptions): boolean {
  return endpoint === undefined || parseEndpoint(endpoint).origin.startsWith('https:');
}

/** One source for the process itself and one for each role, made when first asked for. */
function credentialsByAccount(
  options: BedrockOptions,
  own: CredentialSource,
  context: CredentialContext,
): Client['credentialsOf'] {
  const roles = new Map<string, CredentialSource>();
  return ({ account }) => {
    if (account === undefined) return own;
    const settings = Object.hasOwn(options.accounts ?? {}, account) ? options.accounts?.[account] : undefined;
    if (settings === undefined) {
      throw new StreambedError(
        'SB_BAD_REQUEST',
        `There is no account ${JSON.stringify(account)} in the configuration.`,
      );
    }
    if (settings.roleArn === undefined) return own;
    let source = roles.get(account);
    if (source === undefined) {
      const { roleArn, externalId } = settings;
      source = roleCredentials(own, { roleArn, ...(externalId !== undefined && { externalId }) }, context);
      roles.set(account, source);
    }
    return source;
  };
}

function checkOptions({
  region,
  endpoint,
  controlEndpoint,
  accounts = {},
  aliases = {},
  models = {},
}: BedrockOptions): void {
  const fail = (field: string, what: string) => {
    throw new StreambedError('SB_BAD_REQUEST', `${field}: ${what}`, { field });
  };
  if (!isRegion(region)) fail('region', `${JSON.stringify(region)} is not an AWS region, such as us-east-1`);
  const urls = { endpoint, controlEndpoint };
  const accountUrls = Object.entries(accounts).map(([name, account]) => [
    `accounts.${name}.endpoint`,
    account.endpoint,
  ]);
  for (const [field = '', url] of [...Object.entries(urls), ...accountUrls]) {
    if (url === undefined) continue;
    try {
      parseEndpoint(url);
    } catch {
      fail(field, `${JSON.stringify(url)} is not an http or https URL`);
    }
  }
  for (const [id, override] of Object.entries(models)) checkModel(id, override);
  for (const [name, alias] of Object.entries(aliases)) checkAlias(name, alias, Object.keys(accounts));
}

/** Throws what is wrong with the configuration of a model, naming the key. */
function checkModel(id: string, { model, prices = {} }: ModelOverride): void {
  const fail = (field: string, what: string) => {
    throw new StreambedError('SB_BAD_REQUEST', `${field}: ${what}`, { field });
  };
  const at = `models.${id}`;
  const parsed = parseModelId(id);
  if (parsed === undefined) fail(at, 'expected a Bedrock model id or an ARN');
  if (parsed?.kind === 'profile') fail(at, `expected the model's own id, ${parsed.base}`);
  if (model !== undefined) {
    if (parsed?.kind !== 'arn') fail(`${at}.model`, 'expected nothing: only an ARN stands for another model');
    if (parseModelId(model)?.kind !== 'base') fail(`${at}.model`, 'expected a base model id');
  }
  for (const [scope, { longContext, ...usual }] of Object.entries(prices)) {
    const { overInputTokens: _, ...dearer } = longContext ?? {};
    for (const [kind, price] of [...Object.entries(usual), ...Object.entries(dearer)]) {
      if (!/^\d+(\.\d+)?$/.test(price)) fail(`${at}.prices.${scope}.${kind}`, 'expected a decimal');
    }
  }
}
