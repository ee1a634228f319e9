import { StreambedError } from '@streambed/protocol';
import type { ModelFamily } from './families/family.ts';
import { familyOf } from './families/index.ts';
import { aliasNames, type ResolverOptions, resolveModel } from './resolve-model.ts';

/** A model name and what it leads to: one row of a picker. */
export interface ModelListing {
  /** What a request says: an alias. */
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
  return aliasNames(options).flatMap((name) => {
    try {
      const { model, id, region } = resolveModel(name, options).targets[0];
      const { facts } = model;
      const listing: ModelListing = {
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
      return [listing];
    } catch (error) {
      if (error instanceof StreambedError) return [];
      throw error;
    }
  });
}
