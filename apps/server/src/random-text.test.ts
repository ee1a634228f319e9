import { expect, test } from 'vitest';
import { randomText } from './random-text.ts';

test('no two texts are alike, and each is as long as its bytes are', () => {
  const texts = Array.from({ length: 10_000 }, (_, index) => randomText(index % 2 === 0 ? 16 : 12));
  expect(new Set(texts).size).toBe(10_000);
  expect(texts.every((text, index) => text.length === (index % 2 === 0 ? 22 : 16))).toBe(true);
  expect(texts.every((text) => /^[\w-]+$/.test(text))).toBe(true);
  // Every letter comes up everywhere: nothing of the pool is left out or given out as zeros.
  for (let place = 0; place < 16; place += 1) {
    expect(new Set(texts.map((text) => text[place])).size).toBe(64);
  }
});
