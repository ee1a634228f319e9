import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Intake } from './intake.ts';

const textOf = (pieces: readonly Uint8Array[]) => Buffer.concat(pieces).toString('latin1');

/** What is done with one of several intakes. */
const step = fc.record({
  which: fc.nat(3),
  what: fc.oneof(
    { weight: 6, arbitrary: fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 300 }) },
    { weight: 1, arbitrary: fc.nat(200_000).map((length) => 'x'.repeat(length + 1)) },
    { weight: 3, arbitrary: fc.constantFrom('take' as const, 'give back' as const, 'drop' as const) },
  ),
});

describe('an intake', () => {
  it('gives what was added, in order, and nobody writes to it while it is lent', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const intakes = Array.from({ length: 4 }, () => ({
          intake: new Intake(),
          waiting: '',
          lent: [] as Uint8Array[],
          said: '',
        }));
        for (const { which, what } of steps) {
          const one = intakes[which] as (typeof intakes)[number];
          if (what === 'take') {
            one.said = one.waiting;
            one.waiting = '';
            one.lent = one.intake.take();
          } else if (what === 'give back') {
            one.intake.giveBack();
            one.lent = [];
            one.said = '';
          } else if (what === 'drop') {
            one.intake.drop();
            one.waiting = '';
          } else {
            const bytes = Buffer.from(what, 'latin1');
            one.intake.add(bytes);
            // The memory that it came in is another's at once.
            bytes.fill('!');
            one.waiting += what;
          }
          for (const { intake, waiting, lent, said } of intakes) {
            expect(intake.length).toBe(waiting.length);
            expect(textOf(lent)).toBe(said);
          }
        }
      }),
    );
  });

  it('gives many small pieces as one', () => {
    const intake = new Intake();
    for (const piece of ['a', 'b', 'c']) intake.add(Buffer.from(piece));
    expect(intake.take().map((piece) => textOf([piece]))).toEqual(['abc']);
    expect(intake.take()).toEqual([]);
  });
});
