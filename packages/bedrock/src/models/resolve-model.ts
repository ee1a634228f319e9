import type { ModelFacts } from '@streambed/model-facts';
import { StreambedError } from '@streambed/protocol';
import { type KnownModels, shippedModels } from '../catalogue/known-models.ts';
import { type Offers, profilesOf } from '../catalogue/offers.ts';
import type { Deadlines } from '../deadlines.ts';
import type { FamilyModel } from '../families/family.ts';
import type { AliasOptions, AliasTarget } from '../options.ts';
import { shippedAliases } from './aliases.ts';
import { anthropicNames } from './anthropic-names.ts';
import { type Choice, callableId, geographicProfile, profileRegions } from './callable-id.ts';
import { badAlias } from './check-alias.ts';
import { type ModelId, parseModelId } from './model-id.ts';
import { nearMisses } from './near-misses.ts';

/** One place a request can go. */
export interface Target {
  /** What stands in the URL: a model id, a profile id or an ARN. */
  readonly id: string;
  readonly region: string;
  /** A name among the accounts; absent: the caller's, or the process's own credentials. */
  readonly account: string | undefined;
  readonly model: FamilyModel;
  /** The profile of the region's geography, where `id` is the bare model id: called when AWS wants one after all. */
  readonly profile?: string;
  /** An ARN that doesn't say in which scope it is priced: what it costs is an estimate. */
  readonly scopeUnknown?: true;
}

/** What a model name came to. */
export interface Resolved {
  /** In the order they are tried; at least one. */
  readonly targets: readonly [Target, ...Target[]];
  readonly maxTokens: number | undefined;
  readonly deadlines: Partial<Deadlines> | undefined;
  /** Enforced on every request by this name. */
  readonly guardrail: AliasOptions['guardrail'];
}

/** What a model is wanted for; `any`: its native body is none of our business. */
export type ModelUse = 'chat' | 'embedding' | 'any';

export interface ResolverOptions {
  readonly region: string;
  readonly aliases?: Readonly<Record<string, AliasOptions>>;
  /** Default: the shipped facts. */
  readonly known?: KnownModels;
  /** What the control plane lists; trusted over the facts in its own region. */
  readonly offers?: Offers | undefined;
  /** Which model stands behind an ARN, where it has been looked up. */
  readonly behind?: (arn: string, account: string | undefined) => string | undefined;
  /** The account a target without one is called as. */
  readonly account?: string | undefined;
  /** Default: `chat`. */
  readonly use?: ModelUse;
}

type Residency = NonNullable<AliasOptions['residency']>;

/** An ARN that doesn't say which model stands behind it, and nobody else has yet. */
export class OpaqueModel extends StreambedError {
  readonly arn: string;
  readonly region: string;
  readonly account: string | undefined;
  /** Whether the control plane can be asked (GetInferenceProfile). */
  readonly canBeLookedUp: boolean;

  constructor({ id, region, resource }: Extract<ModelId, { kind: 'arn' }>, account: string | undefined) {
    super(
      'SB_UNSUPPORTED',
      `${id} doesn't say which model stands behind it. Name it in the configuration, models: { "${id}": { model: the model id } }, or in an alias: profile: the ARN, model: the model id.`,
      { field: 'model' },
    );
    this.arn = id;
    this.region = region;
    this.account = account;
    this.canBeLookedUp = resource === 'application-inference-profile';
  }
}

/**
 * Where `name` leads: aliases of the configuration, shipped aliases, Anthropic's API names, then Bedrock ids, profile
 * ids and ARNs. Throws `SB_UNKNOWN_MODEL` with near misses, `SB_PROFILE_REQUIRED` with the profiles that exist,
 * `SB_UNSUPPORTED` for a model that is not called this way, or {@link OpaqueModel}.
 */
export function resolveModel(name: string, options: ResolverOptions): Resolved {
  const alias = own(options.aliases, name);
  if (alias !== undefined) return resolveAlias(name, alias, options);
  const choices = own(shippedAliases, name);
  if (choices !== undefined) return single(resolveShipped(name, choices, options));
  const id = parseModelId(anthropicNames.get(name) ?? name);
  // What is only relayed may be of a kind that this knows nothing of (images, video): AWS has the last word.
  const plausible = id !== undefined && (options.use === 'any' || isPlausible(id, options));
  if (!plausible) throw unknownModel(name, options);
  return single(targetOf(id, undefined, ownPlace(options), options));
}

