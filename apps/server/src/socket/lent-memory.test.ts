import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lentCopy, whenWritten } from './lent-memory.ts';

test('what is lent stays as it is until it is given back, whatever else is lent and given back', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.record({ length: fc.oneof(fc.nat(5_000), fc.nat(70_000), fc.nat(300_000)), byte: fc.nat(255) }),
          fc.record({ written: fc.nat(20), failed: fc.boolean() }),
        ),
        { maxLength: 40 },
      ),
      (steps) => {
        const lent: { readonly bytes: Buffer; readonly meant: Buffer }[] = [];
        for (const step of steps) {
          if ('length' in step) {
            const meant = Buffer.alloc(step.length, step.byte);
            lent.push({ bytes: lentCopy(meant), meant });
          } else {
            const [one] = lent.splice(step.written % Math.max(1, lent.length), 1);
            if (one !== undefined) whenWritten(one.bytes)?.(step.failed ? new Error('gone') : null);
          }
          for (const { bytes, meant } of lent) expect(bytes.equals(meant)).toBe(true);
        }
      },
    ),
  );
});

test('memory goes round', () => {
  const first = lentCopy(Buffer.alloc(10_000, 'a'));
  whenWritten(first)?.();
  const second = lentCopy(Buffer.alloc(9_000, 'b'));
  expect(second.buffer).toBe(first.buffer);
  // Whoever could not be written to may have it still.
  whenWritten(second)?.(new Error('gone'));
  expect(lentCopy(Buffer.alloc(9_000)).buffer).not.toBe(second.buffer);
});
