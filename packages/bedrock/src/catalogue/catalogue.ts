import {
  findPrices,
  type ModelFacts,
  modelFactsDate,
  type PriceScope,
  type ScopePrices,
  splitProfileId,
} from '@streambed/model-facts';
import { StreambedError } from '@streambed/protocol';
import type { Client } from '../client.ts';
import type { Capabilities, ModelFamily } from '../families/family.ts';
import { familyOf } from '../families/index.ts';
import { profilePrefixes } from '../models/geography.ts';
import {
  aliasNames,
  OpaqueModel,
  priceId,
  type ResolverOptions,
  resolveModel,
  type Target,
} from '../models/resolve-model.ts';
import { shippedModels, unknown } from './known-models.ts';
import { type OfferedModel, type OfferedProfile, profilesOf } from './offers.ts';

/** One model: what it is, what it can, what it costs, and whether it can be called from here. */
export interface CatalogueModel {
  /** The base model id; for an application profile, its ARN. */
  readonly id: string;
  /** For people. */
  readonly name: string;
  readonly provider: string;
  /** Models of one line share it: `claude-sonnet`. */
  readonly family: string;
  readonly kind: ModelFacts['kind'];
  /** How it is spoken to; absent for what writes no answers. */
  readonly spokenBy?: ModelFamily['name'];
  /** Aliases that lead to it. */
  readonly aliases: readonly string[];
  /** Inference profiles of it that can be called from this region. */
  readonly profiles: readonly string[];
  /** What a request for it calls; absent when it isn't usable. */
  readonly target?: string;
  readonly usable: boolean;
  /** Why it isn't. There whenever `usable` is false. */
  readonly why?: string;
  /** In tokens. */
  readonly contextWindow?: number;
  readonly maxOutput?: number;
  readonly modalities: ModelFacts['modalities'];
  readonly streaming: boolean;
  readonly capabilities?: Capabilities & { readonly structuredOutput?: boolean };
  /** What a request for it may set. An absent field is unknown: it is never a "no". */
  readonly settings?: SettingFacts;
  readonly lifecycle: { readonly status: 'active' | 'legacy' | 'ended'; readonly note?: string };
  /** Of the scope it would be called in; absent: unknown. USD per million tokens. */
  readonly prices?: ScopePrices & { readonly scope: PriceScope; readonly exact: boolean };
  /** Who knows it: our own facts, the configuration, or only the account's lists. */
  readonly source: 'facts' | 'configuration' | 'account';
}

/** What is known of the fields of a request that not every model takes. */
export type SettingFacts = Pick<
  ModelFacts,
  'systemPrompt' | 'samplingParams' | 'oneSamplingParam' | 'thinking'
>;

/** All models, sorted by provider and name. */
export interface Catalogue {
  readonly region: string;
  /** The day the prices are of, `YYYY-MM-DD`. */
  readonly date: string;
  readonly models: readonly CatalogueModel[];
  /** Whether the account's own lists are in it, as of when, and why not or not wholly. */
  readonly account: { readonly listed: boolean; readonly at?: string; readonly why?: string };
}

/** What is known of every model, merged with what the account's control plane lists. Throws only `signal.reason`. */
export async function readCatalogue(client: Client, signal: AbortSignal): Promise<Catalogue> {
  const { offers, why } = await client.offers.load(signal);
  return {
    ...catalogueOf({ ...client.resolver(), offers }, client.refusals.why),
    account: {
      listed: offers !== undefined,
      ...(offers !== undefined && { at: new Date(offers.at).toISOString() }),
      ...(why !== undefined && { why }),
    },
  };
}

