import type { GenerationSnapshot } from '@streambed/client';
import { afterEach, expect, test, vi } from 'vitest';
import { estimate, noteProgress, progressOf } from './progress.ts';

let made = 0;
function follow() {
  made += 1;
  const id = `answer-${made}`;
  const note = (at: number, phase: GenerationSnapshot['phase'], text: string) => {
    vi.spyOn(performance, 'now').mockReturnValue(at);
    const content = text === '' ? [] : [{ type: 'text', text }];
    noteProgress({ id, phase, message: { content } } as unknown as GenerationSnapshot);
  };
  return { note, progress: () => progressOf(id) };
}
afterEach(() => vi.restoreAllMocks());

test('tells when the first token came, how many there are, and how fast', () => {
  const { note, progress } = follow();
  note(1_000, 'connecting', '');
  note(1_100, 'waiting', '');
  note(1_400, 'writing', 'a'.repeat(4));
  note(3_400, 'writing', 'a'.repeat(404));
  const seen = progress();
  expect(seen).toMatchObject({ since: 1_000, firstAt: 1_400 });
  expect(seen && estimate(seen)).toEqual({ tokens: 101, perSecond: 50 });
});

test('of an answer that was under way before it was seen, it says nothing of its beginning', () => {
  const { note, progress } = follow();
  note(5_000, 'resuming', 'a'.repeat(1_000));
  note(6_000, 'writing', 'a'.repeat(1_400));
  const seen = progress();
  expect(seen?.firstAt).toBeUndefined();
  expect(seen && estimate(seen)).toEqual({ tokens: 350, perSecond: 100 });
});

test('what it just began it has no speed for', () => {
  const { note, progress } = follow();
  note(0, 'waiting', '');
  note(100, 'writing', 'abcd');
  const seen = progress();
  expect(seen && estimate(seen).perSecond).toBeUndefined();
});
