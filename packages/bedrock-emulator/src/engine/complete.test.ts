import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../random.ts';
import { callTool, say, think } from '../script.ts';
import { complete } from './complete.ts';

const open = { maxTokens: 1000, stopSequences: [], thinking: { on: true, shown: true } };
const random = () => seededRandom('complete');

function text(completion: ReturnType<typeof complete>): string {
  return completion.blocks.flatMap((block) => (block.type === 'text' ? block.pieces : [])).join('');
}

describe('complete', () => {
  it('ends where the text ends', () => {
    const whole = complete(say('All of it.'), open, random());
    expect(whole).toMatchObject({ stopReason: 'end_turn', stopSequence: null });
    expect(text(whole)).toBe('All of it.');
  });

  it('ends at max_tokens exactly', () => {
    const cut = complete(say(['one', ' two', ' three']), { ...open, maxTokens: 2 }, random());
    expect(cut).toMatchObject({ stopReason: 'max_tokens', outputTokens: 2 });
    expect(text(cut)).toBe('one two');
    expect(complete(say(['one', ' two']), { ...open, maxTokens: 2 }, random()).stopReason).toBe('end_turn');
  });

  it('stops at the sequence that is complete first, and says nothing of it', () => {
    const stops = { ...open, stopSequences: ['five', 'three', 'ree'] };
    const cut = complete(say('one two three four five'), stops, random());
    expect(cut).toMatchObject({ stopReason: 'stop_sequence', stopSequence: 'three' });
    expect(text(cut)).toBe('one two ');
  });

  it('prefers the limit when the sequence would be complete only after it', () => {
    const reply = say(['a', 'b', 'S', 'T', 'OP']);
    expect(complete(reply, { ...open, maxTokens: 4, stopSequences: ['STOP'] }, random())).toMatchObject({
      stopReason: 'max_tokens',
      outputTokens: 4,
    });
    expect(complete(reply, { ...open, maxTokens: 5, stopSequences: ['STOP'] }, random())).toMatchObject({
      stopReason: 'stop_sequence',
      outputTokens: 5,
    });
  });

  it('looks for stop sequences in text only', () => {
    const stops = { ...open, stopSequences: ['secret'] };
    const whole = complete(think('the secret', callTool('f', { a: 'secret' })), stops, random());
    expect(whole.stopReason).toBe('tool_use');
    expect(whole.blocks.map(({ type }) => type)).toEqual(['thinking', 'tool_use']);
  });

  it('leaves the input of a call out that the limit cut', () => {
    const cut = complete(
      callTool('f', { text: 'a long input that does not fit' }),
      { ...open, maxTokens: 4 },
      random(),
    );
    expect(cut.blocks[0]).toMatchObject({ type: 'tool_use', input: {} });
    expect(cut.stopReason).toBe('max_tokens');
  });

  it('leaves thinking text out where it is not shown, and counts it', () => {
    const hidden = { ...open, thinking: { on: true, shown: false } };
    const answer = complete(think('hm hm', say('ok')), hidden, random());
    expect(answer.blocks[0]).toMatchObject({ type: 'thinking', pieces: [] });
    expect(answer.thinkingTokens).toBe(2);
  });

  it('holds for any text, limit and stop sequences', () => {
    const word = fc.constantFrom('a', 'b', 'ab', ' ', '\n', 'é', '👋', 'stop', '漢字', '\ud83d');
    const words = fc.array(word, { maxLength: 40 }).map((all) => all.join(''));
    const sequences = fc.array(
      fc.array(word, { minLength: 1, maxLength: 3 }).map((all) => all.join('')),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(words, sequences, fc.integer({ min: 1, max: 60 }), (whole, stopSequences, maxTokens) => {
        const answer = complete(say(whole), { ...open, maxTokens, stopSequences }, random());
        const got = text(answer);
        expect(whole.startsWith(got)).toBe(true);
        expect(answer.outputTokens).toBeLessThanOrEqual(maxTokens);
        for (const sequence of stopSequences) expect(got).not.toContain(sequence);
        switch (answer.stopReason) {
          case 'end_turn':
            expect(got).toBe(whole);
            break;
          case 'max_tokens':
            expect(answer.outputTokens).toBe(maxTokens);
            expect(got.length).toBeLessThan(whole.length);
            break;
          default:
            expect(answer.stopReason).toBe('stop_sequence');
            expect(whole.startsWith(got + answer.stopSequence)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});
