import { useReadable } from '@streambed/client/react';
import { preferences } from '../preferences.ts';
import type { ModelState } from './model-store.ts';

/**
 * The model that would be asked: the one last chosen, as long as it can be asked here. Empty until there are some, and,
 * where the one that was chosen has no short name, until all are known.
 */
export function useChosenModel({ models, all }: ModelState): string {
  const preferred = useReadable(preferences, (chosen) => chosen.model);
  const known =
    models.some(({ name }) => name === preferred) || all.some(({ id, usable }) => usable && id === preferred);
  if (known) return preferred;
  return preferred !== '' && all.length === 0 ? '' : (models[0]?.name ?? '');
}