/** The same from what is there already; `refused` says of which models AWS has refused calls. */
export function catalogueOf(
  options: ResolverOptions,
  refused: (model: string) => string | undefined = () => undefined,
): Omit<Catalogue, 'account'> {
  const { known = shippedModels, offers, region } = options;
  const aliases = aliasesByModel(options);
  const models = known.list.map((facts) => entryOf(facts, sourceOf(facts.id, options), aliases, options));
  for (const offered of offers?.models?.values() ?? []) {
    // Models that draw or speak are no part of this catalogue.
    const writes = offered.output.includes('TEXT') || offered.output.includes('EMBEDDING');
    if (writes && known.find(offered.id) === undefined) {
      models.push(entryOf(factsFrom(offered), 'account', aliases, options));
    }
  }
  for (const profile of offers?.profiles?.values() ?? []) {
    const entry = profile.application ? applicationProfile(profile, aliases, options) : undefined;
    if (entry !== undefined) models.push(entry);
  }
  for (const [index, model] of models.entries()) {
    const why = model.usable ? refused(model.id) : undefined;
    if (why === undefined) continue;
    const { target: _, ...rest } = model;
    models[index] = { ...rest, usable: false, why };
  }
  models.sort((a, b) => compare(a.provider, b.provider) || compare(a.name, b.name) || compare(a.id, b.id));
  return { region, date: modelFactsDate, models };
}

function entryOf(
  facts: ModelFacts,
  source: CatalogueModel['source'],
  aliases: ReadonlyMap<string, readonly string[]>,
  options: ResolverOptions,
): CatalogueModel {
  const { offers } = options;
  const listed = offers?.models?.get(facts.id);
  const lifecycle = lifecycleOf(facts, listed);
  const called = targetFor(facts.id, options);
  const why = whyNot(facts, lifecycle, options) ?? (typeof called === 'string' ? called : undefined);
  const target = why === undefined && typeof called !== 'string' ? called : undefined;
  return {
    id: facts.id,
    ...described(facts),
    aliases: aliases.get(facts.id) ?? [],
    profiles: profilesFrom(facts, options),
    usable: why === undefined,
    ...(why !== undefined && { why }),
    ...(target !== undefined && { target: target.id }),
    lifecycle,
    ...pricesOf(facts, target === undefined ? facts.id : priceId(target)),
    source,
  };
}

/** A profile that the account made for itself: a model under another name. */
function applicationProfile(
  profile: OfferedProfile,
  aliases: ReadonlyMap<string, readonly string[]>,
  options: ResolverOptions,
): CatalogueModel | undefined {
  const { known = shippedModels } = options;
  const target = targetFor(profile.arn, options);
  if (typeof target === 'string') return undefined;
  const facts = target.model.facts ?? unknown(target.model.id);
  const prices = pricesOf(facts, priceId(target)).prices;
  return {
    id: profile.arn,
    ...described(facts),
    name: `${facts.name} (application profile ${profile.id})`,
    aliases: aliases.get(profile.arn) ?? [],
    profiles: [],
    usable: true,
    target: profile.arn,
    lifecycle: lifecycleOf(facts, options.offers?.models?.get(facts.id)),
    ...(prices !== undefined && {
      prices: { ...prices, exact: known.override(profile.arn)?.prices !== undefined },
    }),
    source: 'account',
  };
}

function described(facts: ModelFacts) {
  const { name, provider, family, kind, contextWindow, maxOutput, modalities, streaming } = facts;
  const speaker = kind === 'chat' && facts.endpoints.includes('runtime') ? speakerOf(facts) : undefined;
  return {
    name,
    provider,
    family,
    kind,
    ...(speaker !== undefined && { spokenBy: speaker.name }),
    ...(contextWindow !== undefined && { contextWindow }),
    ...(maxOutput !== undefined && { maxOutput }),
    modalities,
    streaming,
    ...(speaker !== undefined && {
      capabilities: {
        ...speaker.can({ id: facts.id, facts }),
        ...(facts.structuredOutput !== undefined && { structuredOutput: facts.structuredOutput }),
      },
      settings: settingsOf(facts),
    }),
  };
}

function settingsOf({ systemPrompt, samplingParams, oneSamplingParam, thinking }: ModelFacts): SettingFacts {
  return {
    ...(systemPrompt !== undefined && { systemPrompt }),
    ...(samplingParams !== undefined && { samplingParams }),
    ...(oneSamplingParam !== undefined && { oneSamplingParam }),
    ...(thinking !== undefined && { thinking }),
  };
}

function speakerOf(facts: ModelFacts): ModelFamily | undefined {
  try {
    return familyOf({ id: facts.id, facts });
  } catch {
    return undefined;
  }
}

