import { findModel, type ModelFacts, models } from '@streambed/model-facts';
import { StreambedError } from '@streambed/protocol';
import { shippedAliases } from './aliases.ts';
import { anthropicNames } from './anthropic-names.ts';
import type { Deadlines } from './deadlines.ts';
import type { FamilyModel } from './families/family.ts';
import { exampleRegion, profilePrefixes } from './geography.ts';
import { isRegion, type ModelId, parseModelId } from './model-id.ts';
import { nearMisses } from './near-misses.ts';
import type { AliasOptions, AliasTarget } from './options.ts';

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
}

/** What a model name came to. */
export interface Resolved {
  /** In the order they are tried; at least one. */
  readonly targets: readonly [Target, ...Target[]];
  readonly maxTokens: number | undefined;
  readonly deadlines: Partial<Deadlines> | undefined;
}

export interface ResolverOptions {
  readonly region: string;
  readonly aliases?: Readonly<Record<string, AliasOptions>>;
}

type Residency = NonNullable<AliasOptions['residency']>;

/**
 * Where `name` leads: aliases of the configuration, shipped aliases, Anthropic's API names, then Bedrock ids, profile
 * ids and ARNs. Throws `SB_UNKNOWN_MODEL` with near misses, `SB_PROFILE_REQUIRED` with the profiles that exist, or
 * `SB_UNSUPPORTED` for a model that is not called this way.
 */
export function resolveModel(name: string, options: ResolverOptions): Resolved {
  const alias = own(options.aliases, name);
  if (alias !== undefined) return resolveAlias(name, alias, options.region);
  const choices = own(shippedAliases, name);
  if (choices !== undefined) return single(resolveShipped(name, choices, options.region));
  const id = parseModelId(anthropicNames.get(name) ?? name);
  if (id === undefined || !isPlausible(id)) throw unknownModel(name, options);
  return single(targetOf(id, undefined, options.region, 'geo'));
}

/** Every name that {@link resolveModel} takes, for pickers and near misses: aliases first. */
export function aliasNames(options: ResolverOptions): readonly string[] {
  return [...new Set([...Object.keys(options.aliases ?? {}), ...Object.keys(shippedAliases)])];
}

/** Throws what is wrong with an alias of the configuration, naming the key. */
export function checkAlias(name: string, alias: AliasOptions, accounts: readonly string[]): void {
  if (alias.targets.length === 0) {
    throw badAlias(`aliases.${name}.targets`, 'expected at least one target');
  }
  for (const [index, target] of alias.targets.entries()) {
    const at = `aliases.${name}.targets[${index}]`;
    if (target.model === undefined && target.profile === undefined) {
      throw badAlias(at, 'expected model or profile');
    }
    for (const key of ['model', 'profile'] as const) {
      const id = target[key];
      if (id !== undefined && parseModelId(id) === undefined) {
        throw badAlias(`${at}.${key}`, `${JSON.stringify(id)} is not a Bedrock id or ARN`);
      }
    }
    if (target.region !== undefined && !isRegion(target.region)) {
      throw badAlias(`${at}.region`, `${JSON.stringify(target.region)} is not an AWS region`);
    }
    if (target.account !== undefined && !accounts.includes(target.account)) {
      throw badAlias(`${at}.account`, `there is no account ${JSON.stringify(target.account)}`);
    }
  }
}

function badAlias(field: string, what: string): StreambedError {
  return new StreambedError('SB_BAD_REQUEST', `${field}: ${what}`, { field });
}

function resolveAlias(name: string, alias: AliasOptions, region: string): Resolved {
  const [first, ...rest] = alias.targets.map((target) =>
    aliasTarget(target, region, alias.residency ?? 'geo'),
  );
  if (first === undefined) throw badAlias(`aliases.${name}.targets`, 'expected at least one target');
  return { targets: [first, ...rest], maxTokens: alias.maxTokens, deadlines: alias.deadlines };
}

function aliasTarget(target: AliasTarget, region: string, residency: Residency): Target {
  const id = parseModelId(target.profile ?? target.model ?? '');
  if (id === undefined) throw new StreambedError('SB_UNKNOWN_MODEL');
  const behind = target.profile !== undefined && target.model !== undefined ? target.model : undefined;
  const at = target.region ?? (id.kind === 'arn' ? id.region : region);
  return { ...targetOf(id, behind, at, residency), account: target.account };
}

/** The first choice that can be called from the region. None: the refusal of the first, which is the one meant. */
function resolveShipped(name: string, choices: readonly string[], region: string): Target {
  let refusal: unknown;
  for (const choice of choices) {
    const id = parseModelId(choice);
    if (id === undefined) continue;
    try {
      return targetOf(id, undefined, region, 'geo');
    } catch (error) {
      refusal ??= error;
    }
  }
  if (!(refusal instanceof StreambedError)) throw new StreambedError('SB_UNKNOWN_MODEL');
  const regions = choices.flatMap((choice) => profileRegions(findModel(choice)));
  const works = [...new Set(regions)].join(', ');
  throw new StreambedError(
    'SB_PROFILE_REQUIRED',
    `${name} leads to no model that ${region} can call without leaving its geography. ` +
      `It works in regions such as ${works}: set AWS_REGION to one of them, or point an alias at another model.`,
    { field: 'model' },
  );
}

