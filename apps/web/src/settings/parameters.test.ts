import type { CatalogueModel } from '@streambed/client';
import { expect, test } from 'vitest';
import { countSet, offersOf, toSettings } from './parameters.ts';

function model(settings: CatalogueModel['settings'], more: Partial<CatalogueModel> = {}): CatalogueModel {
  const capabilities = { tools: true, images: true, documents: true, thinking: true };
  return {
    id: 'maker.model',
    name: 'Model',
    provider: 'Maker',
    kind: 'chat',
    aliases: [],
    usable: true,
    maxOutput: 10_000,
    capabilities,
    ...(settings !== undefined && { settings }),
    ...more,
  };
}

const budgeted = model({
  samplingParams: true,
  oneSamplingParam: true,
  thinking: { supported: true, modes: ['enabled'], budgetTokensMin: 1_024, effort: ['low', 'high'] },
});
const adaptive = model({ samplingParams: false, thinking: { supported: true, modes: ['adaptive'] } });

test('nothing set says nothing', () => {
  expect(toSettings({}, budgeted)).toBeUndefined();
  expect(toSettings({ system: '  ' }, budgeted)).toBeUndefined();
});

test('what is set is said in the words of the request', () => {
  expect(
    toSettings({ system: 'Be brief.', temperature: 0.2, maxTokens: 300, effort: 'low' }, budgeted),
  ).toEqual({ system: 'Be brief.', temperature: 0.2, max_tokens: 300, output_config: { effort: 'low' } });
});

test('what the model does not take is left out, and says why', () => {
  const set = { temperature: 0.2, topP: 0.9, effort: 'max', budget: 4_000 };
  expect(toSettings(set, adaptive)).toBeUndefined();
  expect(toSettings(set, budgeted)).toEqual({ temperature: 0.2 });
  expect(offersOf(adaptive, set)).toMatchObject({
    temperature: { type: 'none', why: 'sampling' },
    effort: { type: 'none', why: 'noEffort' },
    budget: { type: 'none', why: 'thinkingOff' },
  });
  expect(offersOf(budgeted, set).topP).toEqual({ type: 'none', why: 'oneOfTwo' });
  expect(countSet(set, adaptive)).toBe(0);
});

test('thinking leaves room to write, and fixes the temperature', () => {
  expect(toSettings({ thinking: 'on', budget: 2_000, temperature: 1 }, budgeted)).toEqual({
    thinking: { type: 'enabled', budget_tokens: 2_000 },
    max_tokens: 10_000,
  });
  expect(toSettings({ thinking: 'on', budget: 500 }, budgeted)?.thinking).toEqual({
    type: 'enabled',
    budget_tokens: 1_024,
  });
  expect(toSettings({ thinking: 'on', budget: 2_000, maxTokens: 4_000 }, budgeted)?.max_tokens).toBe(4_000);
  expect(toSettings({ thinking: 'on', budget: 2_000, maxTokens: 1_000 }, budgeted)?.max_tokens).toBe(10_000);
});

test('each model is told to think in its own way', () => {
  expect(toSettings({ thinking: 'on' }, adaptive)).toEqual({
    thinking: { type: 'adaptive', display: 'summarized' },
  });
  expect(toSettings({ thinking: 'off' }, adaptive)).toEqual({ thinking: { type: 'disabled' } });
  const always = model({ thinking: { supported: true, modes: ['adaptive'], canDisable: false } });
  expect(toSettings({ thinking: 'off' }, always)).toBeUndefined();
  expect(offersOf(always, {}).thinking).toEqual({ type: 'none', why: 'alwaysThinks' });
});

test('of a model that nobody knows everything can be set but what needs its words', () => {
  expect(offersOf(undefined, {})).toMatchObject({
    system: { type: 'text' },
    temperature: { type: 'range' },
    thinking: { type: 'choice' },
    effort: { type: 'none' },
  });
});