/** Every name that {@link resolveModel} takes, for pickers and near misses: aliases first. */
export function aliasNames(options: ResolverOptions): readonly string[] {
  return [...new Set([...Object.keys(options.aliases ?? {}), ...Object.keys(shippedAliases)])];
}

function resolveAlias(name: string, alias: AliasOptions, options: ResolverOptions): Resolved {
  const [first, ...rest] = alias.targets.map((target) =>
    aliasTarget(target, alias.residency ?? 'geo', options),
  );
  if (first === undefined) throw badAlias(`aliases.${name}.targets`, 'expected at least one target');
  const { maxTokens, deadlines, guardrail } = alias;
  return { targets: [first, ...rest], maxTokens, deadlines, guardrail };
}

/** Where a call is made from, and how far it may go. */
interface Place {
  readonly region: string;
  readonly residency: Residency;
  readonly account: string | undefined;
}

function ownPlace({ region, account }: ResolverOptions): Place {
  return { region, residency: 'geo', account };
}

function aliasTarget(target: AliasTarget, residency: Residency, options: ResolverOptions): Target {
  const id = parseModelId(target.profile ?? target.model ?? '');
  if (id === undefined) throw new StreambedError('SB_UNKNOWN_MODEL');
  const behind = target.profile !== undefined && target.model !== undefined ? target.model : undefined;
  const region = target.region ?? (id.kind === 'arn' ? id.region : options.region);
  const account = target.account ?? options.account;
  return { ...targetOf(id, behind, { region, residency, account }, options), account: target.account };
}

/** The first choice that can be called from the region. None: the refusal of the first, which is the one meant. */
function resolveShipped(name: string, choices: readonly string[], options: ResolverOptions): Target {
  const { region, offers, known = shippedModels } = options;
  let refusal: unknown;
  const offered = choices.filter((choice) => isOffered(choice, offers));
  for (const choice of offered.length > 0 ? offered : choices) {
    const id = parseModelId(choice);
    if (id === undefined) continue;
    try {
      return targetOf(id, undefined, ownPlace(options), options);
    } catch (error) {
      refusal ??= error;
    }
  }
  if (!(refusal instanceof StreambedError)) throw new StreambedError('SB_UNKNOWN_MODEL');
  if (refusal.code !== 'SB_PROFILE_REQUIRED') throw refusal;
  const regions = choices.flatMap((choice) => profileRegions(known.find(choice)));
  const works = [...new Set(regions)].join(', ');
  throw new StreambedError(
    'SB_PROFILE_REQUIRED',
    `${name} leads to no model that ${region} can call without leaving its geography. ` +
      `It works in regions such as ${works}: set AWS_REGION to one of them, or point an alias at another model.`,
    { field: 'model' },
  );
}

/** Whether the account's own lists have the model; nobody knows without them. */
function isOffered(model: string, offers: Offers | undefined): boolean {
  if (offers?.models === undefined || offers.profiles === undefined) return false;
  return offers.models.has(model) || (profilesOf(offers, model)?.length ?? 0) > 0;
}

function targetOf(
  id: ModelId,
  named: string | undefined,
  { region, residency, account }: Place,
  options: ResolverOptions,
): Target {
  const { known = shippedModels, offers, use = 'chat' } = options;
  const base = named ?? baseOf(id, account, options);
  // What the configuration says of an ARN goes before what is known of the model behind it.
  const configured = id.kind === 'arn' && known.override(id.id) !== undefined ? known.find(id.id) : undefined;
  const facts = configured ?? ownPrices(id, known.find(base));
  if (facts !== undefined && use !== 'any') checkCallable(facts, use);
  const listed = offers?.region === region ? offers : undefined;
  const choice: Choice = { base: facts?.id ?? base, facts, region, residency, offers: listed };
  const called = id.kind === 'base' ? callableId(choice) : id.id;
  // Which models a region offers on demand is known of the model, not of the region.
  const profile = id.kind === 'base' && called === id.id ? geographicProfile(choice) : undefined;
  const isOpaque = id.kind === 'arn' && id.base === undefined;
  return {
    id: called,
    region: id.kind === 'arn' ? id.region : region,
    account: undefined,
    model: { id: configured === undefined ? (facts?.id ?? base) : base, facts },
    ...(profile !== undefined && { profile }),
    ...(isOpaque && known.override(id.id)?.prices === undefined && { scopeUnknown: true as const }),
  };
}