/** Reasons that need no asking under which id it would be called. */
function whyNot(
  facts: ModelFacts,
  lifecycle: CatalogueModel['lifecycle'],
  { region, offers }: ResolverOptions,
): string | undefined {
  if (lifecycle.status === 'ended') {
    return `end of life${lifecycle.note === undefined ? '' : ` (${lifecycle.note})`}`;
  }
  if (!facts.endpoints.includes('runtime')) return 'answers only on OpenAI-compatible endpoints';
  if (facts.kind === 'speech') return 'speaks only over the two-way stream, which this version does not call';
  if (offers?.models === undefined) return undefined;
  const types = offers.models.get(facts.id)?.inferenceTypes;
  const profiles = profilesOf(offers, facts.id) ?? [];
  if (types === undefined && profiles.length === 0) return `not offered in ${region}`;
  if (types !== undefined && types.length > 0 && types.every((type) => type === 'PROVISIONED')) {
    return 'needs provisioned throughput, called by its ARN';
  }
  return undefined;
}

/** What is called, or why nothing can be. */
function targetFor(id: string, options: ResolverOptions): Target | string {
  try {
    return resolveModel(id, { ...options, use: 'any' }).targets[0];
  } catch (error) {
    if (!(error instanceof StreambedError)) throw error;
    if (error instanceof OpaqueModel || error.code !== 'SB_PROFILE_REQUIRED') return error.message;
    return `needs an inference profile that ${options.region} doesn't have in its own geography`;
  }
}

/** With lists: those that AWS lists. Without: those of the region's own geography, and the global one. */
function profilesFrom(facts: ModelFacts, { region, offers }: ResolverOptions): readonly string[] {
  const listed = offers === undefined ? undefined : profilesOf(offers, facts.id);
  if (listed !== undefined) return listed;
  const near = new Set<string | undefined>([...profilePrefixes(region), 'global']);
  return facts.inferenceProfiles.filter((id) => near.has(splitProfileId(id).prefix));
}

function lifecycleOf(facts: ModelFacts, listed: OfferedModel | undefined): CatalogueModel['lifecycle'] {
  if (facts.lifecycle !== undefined) return facts.lifecycle;
  return { status: listed?.status === 'LEGACY' ? 'legacy' : 'active' };
}

function pricesOf(facts: ModelFacts, id: string): Pick<CatalogueModel, 'prices'> {
  const found = findPrices(facts, id);
  if (found === undefined) return {};
  return { prices: { ...found.prices, scope: found.scope, exact: found.exact } };
}

function sourceOf(id: string, { known = shippedModels }: ResolverOptions): CatalogueModel['source'] {
  return known.override(id) === undefined ? 'facts' : 'configuration';
}

const modalities: Readonly<Record<string, 'text' | 'image' | 'video' | 'audio'>> = {
  TEXT: 'text',
  IMAGE: 'image',
  VIDEO: 'video',
  AUDIO: 'audio',
  SPEECH: 'audio',
};

/** A model newer than our facts: what its own account says of it. */
function factsFrom(offered: OfferedModel): ModelFacts {
  const base = unknown(offered.id);
  const embeds = offered.output.includes('EMBEDDING');
  return {
    ...base,
    name: offered.name ?? base.name,
    provider: offered.provider ?? base.provider,
    kind: embeds ? 'embedding' : 'chat',
    onDemand: offered.inferenceTypes.includes('ON_DEMAND'),
    modalities: {
      input: offered.input.flatMap((name) => modalities[name] ?? []),
      output: [embeds ? 'embedding' : 'text'],
    },
    streaming: offered.streaming ?? true,
  };
}

/** Which names lead to a model from here. */
function aliasesByModel(options: ResolverOptions): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  for (const name of aliasNames(options)) {
    const target = leadsTo(name, options);
    if (target === undefined) continue;
    for (const id of new Set([target.model.id, target.id])) names.set(id, [...(names.get(id) ?? []), name]);
  }
  return names;
}

function leadsTo(name: string, options: ResolverOptions): Target | undefined {
  try {
    return resolveModel(name, options).targets[0];
  } catch (error) {
    if (error instanceof StreambedError) return undefined;
    throw error;
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
