import { findModel, type ModelFacts } from '@streambed/model-facts';
import { beforeEach, describe, expect, it } from 'vitest';
import type { PrefixBlock } from '../turn.ts';
import { PromptCache } from './prompt-cache.ts';

const haiku = findModel('anthropic.claude-haiku-4-5-20251001-v1:0') as ModelFacts;
const sonnet = findModel('anthropic.claude-sonnet-4-5-20250929-v1:0') as ModelFacts;
const minute = 60_000;

/** So many tokens of text, each block another. */
const words = (tokens: number, word = 'word'): string => `${word} `.repeat(tokens).trim();
const block = (tokens: number, ttl?: PrefixBlock['ttl'], word?: string): PrefixBlock => ({
  text: words(tokens, word),
  ttl,
});

describe('the prompt cache', () => {
  let now: number;
  let cache: PromptCache;
  beforeEach(() => {
    now = 0;
    cache = new PromptCache(() => new Date(now));
  });
  const use = (blocks: readonly PrefixBlock[], model = sonnet) => cache.use(model, blocks, 1_000_000);

  it('writes first, reads after, and lives five minutes from its last use', () => {
    const prompt = [block(2000, '5m'), block(10)];
    expect(use(prompt)).toEqual({ read: 0, writes: [{ ttl: '5m', tokens: 2000 }] });
    now += 4 * minute;
    expect(use(prompt)).toEqual({ read: 2000, writes: [] });
    now += 4 * minute;
    expect(use(prompt)).toEqual({ read: 2000, writes: [] });
    now += 5 * minute;
    expect(use(prompt)).toEqual({ read: 0, writes: [{ ttl: '5m', tokens: 2000 }] });
  });

  it('keeps an hour what is marked so', () => {
    const prompt = [block(2000, '1h'), block(500, '5m', 'more')];
    expect(use(prompt).writes).toEqual([
      { ttl: '1h', tokens: 2000 },
      { ttl: '5m', tokens: 500 },
    ]);
    now += 59 * minute;
    expect(use(prompt)).toEqual({ read: 2000, writes: [{ ttl: '5m', tokens: 500 }] });
  });

  it('caches nothing that is shorter than the model wants', () => {
    expect(use([block(1023, '5m')])).toEqual({ read: 0, writes: [] });
    expect(use([block(4095, '5m')], haiku)).toEqual({ read: 0, writes: [] });
    expect(use([block(4096, '5m')], haiku).writes).toHaveLength(1);
  });

  it('is each model’s own, and knows another prompt from the first word on', () => {
    use([block(5000, '5m')]);
    expect(use([block(5000, '5m')], haiku).read).toBe(0);
    expect(use([block(1, undefined, 'other'), block(5000, '5m')]).read).toBe(0);
  });

  it('goes on from where a growing conversation was marked before', () => {
    const system = block(2000);
    const first = [system, block(100, '5m', 'one')];
    use(first);
    const second = [system, block(100, undefined, 'one'), block(50), block(100, '5m', 'two')];
    expect(use(second)).toEqual({ read: 2100, writes: [{ ttl: '5m', tokens: 150 }] });
    const far = [
      system,
      block(100, undefined, 'one'),
      ...Array.from({ length: 25 }, () => block(1)),
      block(9, '5m'),
    ];
    expect(use(far).read).toBe(0);
  });
});
