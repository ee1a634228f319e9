import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { times } from '../../../../test/support/long.ts';
import { createStopMatcher } from './stop-sequences.ts';

function run(sequences: readonly string[], pieces: readonly string[]) {
  const matcher = createStopMatcher(sequences);
  const shown = pieces.map((piece) => matcher.push(piece));
  return { text: shown.join('') + matcher.rest(), met: matcher.met, shown };
}

/** The rule again, letter by letter: the first place where some sequence is complete; the longest of those. */
function expected(sequences: readonly string[], text: string): { text: string; met: string | undefined } {
  for (let end = 1; end <= text.length; end++) {
    const here = sequences.filter((sequence) => text.slice(0, end).endsWith(sequence));
    const longest = here.sort((a, b) => b.length - a.length)[0];
    if (longest !== undefined) return { text: text.slice(0, end - longest.length), met: longest };
  }
  return { text, met: undefined };
}

describe('createStopMatcher', () => {
  it('finds a sequence that lies across pieces and shows nothing of it', () => {
    expect(run(['\n\nHuman:'], ['Hello\n', '\nHu', 'man: more'])).toMatchObject({
      text: 'Hello',
      met: '\n\nHuman:',
      shown: ['Hello', '', ''],
    });
  });

  it('gives back what only looked like a sequence', () => {
    expect(run(['STOP'], ['a ST', 'EP', ' STO'])).toMatchObject({ text: 'a STEP STO', met: undefined });
  });

  it('finds a sequence that begins inside a false start', () => {
    expect(run(['aab'], ['a', 'a', 'a', 'b'])).toMatchObject({ text: 'a', met: 'aab' });
  });

  it('stops at the sequence that is complete first, and at the longest of those', () => {
    expect(run(['bcd', 'abcd', 'c'], ['xabcd'])).toMatchObject({ text: 'xab', met: 'c' });
    expect(run(['cd', 'abcd'], ['xabcd'])).toMatchObject({ text: 'x', met: 'abcd' });
  });

  it('says nothing more after a match', () => {
    const matcher = createStopMatcher(['.']);
    expect([matcher.push('a.b'), matcher.push('c'), matcher.rest()]).toEqual(['a', '', '']);
  });

  it('comes to the same end wherever the text is cut, and holds back no more than it must', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(
        fc.array(letters, { minLength: 1, maxLength: 4 }),
        fc.array(letters),
        (sequences, pieces) => {
          const outcome = run(sequences, pieces);
          expect({ text: outcome.text, met: outcome.met }).toEqual(expected(sequences, pieces.join('')));
          const longest = Math.max(...sequences.map((sequence) => sequence.length));
          let came = 0;
          let shown = 0;
          for (const [index, piece] of pieces.entries()) {
            came += piece.length;
            shown += outcome.shown[index]?.length ?? 0;
            if (outcome.met === undefined) expect(came - shown).toBeLessThan(longest);
          }
        },
      ),
      { numRuns: times(2000) },
    );
  });
});