function targetOf(id: ModelId, behind: string | undefined, region: string, residency: Residency): Target {
  const base = behind ?? id.base;
  if (base === undefined) {
    throw new StreambedError(
      'SB_UNSUPPORTED',
      `${id.id} doesn't say which model stands behind it. Name both in an alias: profile: the ARN, model: the model id.`,
      { field: 'model' },
    );
  }
  const facts = findModel(base);
  if (facts !== undefined) checkCallable(facts);
  const called = id.kind === 'base' && facts !== undefined ? callableId(facts, region, residency) : id.id;
  // Which models a region offers on demand is known of the model, not of the region.
  const profile = id.kind === 'base' && called === id.id ? geographicProfile(facts, region) : undefined;
  return {
    id: called,
    region: id.kind === 'arn' ? id.region : region,
    account: undefined,
    model: { id: facts?.id ?? base, facts },
    ...(profile !== undefined && { profile }),
  };
}

function geographicProfile(facts: ModelFacts | undefined, region: string): string | undefined {
  const ids = profilePrefixes(region).map((prefix) => `${prefix}.${facts?.id}`);
  return ids.find((id) => facts?.inferenceProfiles.includes(id));
}

/** The id under which a base model is called from `region`: itself, or its profile of the region's geography. */
function callableId(facts: ModelFacts, region: string, residency: Residency): string {
  const anywhere = `global.${facts.id}`;
  if (residency === 'global' && facts.inferenceProfiles.includes(anywhere)) return anywhere;
  if (facts.onDemand) return facts.id;
  const profile = geographicProfile(facts, region);
  if (profile !== undefined) return profile;
  // No profile is known at all: new models come before the catalogue knows their profiles. AWS has the last word.
  if (facts.inferenceProfiles.length === 0) return facts.id;
  throw new StreambedError('SB_PROFILE_REQUIRED', profileText(facts, region), { field: 'model' });
}

/** What to do about a model that `region` can't call by its bare id. */
export function profileText(facts: ModelFacts | undefined, region: string): string {
  const name = facts?.name ?? 'This model';
  const all = facts?.inferenceProfiles ?? [];
  const fit = geographicProfile(facts, region);
  if (fit !== undefined) return `${name} is called through an inference profile in ${region}. Use ${fit}.`;
  if (all.length === 0) {
    return `${name} is called through an inference profile in ${region}. List those of the account with \`aws bedrock list-inference-profiles --region ${region}\` and use its id.`;
  }
  const others = all
    .map((id) => ({ id, region: exampleRegion[id.slice(0, id.indexOf('.'))] }))
    .map((other) => (other.region === undefined ? other.id : `${other.id} (from ${other.region})`));
  const global = all.some((id) => id.startsWith('global.'))
    ? ' An alias with residency: global lets its requests leave the geography.'
    : '';
  return `${name} is called through an inference profile, and none is known for ${region}. These exist: ${others.join(', ')}.${global}`;
}

/** The id a call of `target` is priced by: what an ARN stands for, where it says so. */
export function priceId({ id, model }: Target): string {
  if (!id.startsWith('arn:')) return id;
  return id.includes(':inference-profile/') ? id.slice(id.lastIndexOf('/') + 1) : model.id;
}

function profileRegions(facts: ModelFacts | undefined): readonly string[] {
  return (facts?.inferenceProfiles ?? []).flatMap((id) => exampleRegion[id.slice(0, id.indexOf('.'))] ?? []);
}

function checkCallable(facts: ModelFacts): void {
  if (facts.kind !== 'chat') {
    throw new StreambedError(
      'SB_UNSUPPORTED',
      `${facts.name} is a model for ${facts.kind}, it writes no answers.`,
      {
        field: 'model',
      },
    );
  }
  if (!facts.endpoints.includes('runtime')) {
    throw new StreambedError(
      'SB_UNSUPPORTED',
      `${facts.name} answers only on Bedrock's OpenAI-compatible endpoints, which this version doesn't call.`,
      { field: 'model' },
    );
  }
}

const providers = new Set(models.map((model) => model.id.slice(0, model.id.indexOf('.'))));

/** An id of a known provider may be newer than the catalogue; `does-not-exist.v1` is a typing error. */
function isPlausible(id: ModelId): boolean {
  return id.kind === 'arn' || providers.has(id.base.slice(0, id.base.indexOf('.')));
}

function unknownModel(name: string, options: ResolverOptions): StreambedError {
  const aliases = aliasNames(options);
  const shown = name.length > 100 ? `${name.slice(0, 100)}…` : name;
  const near = nearMisses(name, [...aliases, ...anthropicNames.keys(), ...models.map((model) => model.id)]);
  const hint =
    near.length > 0
      ? `Did you mean ${near.join(' or ')}?`
      : `Use an alias (${aliases.join(', ')}) or a Bedrock model id.`;
  return new StreambedError('SB_UNKNOWN_MODEL', `No model is called ${JSON.stringify(shown)}. ${hint}`, {
    field: 'model',
  });
}

function single(target: Target): Resolved {
  return { targets: [target], maxTokens: undefined, deadlines: undefined };
}

function own<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}
