import { expect, test } from 'vitest';
import { uuid } from './ids.ts';
import { seededRandom } from './random.ts';

test('repeats itself for the same parts, and differs for others', () => {
  const draw = (...parts: string[]) => Array.from({ length: 20 }, seededRandom(...parts).next);
  expect(draw('a', 'b')).toEqual(draw('a', 'b'));
  expect(draw('a', 'b')).not.toEqual(draw('ab', ''));
});

test('draws whole numbers evenly, both ends included', () => {
  const random = seededRandom('even');
  const counts = new Map<number, number>();
  for (let n = 0; n < 60_000; n++) {
    const drawn = random.integer(2, 61);
    counts.set(drawn, (counts.get(drawn) ?? 0) + 1);
  }
  expect([...counts.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, n) => n + 2));
  for (const count of counts.values()) expect(count).toBeGreaterThan(800);
});

test('makes well-formed UUIDs of version 4', () => {
  const random = seededRandom('ids');
  for (let n = 0; n < 200; n++)
    expect(uuid(random)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
