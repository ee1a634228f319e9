import { StreambedError } from '@streambed/protocol';
import { shippedModels } from '../catalogue/known-models.ts';
import type { ModelFamily } from '../families/family.ts';
import { familyOf } from '../families/index.ts';
import { anthropicNameOf, anthropicNames } from './anthropic-names.ts';
import { aliasNames, type ResolverOptions, resolveModel } from './resolve-model.ts';

/** A model name and what it leads to: one row of a picker. */
export interface ModelListing {
  /** What a request says: an alias, or another name that was asked about. */
  readonly name: string;
  /** For people: `Claude Haiku 4.5`. */
  readonly title: string;
  /** For people: `Anthropic`. */
  readonly provider: string;
  readonly family: ModelFamily['name'];
  /** The base model id. */
  readonly model: string;
  /** What stands in the URL, and where it is called. */
  readonly target: string;
  readonly region: string;
  readonly contextWindow?: number;
  readonly maxOutput?: number;
}

/** Every alias that leads somewhere from this region; the others' refusals come from {@link resolveModel}. */
export function listModels(options: ResolverOptions): readonly ModelListing[] {
  return listNames(aliasNames(options), options);
}

/** Anthropic's own API names of the Claude models that can be called from this region; not of those that have ended. */
export function listAnthropicNames(options: ResolverOptions): readonly ModelListing[] {
  const { list } = options.known ?? shippedModels;
  const names = list.flatMap(({ id, lifecycle }) => {
    const name = lifecycle?.status === 'ended' ? undefined : anthropicNameOf(id);
    return name !== undefined && anthropicNames.has(name) ? [name] : [];
  });
  return listNames(names.toReversed(), options);
}

/** What a name leads to. Throws as {@link resolveModel} does. */
export function describeModel(name: string, options: ResolverOptions): ModelListing {
  const { model, id, region } = resolveModel(name, options).targets[0];
  const { facts } = model;
  return {
    name,
    title: facts?.name ?? model.id,
    provider: facts?.provider ?? 'unknown',
    family: familyOf(model).name,
    model: model.id,
    target: id,
    region,
    ...(facts?.contextWindow !== undefined && { contextWindow: facts.contextWindow }),
    ...(facts?.maxOutput !== undefined && { maxOutput: facts.maxOutput }),
  };
}

/** The base ids of all models that a name may lead to. None: it leads nowhere. */
export function modelsBehind(name: string, options: ResolverOptions): readonly string[] {
  try {
    return [...new Set(resolveModel(name, options).targets.map(({ model }) => model.id))];
  } catch (error) {
    if (error instanceof StreambedError) return [];
    throw error;
  }
}

function listNames(names: readonly string[], options: ResolverOptions): readonly ModelListing[] {
  return names.flatMap((name) => {
    try {
      return [describeModel(name, options)];
    } catch (error) {
      if (error instanceof StreambedError) return [];
      throw error;
    }
  });
}
