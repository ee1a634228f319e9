import type { ModelFacts } from '@streambed/model-facts';
import { StreambedError } from '@streambed/protocol';
import { type Offers, profilesOf } from '../catalogue/offers.ts';
import { exampleRegion, profilePrefixes } from './geography.ts';

/** A base model to be called, and all that decides under which id. */
export interface Choice {
  readonly base: string;
  readonly facts: ModelFacts | undefined;
  readonly region: string;
  readonly residency: 'geo' | 'global';
  /** The lists of `region`, where they are there. */
  readonly offers: Offers | undefined;
}

/** Profiles that can be called from the region: those AWS lists, else those the facts have heard of. */
function profilesFor({ base, facts, offers }: Choice): readonly string[] {
  return (offers && profilesOf(offers, base)) ?? facts?.inferenceProfiles ?? [];
}

/** The profile of the region's own geography, nearest first. */
export function geographicProfile(choice: Choice): string | undefined {
  const profiles = profilesFor(choice);
  const ids = profilePrefixes(choice.region).map((prefix) => `${prefix}.${choice.base}`);
  return ids.find((id) => profiles.includes(id));
}

/** The id under which a base model is called from `region`: itself, or its profile of the region's geography. */
export function callableId(choice: Choice): string {
  const { base, facts, residency, offers } = choice;
  const profiles = profilesFor(choice);
  const anywhere = `global.${base}`;
  if (residency === 'global' && profiles.includes(anywhere)) return anywhere;
  const types = offers?.models?.get(base)?.inferenceTypes;
  // A model that neither the facts nor a list knows: AWS has the last word.
  if (types?.includes('ON_DEMAND') ?? facts?.onDemand ?? true) return base;
  const profile = geographicProfile(choice);
  if (profile !== undefined) return profile;
  // No profile is known at all: new models come before the catalogue knows their profiles. AWS has the last word.
  if (profiles.length === 0 && offers?.profiles === undefined) return base;
  throw new StreambedError('SB_PROFILE_REQUIRED', profileText(facts, choice.region, profiles), {
    field: 'model',
  });
}

/** What to do about a model that `region` can't call by its bare id. */
export function profileText(
  facts: ModelFacts | undefined,
  region: string,
  all: readonly string[] = facts?.inferenceProfiles ?? [],
): string {
  const name = facts?.name ?? 'This model';
  const fit = profilePrefixes(region)
    .map((prefix) => `${prefix}.${facts?.id}`)
    .find((id) => all.includes(id));
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

/** Regions that have a profile of the model in their own geography, one for each: what an error can suggest. */
export function profileRegions(facts: ModelFacts | undefined): readonly string[] {
  return (facts?.inferenceProfiles ?? []).flatMap((id) => exampleRegion[id.slice(0, id.indexOf('.'))] ?? []);
}