/** The base model id behind what is called; the ARN itself where Bedrock alone knows. Throws {@link OpaqueModel}. */
function baseOf(id: ModelId, account: string | undefined, options: ResolverOptions): string {
  if (id.kind !== 'arn' || id.base !== undefined) return id.base as string;
  const { known = shippedModels, offers, behind } = options;
  const listed = offers?.arns.get(id.id)?.models;
  const base =
    known.behind(id.id) ?? behind?.(id.id, account) ?? (listed?.length === 1 ? listed[0] : undefined);
  if (base !== undefined) return base;
  // A prompt brings its model along, a router chooses one; a model of one's own may be described under its ARN.
  if (choosesItself.has(id.resource) || known.override(id.id) !== undefined) return id.id;
  throw new OpaqueModel(id, account);
}

const choosesItself = new Set(['prompt', 'prompt-router', 'default-prompt-router']);

/** Kinds of ARN that cost what their model costs. Others (provisioned, custom, imported) are billed in other ways. */
const billedByToken = new Set(['foundation-model', 'inference-profile', 'application-inference-profile']);

function ownPrices(id: ModelId, facts: ModelFacts | undefined): ModelFacts | undefined {
  return facts === undefined || id.kind !== 'arn' || billedByToken.has(id.resource)
    ? facts
    : { ...facts, prices: {} };
}

/** The id a call of `target` is priced by: what an ARN stands for, where it says so. */
export function priceId({ id, model }: Target): string {
  if (!id.startsWith('arn:')) return id;
  return id.includes(':inference-profile/') ? id.slice(id.lastIndexOf('/') + 1) : model.id;
}

function checkCallable(facts: ModelFacts, use: 'chat' | 'embedding'): void {
  if (facts.kind !== use) {
    const lacks = use === 'chat' ? 'it writes no answers' : 'it embeds nothing';
    throw new StreambedError('SB_UNSUPPORTED', `${facts.name} is a model for ${facts.kind}, ${lacks}.`, {
      field: 'model',
    });
  }
  if (!facts.endpoints.includes('runtime')) {
    throw new StreambedError(
      'SB_UNSUPPORTED',
      `${facts.name} answers only on Bedrock's OpenAI-compatible endpoints, which this version doesn't call.`,
      { field: 'model' },
    );
  }
}

const providersOf = new WeakMap<KnownModels, ReadonlySet<string>>();

/** An id of a known provider may be newer than the catalogue; `does-not-exist.v1` is a typing error. */
function isPlausible(id: ModelId, { known = shippedModels, offers }: ResolverOptions): boolean {
  if (id.kind === 'arn' || offers?.models?.has(id.base) === true) return true;
  let providers = providersOf.get(known);
  if (providers === undefined) {
    providers = new Set(known.list.map((model) => providerOf(model.id)));
    providersOf.set(known, providers);
  }
  return providers.has(providerOf(id.base));
}

function providerOf(id: string): string {
  return id.slice(0, id.indexOf('.'));
}

function unknownModel(name: string, options: ResolverOptions): StreambedError {
  const aliases = aliasNames(options);
  const shown = name.length > 100 ? `${name.slice(0, 100)}…` : name;
  const near = nearMisses(name, [
    ...aliases,
    ...anthropicNames.keys(),
    ...(options.known ?? shippedModels).list.map((model) => model.id),
  ]);
  const hint =
    near.length > 0
      ? `Did you mean ${near.join(' or ')}?`
      : `Use an alias (${aliases.join(', ')}) or a Bedrock model id.`;
  return new StreambedError('SB_UNKNOWN_MODEL', `No model is called ${JSON.stringify(shown)}. ${hint}`, {
    field: 'model',
  });
}

function single(target: Target): Resolved {
  return { targets: [target], maxTokens: undefined, deadlines: undefined, guardrail: undefined };
}

function own<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}
