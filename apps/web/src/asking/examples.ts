import type { Question } from '@streambed/client';
import { factsOf, type ModelState } from '../models/model-store.ts';

/** What an example needs beside its words. */
export type ExampleKind = 'thinking' | 'tools';

/** Nova 2 runs this one itself: the call, its result and the answer are one turn. */
const interpreter = {
  model: 'nova-2-lite',
  settings: { tools: [{ type: 'streambed:system_tool', name: 'nova_code_interpreter' }] },
};

const thinking = {
  model: 'claude-haiku',
  settings: { max_tokens: 8_192, thinking: { type: 'enabled' as const, budget_tokens: 2_048 } },
};

/** The question of an example, asked in the way, and of the model, that shows what it is an example of. */
export function questionOf(
  prompt: string,
  kind: ExampleKind | undefined,
  models: ModelState,
  how: { readonly model: string; readonly stream: boolean },
): Question {
  const has = (name: string) => models.models.some((model) => model.name === name);
  if (kind === 'tools' && has(interpreter.model)) return { ...how, prompt, ...interpreter };
  if (kind === 'thinking') {
    const asked = factsOf(models, how.model)?.settings?.thinking?.modes?.includes('enabled') === true;
    if (asked || has(thinking.model))
      return { ...how, prompt, ...thinking, ...(asked && { model: how.model }) };
  }
  return { ...how, prompt };
}
