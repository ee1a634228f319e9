import { expect, test } from 'vitest';
import { createStore, perFrame, type Schedule } from './store.ts';

function frames() {
  const waiting = new Set<() => void>();
  const schedule: Schedule = (publish) => {
    const entry = () => publish();
    waiting.add(entry);
    return () => waiting.delete(entry);
  };
  const next = () => {
    const due = [...waiting];
    waiting.clear();
    for (const publish of due) publish();
  };
  return { schedule, next, waiting };
}

test('a hundred changes in one frame are one publish, of the last value', () => {
  const { schedule, next } = frames();
  const source = createStore(0);
  const published = perFrame(source, schedule);
  const seen: number[] = [];
  published.subscribe(() => seen.push(published.get()));
  for (let value = 1; value <= 100; value += 1) source.set(value);
  expect(published.get()).toBe(0);
  next();
  next();
  expect(seen).toEqual([100]);
});

test('it reads straight through while nobody listens, and holds nothing after the last one left', () => {
  const { schedule, next, waiting } = frames();
  const source = createStore('a');
  const published = perFrame(source, schedule);
  source.set('b');
  expect(published.get()).toBe('b');
  const leave = published.subscribe(() => expect.unreachable());
  source.set('c');
  leave();
  leave();
  expect(waiting.size).toBe(0);
  next();
  expect(published.get()).toBe('c');
});

test('a value set to itself tells nobody', () => {
  const store = createStore(1);
  store.subscribe(() => expect.unreachable());
  store.set(1);
});
