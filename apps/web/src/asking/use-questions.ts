import type { Question } from '@streambed/client';
import { useReadable } from '@streambed/client/react';
import { useMemo } from 'react';
import { refusals } from '../attachments/refusals.ts';
import { factsOf, type ModelState } from '../models/model-store.ts';
import { preferences } from '../preferences.ts';
import { parameters } from '../settings/parameter-store.ts';
import { toSettings } from '../settings/parameters.ts';
import type { Asking } from './asking.ts';

/**
 * What would be asked now, of each of the models that are named; none while there is nothing to ask, or something can't
 * go along to one of them.
 */
export function useQuestions(
  asking: Asking,
  models: ModelState,
  names: readonly string[],
): readonly Question[] {
  const { draft, attachments } = useReadable(asking);
  const stream = useReadable(preferences, (chosen) => chosen.stream);
  const set = useReadable(parameters);
  return useMemo(() => {
    const prompt = draft.trim();
    if (prompt === '' && attachments.length === 0) return [];
    const blocks = attachments.flatMap((one) => (one.state === 'ready' ? [one.block] : []));
    const questions = names.flatMap((model): readonly Question[] => {
      const facts = factsOf(models, model);
      const refused = refusals(attachments, facts);
      const ready = attachments.every(({ key, state }) => state === 'ready' && !refused.has(key));
      if (!ready || model === '') return [];
      const settings = toSettings(set, facts);
      const files = blocks.length > 0 && { attachments: blocks };
      return [{ prompt, model, stream, ...files, ...(settings !== undefined && { settings }) }];
    });
    return questions.length === names.length ? questions : [];
  }, [draft, attachments, models, names, stream, set]);
}
