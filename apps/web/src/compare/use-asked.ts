import type { HeldConversation } from '@streambed/client/conversations';
import { useReadable } from '@streambed/client/react';
import { useMemo } from 'react';
import { factsOf, type ModelState } from '../models/model-store.ts';
import { compareAddress, goToAddress } from '../shell/address.ts';
import { comparing } from './comparing.ts';

/** The models that the next question goes to: those to compare that are (still) usable here, else the one that is chosen. */
export function useAsked(models: ModelState, model: string): readonly string[] {
  const chosen = useReadable(comparing);
  return useMemo(() => {
    const usable = chosen.filter(
      (name) =>
        models.models.some((listing) => listing.name === name) || factsOf(models, name)?.usable === true,
    );
    return usable.length > 1 ? usable : [model];
  }, [chosen, models, model]);
}

/** Goes to the answers of the last turn, side by side; the next question is for one model again. */
export function showBeside({ id, get }: HeldConversation): void {
  comparing.set([]);
  const first = get().turns.at(-1)?.answers.keys[0];
  if (first !== undefined) goToAddress(compareAddress(id, first));
}
