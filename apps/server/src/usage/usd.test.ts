import fc from 'fast-check';
import { expect, test } from 'vitest';
import { unitsOf, usdOf } from './usd.ts';

test('amounts of USD are read and written without loss', () => {
  expect(unitsOf('0.00123400')).toBe(123_400n);
  expect(unitsOf('12.5')).toBe(1_250_000_000n);
  expect(usdOf(0n)).toBe('0.00000000');
  fc.assert(fc.property(fc.bigInt(0n, 10n ** 30n), (units) => unitsOf(usdOf(units)) === units));
});

test('what is no amount is refused', () => {
  for (const text of ['', '-1', '1e3', '.5', '0.123456789', 'NaN']) expect(() => unitsOf(text)).toThrow();
});
