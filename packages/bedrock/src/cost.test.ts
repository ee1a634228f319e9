import { findModel, type ModelFacts } from '@streambed/model-facts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { costOf } from './cost.ts';

const haiku = findModel('anthropic.claude-haiku-4-5-20251001-v1:0') as ModelFacts;
const priced = (prices: ModelFacts['prices']): ModelFacts => ({ ...haiku, prices });
const plain = priced({
  inRegion: { input: '1', output: '5', cacheRead: '0.1', cacheWrite5m: '1.25', cacheWrite1h: '2' },
});
const usd = (...args: Parameters<typeof costOf>) => {
  const cost = costOf(...args);
  return cost.status === 'unknown' ? 'unknown' : `${cost.usd} ${cost.status}`;
};
const bare = 'anthropic.claude-haiku-4-5-20251001-v1:0';

describe('costOf', () => {
  it('prices each count by its own price', () => {
    const usage = {
      input_tokens: 1_000_000,
      output_tokens: 100_000,
      thinking_tokens: 100_000,
      cache_read_input_tokens: 10_000,
      cache_creation_input_tokens: 3_000,
      cache_creation: { ephemeral_5m_input_tokens: 1_000, ephemeral_1h_input_tokens: 2_000 },
    };
    // 1 + 0.5 + 0.5 + 0.001 + 0.00125 + 0.004
    expect(usd(usage, plain, bare, 'completed')).toBe('2.00625000 exact');
  });

  it('takes cache writes that are not split for the default lifetime', () => {
    const usage = { input_tokens: 0, output_tokens: 0, cache_creation_input_tokens: 1_000_000 };
    expect(usd(usage, plain, bare, 'completed')).toBe('1.25000000 estimated');
    const oneLifetime = priced({ inRegion: { input: '1', output: '5', cacheWrite5m: '1.25' } });
    expect(usd(usage, oneLifetime, bare, 'completed')).toBe('1.25000000 exact');
  });

  it("asks for the price of the profile's own scope", () => {
    const usage = { input_tokens: 1_000_000, output_tokens: 0 };
    const [us, global] = ['us', 'global'].map((prefix) =>
      costOf(usage, haiku, `${prefix}.${bare}`, 'completed'),
    );
    expect(us).toMatchObject({ status: 'exact', usd: '1.10000000' });
    expect(global).toMatchObject({ status: 'exact', usd: '1.00000000' });
  });

  it.each(['cancelled', 'failed', 'interrupted'] as const)('only estimates what was %s', (state) => {
    expect(usd({ input_tokens: 10, output_tokens: 1 }, plain, bare, state)).toBe('0.00001500 estimated');
  });

  it('only estimates when a count is missing, or another scope lends its price', () => {
    expect(usd({ input_tokens: 10 }, plain, bare, 'completed')).toBe('0.00001000 estimated');
    expect(usd({ input_tokens: 10, output_tokens: 0 }, plain, `eu.${bare}`, 'completed')).toBe(
      '0.00001000 estimated',
    );
  });

  it('is unknown, never zero, without counts, prices or the price of a count', () => {
    expect(usd({}, plain, bare, 'completed')).toBe('unknown');
    expect(usd({ input_tokens: 1, output_tokens: 1 }, undefined, bare, 'completed')).toBe('unknown');
    expect(usd({ input_tokens: 1, output_tokens: 1 }, priced({}), bare, 'completed')).toBe('unknown');
    const noCache = priced({ inRegion: { input: '1', output: '5' } });
    expect(
      usd({ input_tokens: 1, output_tokens: 1, cache_read_input_tokens: 1 }, noCache, bare, 'completed'),
    ).toBe('unknown');
    expect(usd({ input_tokens: 1.5, output_tokens: Number.NaN }, plain, bare, 'completed')).toBe('unknown');
  });

  it('uses the dearer prices for a long prompt, cached tokens included', () => {
    const long = priced({
      inRegion: {
        input: '3',
        output: '15',
        cacheRead: '1',
        longContext: { overInputTokens: 200, input: '6' },
      },
    });
    expect(usd({ input_tokens: 200, output_tokens: 1 }, long, bare, 'completed')).toBe('0.00061500 exact');
    // A usual price stands in where the dearer one isn't known.
    expect(
      usd({ input_tokens: 200, output_tokens: 1, cache_read_input_tokens: 1 }, long, bare, 'completed'),
    ).toBe('0.00121600 estimated');
    expect(usd({ input_tokens: 201, output_tokens: 0 }, long, bare, 'completed')).toBe('0.00120600 exact');
  });

  it('knows the long-prompt prices of what can be cached for an hour', () => {
    const sonnet = findModel('anthropic.claude-sonnet-4-5-20250929-v1:0') as ModelFacts;
    const usage = {
      input_tokens: 0,
      output_tokens: 1_000_000,
      cache_read_input_tokens: 1_000_000,
      cache_creation_input_tokens: 2_000_000,
      cache_creation: { ephemeral_5m_input_tokens: 1_000_000, ephemeral_1h_input_tokens: 1_000_000 },
    };
    // 24.75 + 0.66 + 8.25 + 13.2
    expect(usd(usage, sonnet, `eu.${sonnet.id}`, 'completed')).toBe('46.86000000 exact');
    expect(usd(usage, sonnet, `global.${sonnet.id}`, 'completed')).toBe('42.60000000 exact');
  });

  it('is exact for any prices and counts', () => {
    const price = fc
      .tuple(fc.nat(1000), fc.nat(999_999))
      .map(([whole, part]) => `${whole}.${String(part).padStart(6, '0')}`);
    fc.assert(
      fc.property(
        price,
        price,
        fc.nat(10_000_000),
        fc.nat(10_000_000),
        (input, output, tokensIn, tokensOut) => {
          const cost = usd(
            { input_tokens: tokensIn, output_tokens: tokensOut },
            priced({ inRegion: { input, output } }),
            bare,
            'completed',
          );
          const micro = (decimal: string) => BigInt(decimal.replace('.', ''));
          // In 10⁻¹² USD: tokens × (10⁻⁶ USD) / 10⁶; an answer is in units of 10⁻⁸.
          const total = BigInt(tokensIn) * micro(input) + BigInt(tokensOut) * micro(output);
          const rounded = (total + 5_000n) / 10_000n;
          const digits = rounded.toString().padStart(9, '0');
          expect(cost).toBe(`${digits.slice(0, -8)}.${digits.slice(-8)} exact`);
        },
      ),
    );
  });
});
