import type { Question } from '@streambed/client';
import { useReadable } from '@streambed/client/react';
import { useMemo } from 'react';
import { refusals } from '../attachments/refusals.ts';
import { factsOf, type ModelState } from '../models/model-store.ts';
import { preferences } from '../preferences.ts';
import { parameters } from '../settings/parameter-store.ts';
import { toSettings } from '../settings/parameters.ts';
import type { Asking } from './asking.ts';

/** What would be asked now; `undefined` while there is nothing to ask, or something can't go along. */
export function useQuestion(asking: Asking, models: ModelState, model: string): Question | undefined {
  const { draft, attachments } = useReadable(asking);
  const stream = useReadable(preferences, (chosen) => chosen.stream);
  const set = useReadable(parameters);
  return useMemo(() => {
    const prompt = draft.trim();
    const facts = factsOf(models, model);
    const refused = refusals(attachments, facts);
    const ready = attachments.every(({ key, state }) => state === 'ready' && !refused.has(key));
    if (!ready || model === '' || (prompt === '' && attachments.length === 0)) return undefined;
    const blocks = attachments.flatMap((one) => (one.state === 'ready' ? [one.block] : []));
    const settings = toSettings(set, facts);
    return {
      prompt,
      model,
      stream,
      ...(blocks.length > 0 && { attachments: blocks }),
      ...(settings !== undefined && { settings }),
    };
  }, [draft, attachments, models, model, stream, set]);
}
