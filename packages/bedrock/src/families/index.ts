import { StreambedError } from '@streambed/protocol';
import { claude } from './claude.ts';
import type { FamilyModel, ModelFamily } from './family.ts';
import { llama } from './llama.ts';

/** Every kind of model that is spoken, the first that owns a model speaks to it. */
const families: readonly ModelFamily[] = [claude, llama];

/** How to speak to `model`. Throws `SB_UNSUPPORTED` when no family can. */
export function familyOf(model: FamilyModel): ModelFamily {
  const family = families.find((candidate) => candidate.owns(model));
  if (family !== undefined) return family;
  throw new StreambedError('SB_UNSUPPORTED', `${model.facts?.name ?? model.id} can't be spoken to yet.`, {
    field: 'model',
  });
}
