import type { MessagesRequest } from '@streambed/client';
import type { Parameters, Settings } from './parameters.ts';
import { roomToWrite } from './parameters.ts';

/** What an answer was asked with, as a person would have set it: `toSettings` backwards. */
export function fromSettings(settings: Settings | undefined): Parameters {
  if (settings === undefined) return {};
  const { temperature, top_p: topP, max_tokens: maxTokens, thinking, output_config: output } = settings;
  const system = systemText(settings.system);
  const budget = thinking?.type === 'enabled' ? Number(thinking.budget_tokens) : undefined;
  const effort = Object(output).effort as unknown;
  // The room that is kept beside a budget was not set by anybody.
  const own = budget === undefined || maxTokens !== budget + roomToWrite;
  return {
    ...(system !== '' && { system }),
    ...(typeof temperature === 'number' && { temperature }),
    ...(typeof topP === 'number' && { topP }),
    ...(typeof maxTokens === 'number' && own && { maxTokens }),
    ...(thinking !== undefined && { thinking: thinking.type === 'disabled' ? 'off' : 'on' }),
    ...(budget !== undefined && Number.isFinite(budget) && { budget }),
    ...(typeof effort === 'string' && { effort }),
  };
}

/** A system prompt as one text, however it was said. */
export function systemText(system: MessagesRequest['system']): string {
  if (system === undefined || typeof system === 'string') return system?.trim() ?? '';
  return system
    .flatMap((block) => (block.type === 'text' && typeof block.text === 'string' ? [block.text] : []))
    .join('\n\n')
    .trim();
}
