import type { CatalogueModel } from '@streambed/client';
import { expect, test } from 'vitest';
import { fromSettings } from './from-settings.ts';
import { type Parameters, toSettings } from './parameters.ts';

const model: CatalogueModel = {
  id: 'maker.model',
  name: 'Model',
  provider: 'Maker',
  kind: 'chat',
  aliases: [],
  usable: true,
  maxOutput: 64_000,
  settings: { thinking: { supported: true, modes: ['enabled'] } },
};

test('what was set comes back out of what was asked', () => {
  const all: readonly Parameters[] = [
    {},
    { system: 'Be a river.', temperature: 0.4, topP: 0.9, maxTokens: 500 },
    { thinking: 'on', budget: 2_048 },
    { thinking: 'on', budget: 2_048, maxTokens: 4_000 },
    { thinking: 'off' },
  ];
  for (const set of all) expect(fromSettings(toSettings(set, model))).toEqual(set);
});

test('a program says a system prompt in blocks, and more than a person can set', () => {
  const system = [
    { type: 'text', text: 'Be a river.' },
    { type: 'text', text: 'Be slow.', cache_control: { type: 'ephemeral' } },
  ];
  expect(fromSettings({ system, stop_sequences: ['x'], tools: [] } as never)).toEqual({
    system: 'Be a river.\n\nBe slow.',
  });
  expect(
    fromSettings({ output_config: { effort: 'high' }, thinking: { type: 'adaptive' } } as never),
  ).toEqual({
    effort: 'high',
    thinking: 'on',
  });
});
