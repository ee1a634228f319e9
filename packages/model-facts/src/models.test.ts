import { describe, expect, it } from 'vitest';
import { findModel, findPrices, type ModelFacts, modelFactsDate, models, splitProfileId } from './index.ts';

const decimal = /^(0|[1-9]\d*)(\.\d*[1-9])?$/;
const priceNames = new Set(['input', 'output', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h']);
const scopes = new Set([
  'inRegion',
  'us',
  'us-gov',
  'eu',
  'apac',
  'jp',
  'au',
  'ca',
  'in',
  'global',
  'mantle',
]);

/** Every legal field, and how its value must look. A misspelt field in the file fails here. */
const fields: Record<keyof ModelFacts, (value: unknown) => boolean> = {
  id: (v) => typeof v === 'string' && /^[a-z0-9]+\.[a-z0-9.:-]+$/.test(v),
  name: (v) => typeof v === 'string' && v.trim() === v && v !== '',
  provider: (v) => typeof v === 'string' && v !== '',
  family: (v) => typeof v === 'string' && /^[a-z0-9.-]+$/.test(v),
  kind: oneOf('chat', 'embedding', 'rerank', 'speech'),
  endpoints: listOf(oneOf('runtime', 'openai', 'mantle')),
  nativeBody: oneOf(
    'claude-messages',
    'llama-prompt',
    'nova-messages',
    'titan-text',
    'mistral-prompt-or-chat',
    'openai-chat',
    'provider-specific',
  ),
  onDemand: isBoolean,
  inferenceProfiles: listOf((v) => typeof v === 'string'),
  contextWindow: isCount,
  maxOutput: isCount,
  modalities: shape({
    input: listOf(oneOf('text', 'image', 'pdf', 'video', 'audio')),
    output: listOf(oneOf('text', 'embedding', 'ranking', 'audio')),
  }),
  streaming: isBoolean,
  systemPrompt: isBoolean,
  tools: isBoolean,
  toolChoice: isBoolean,
  toolsWhileStreaming: isBoolean,
  thinking: shape({
    supported: isBoolean,
    modes: listOf(oneOf('enabled', 'adaptive')),
    budgetTokensMin: isCount,
    canDisable: isBoolean,
    effort: listOf(oneOf('none', 'low', 'medium', 'high', 'xhigh', 'max')),
    converseEffortMax: oneOf('low', 'medium', 'high', 'xhigh', 'max'),
  }),
  samplingParams: isBoolean,
  oneSamplingParam: isBoolean,
  prefill: isBoolean,
  promptCaching: shape({ supported: isBoolean, minTokens: isCount, ttl1h: isBoolean }),
  structuredOutput: isBoolean,
  embeddingDimensions: isCount,
  lifecycle: shape({ status: oneOf('legacy', 'ended'), note: (v) => typeof v === 'string' && v !== '' }),
  prices: (v) => typeof v === 'object' && v !== null && Object.keys(v).every((scope) => scopes.has(scope)),
};
const required = [
  'id',
  'name',
  'provider',
  'family',
  'kind',
  'endpoints',
  'onDemand',
  'inferenceProfiles',
  'modalities',
  'streaming',
  'prices',
];

function isBoolean(value: unknown): boolean {
  return typeof value === 'boolean';
}
function isCount(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) > 0;
}
function oneOf(...allowed: string[]): (value: unknown) => boolean {
  return (value) => typeof value === 'string' && allowed.includes(value);
}
function listOf(item: (value: unknown) => boolean): (value: unknown) => boolean {
  return (value) => Array.isArray(value) && value.every(item) && new Set(value).size === value.length;
}
function shape(parts: Record<string, (value: unknown) => boolean>): (value: unknown) => boolean {
  return (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(value).every(([name, part]) => parts[name]?.(part) ?? false);
}

describe('models.json', () => {
  it('is dated', () => {
    expect(modelFactsDate).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    expect(new Date(modelFactsDate).toISOString().slice(0, 10)).toBe(modelFactsDate);
  });

  it('lists models sorted by id, each id and profile once', () => {
    const ids = models.map((model) => model.id);
    expect(ids).toEqual([...ids].sort());
    const all = models.flatMap((model) => [model.id, ...model.inferenceProfiles]);
    expect(all.filter((id, place) => all.indexOf(id) !== place)).toEqual([]);
  });

  it.each(models.map((model) => [model.id, model] as const))('has a sound entry for %s', (_id, model) => {
    expect(Object.keys(model)).toEqual(expect.arrayContaining(required));
    for (const [name, value] of Object.entries(model)) {
      const check = fields[name as keyof ModelFacts];
      expect(check?.(value) ?? false, `${name}: ${JSON.stringify(value)}`).toBe(true);
    }
    for (const profile of model.inferenceProfiles) {
      expect(splitProfileId(profile)).toEqual({ prefix: expect.any(String), baseId: model.id });
    }
    expect(splitProfileId(model.id)).toEqual({ prefix: undefined, baseId: model.id });
  });

  it.each(models.map((model) => [model.id, model] as const))('has exact prices for %s', (_id, model) => {
    for (const { longContext, ...prices } of Object.values(model.prices)) {
      const { overInputTokens, ...dearer } = longContext ?? { overInputTokens: 1 };
      expect(isCount(overInputTokens)).toBe(true);
      for (const [name, price] of [...Object.entries(prices), ...Object.entries(dearer)]) {
        expect(priceNames.has(name), name).toBe(true);
        expect(price, name).toMatch(decimal);
      }
      for (const [name, price] of Object.entries(dearer)) {
        expect(Number(price)).toBeGreaterThan(Number(prices[name as keyof typeof prices]));
      }
    }
  });

  it('charges no less for a geography than for global', () => {
    for (const { id, prices } of models) {
      for (const [scope, { input }] of Object.entries(prices)) {
        if (prices.global?.input === undefined) continue;
        expect(Number(input), `${id} ${scope}`).toBeGreaterThanOrEqual(Number(prices.global.input));
      }
    }
  });

  it('never prices input or output at zero', () => {
    for (const { id, prices } of models) {
      for (const [scope, { input, output }] of Object.entries(prices)) {
        expect([input, output], `${id} ${scope}`).not.toContain('0');
      }
    }
  });

  it('says how every chat model on the runtime host is called', () => {
    for (const model of models) {
      if (model.kind !== 'chat' || !model.endpoints.includes('runtime')) continue;
      expect(model.nativeBody, model.id).toBeDefined();
    }
  });

  it('knows the first models of the gateway', () => {
    for (const id of [
      'anthropic.claude-3-haiku-20240307-v1:0',
      'anthropic.claude-3-sonnet-20240229-v1:0',
      'anthropic.claude-v2',
      'anthropic.claude-v2:1',
      'anthropic.claude-instant-v1',
      'meta.llama3-8b-instruct-v1:0',
      'meta.llama3-70b-instruct-v1:0',
    ]) {
      expect(findModel(id)).toMatchObject({ id, onDemand: true, streaming: true });
    }
  });
});

describe('findModel', () => {
  it('finds a model by its base id and by each of its profiles', () => {
    for (const model of models) {
      expect(findModel(model.id)).toBe(model);
      for (const profile of model.inferenceProfiles) expect(findModel(profile)).toBe(model);
    }
  });

  it('finds a model behind a profile the file does not list', () => {
    expect(findModel('ca.anthropic.claude-sonnet-5')?.id).toBe('anthropic.claude-sonnet-5');
  });

  it('does not invent models', () => {
    expect(findModel('us.claude')).toBeUndefined();
    expect(findModel('us.us.anthropic.claude-sonnet-5')).toBeUndefined();
    expect(findModel('xx.anthropic.claude-sonnet-5')).toBeUndefined();
    expect(findModel('constructor')).toBeUndefined();
    expect(findModel('')).toBeUndefined();
  });
});

describe('findPrices', () => {
  const sonnet = findModel('anthropic.claude-sonnet-5') as ModelFacts;

  it('tells global from geographic', () => {
    expect(findPrices(sonnet, 'global.anthropic.claude-sonnet-5')).toMatchObject({
      scope: 'global',
      exact: true,
    });
    expect(findPrices(sonnet, 'eu.anthropic.claude-sonnet-5')).toMatchObject({ scope: 'eu', exact: true });
    expect(findPrices(sonnet, 'anthropic.claude-sonnet-5')).toMatchObject({ scope: 'inRegion', exact: true });
  });

  it('lets a neighbour stand in and says so', () => {
    expect(findPrices(sonnet, 'us-gov.anthropic.claude-sonnet-5')).toMatchObject({
      scope: 'us',
      exact: false,
    });
  });

  it('finds nothing where nothing is known', () => {
    expect(findPrices({ ...sonnet, prices: {} }, sonnet.id)).toBeUndefined();
  });
});
