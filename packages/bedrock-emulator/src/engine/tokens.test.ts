import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countTokens, cutTokens } from './tokens.ts';

describe('cutTokens', () => {
  it('gives the text back, whatever it is', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.string({ unit: 'grapheme', maxLength: 300 }),
      fc
        .array(fc.constantFrom('\ud800', '\udc00', ' ', '\n', 'a', '👩‍👩‍👧', 'é', '漢'))
        .map((all) => all.join('')),
    );
    fc.assert(
      fc.property(text, (whole) => {
        const tokens = cutTokens(whole);
        expect(tokens.join('')).toBe(whole);
        expect(tokens).not.toContain('');
      }),
    );
  });

  it('never cuts a character in two halves', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (whole) => {
        for (const token of cutTokens(whole)) expect(token.isWellFormed()).toBe(whole.isWellFormed());
      }),
    );
  });

  it('counts about what the recordings count', () => {
    expect(countTokens('What is the capital of France?')).toBe(7);
    expect(countTokens('Tell me a joke about opentelemetry')).toBe(8);
    expect(countTokens('Say this is a test')).toBe(5);
  });

  it('is quick on very long texts', () => {
    const started = performance.now();
    expect(countTokens('word '.repeat(5_000_000))).toBeGreaterThan(5_000_000);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
