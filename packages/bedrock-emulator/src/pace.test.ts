import { models } from '@streambed/model-facts';
import { describe, expect, it } from 'vitest';
import { PaceClock, paceFor } from './pace.ts';
import { seededRandom } from './random.ts';

describe('paceFor', () => {
  it('has a plausible speed for every model, and none for instant', () => {
    for (const model of models) {
      const pace = paceFor('model', model);
      expect(pace?.firstTokenMs).toBeGreaterThanOrEqual(100);
      expect(pace?.tokensPerSecond).toBeGreaterThanOrEqual(20);
      expect(paceFor('instant', model)).toBeUndefined();
    }
  });
});

describe('PaceClock', () => {
  it('keeps the speed it was given, on the whole', () => {
    const clock = new PaceClock(
      { firstTokenMs: 200, tokensPerSecond: 100, jitter: 0.5 },
      seededRandom('pace'),
    );
    clock.advance(0);
    let due = 0;
    for (let n = 0; n < 1000; n++) {
      const next = clock.advance(1);
      expect(next).toBeGreaterThan(due);
      due = next;
    }
    expect(clock.firstByteMs).toBeGreaterThan(140);
    expect(clock.firstByteMs).toBeLessThan(260);
    expect(due).toBeGreaterThan(9_500);
    expect(due).toBeLessThan(10_700);
    expect(clock.latencyMs).toBe(Math.round(due));
  });

  it('is never late where there is no pace', () => {
    const clock = new PaceClock(undefined, seededRandom('pace'));
    expect([clock.advance(0), clock.advance(1000)]).toEqual([0, 0]);
    expect([clock.latencyMs, clock.firstByteMs]).toEqual([1, 1]);
  });
});
