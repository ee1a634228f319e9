import { expect, test } from 'vitest';
import { type ChangedPlace, type KnownPlace, shiftOf } from './shift-of.ts';

const view = { top: 1_000, height: 500 };
const shift = (changed: readonly ChangedPlace[], known: readonly KnownPlace[] = []) =>
  shiftOf(changed, view, () => known);

test('what grows above the view moves it, and what grows below or within does not', () => {
  expect(shift([{ top: 400, height: 250, delta: 50, arriving: false }])).toBe(50);
  expect(shift([{ top: 900, height: 400, delta: 50, arriving: false }])).toBe(0);
  expect(shift([{ top: 1_600, height: 400, delta: 50, arriving: false }])).toBe(0);
  expect(
    shift([
      { top: 700, height: 300, delta: 100, arriving: false },
      { top: 400, height: 300, delta: -100, arriving: false },
    ]),
  ).toBe(0);
});

test('a turn that arrives across the upper edge keeps its end where it was', () => {
  expect(shift([{ top: 800, height: 400, delta: 120, arriving: true }])).toBe(120);
});

test('a turn that arrives within the view moves what is below it only where that was all there was to read', () => {
  const arriving = { top: 1_050, height: 400, delta: 120, arriving: true };
  const below = { top: 1_450, height: 300 };
  expect(shift([arriving], [below])).toBe(120);
  expect(shift([arriving], [{ top: 700, height: 350 }, below])).toBe(0);
  expect(shift([arriving], [{ top: 1_900, height: 300 }])).toBe(0);
  expect(shift([arriving])).toBe(0);
});

test('two that arrive above what is read both move it', () => {
  expect(
    shift(
      [
        { top: 1_010, height: 200, delta: 60, arriving: true },
        { top: 1_210, height: 200, delta: -20, arriving: true },
      ],
      [{ top: 1_410, height: 300 }],
    ),
  ).toBe(40);
});
