import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Burst, type BurstKind, countOf, endOf, eventsOf, saidIn } from './burst.ts';
import { encodeEvent } from './events.ts';

const kinds = Object.keys(saidIn) as BurstKind[];
const texts = fc.array(
  fc.oneof(
    fc.string({ unit: 'grapheme-ascii' }),
    fc.string({ unit: 'binary' }),
    fc.stringMatching(/^[\\"\n\u2028\ufeffé😀a-z ]*$/u),
  ),
  { minLength: 1, maxLength: 20 },
);

/** A burst of these texts, as JSON writes them. */
function burstOf(all: readonly string[], index = 0, kind: BurstKind = 'text_delta'): Burst {
  const pieces = all.map((text) => Buffer.from(JSON.stringify(text).slice(1, -1)).toString('latin1'));
  let end = 0;
  return new Burst(
    index,
    kind,
    pieces.join(''),
    pieces.map((piece) => {
      end += piece.length;
      return end;
    }),
  );
}

/** The same, one by one. */
function plain(all: readonly string[], index: number, kind: BurstKind) {
  return all.map((text) =>
    encodeEvent({ type: 'content_block_delta', index, delta: { type: kind, [saidIn[kind]]: text } as never }),
  );
}

test('a burst is as many events as there were deltas, each with its own JSON', () => {
  fc.assert(
    fc.property(texts, fc.nat(20), fc.constantFrom(...kinds), (all, index, kind) => {
      const burst = burstOf(all, index, kind);
      const events = burst.events();
      expect(events.map(({ event, json }) => ({ event, json }))).toEqual(plain(all, index, kind));
      expect(events.map(({ text }) => text)).toEqual(
        all.map((text) => (kind === 'text_delta' ? text : undefined)),
      );
      expect(burst.text).toBe(
        JSON.parse(`"${all.map((text) => JSON.stringify(text).slice(1, -1)).join('')}"`),
      );
      expect(burst.size).toBe(events.reduce((size, { json }) => size + Buffer.byteLength(json), 0));
      expect(countOf([burst, ...events])).toBe(2 * all.length);
    }),
  );
});

test('some of a burst are the same events', () => {
  fc.assert(
    fc.property(texts, fc.nat(20), fc.nat(20), (all, one, other) => {
      const [from, to] = [
        Math.min(one, other, all.length - 1),
        Math.min(Math.max(one, other) + 1, all.length),
      ];
      const burst = burstOf(all);
      expect(eventsOf([burst.slice(from, to)]).map(({ json }) => json)).toEqual(
        burst
          .events()
          .slice(from, to)
          .map(({ json }) => json),
      );
    }),
  );
});

test('as much of a burst fits as its events say', () => {
  const burst = burstOf(['a', 'bcd', 'é']);
  const sizes = burst.events().map(({ json }) => Buffer.byteLength(json));
  const [first = 0, second = 0, third = 0] = sizes;
  expect(burst.fitting(first - 1)).toBe(0);
  expect(burst.fitting(first)).toBe(1);
  expect(burst.fitting(first + second + third - 1)).toBe(2);
  expect(burst.fitting(first + second + third)).toBe(3);
});

test('the end is the last item, and never a burst', () => {
  const stop = encodeEvent({
    type: 'generation_stop',
    state: 'completed',
    stop_reason: null,
    usage: {},
    cost: { status: 'unknown' },
    timing: { total_ms: 1 },
  });
  expect(endOf([burstOf(['a']), stop])).toBe(stop.event);
  expect(endOf([stop, burstOf(['a'])])).toBeUndefined();
  expect(endOf(plain(['a'], 0, 'text_delta'))).toBeUndefined();
  expect(endOf([])).toBeUndefined();
});
