import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDirectives } from './directives.ts';

describe('parseDirectives', () => {
  it('leaves ordinary prompts alone', () => {
    for (const prompt of ['Hello', 'see /etc/hosts', '/etc/hosts', '/unknown thing', 'a /say b', ''])
      expect(parseDirectives(prompt)).toBeUndefined();
  });

  it('reads texts that go on over lines, up to the next directive', () => {
    expect(parseDirectives('/think first\n/say one\n\ntwo\n/say three')?.asked).toEqual([
      { type: 'thinking', text: 'first' },
      { type: 'text', text: 'one\n\ntwo' },
      { type: 'text', text: 'three' },
    ]);
  });

  it('takes line breaks other than a new line as text', () => {
    expect(parseDirectives('/say a\rb\u2028c')?.asked).toEqual([{ type: 'text', text: 'a\rb\u2028c' }]);
  });

  it('reads a tool call, also over lines', () => {
    expect(parseDirectives('/tool get_weather {"city": "Oslo"}\n/tool now')?.asked).toEqual([
      { type: 'tool_use', name: 'get_weather', input: { city: 'Oslo' } },
      { type: 'tool_use', name: 'now', input: {} },
    ]);
    expect(parseDirectives('/tool f {\n  "a": [1]\n}')?.asked).toEqual([
      { type: 'tool_use', name: 'f', input: { a: [1] } },
    ]);
  });

  it('keeps the rest of the prompt beside modifiers', () => {
    expect(
      parseDirectives('What is Streambed?\n/pace 20 1500\n/fault throttle times 2\n/stop refusal'),
    ).toEqual({
      asked: [],
      pace: { tokensPerSecond: 20, firstTokenMs: 1500, jitter: 0 },
      fault: { fault: { type: 'error', name: 'ThrottlingException' }, times: 2 },
      stopReason: 'refusal',
      rest: 'What is Streambed?',
    });
  });

  it('bounds what it is asked for', () => {
    expect(parseDirectives('/long 999999999')?.asked).toEqual([{ type: 'long', words: 50_000 }]);
    const [repeated] = parseDirectives(`/repeat 999999 ${'x'.repeat(1000)}`)?.asked ?? [];
    expect(repeated).toMatchObject({ type: 'text' });
    expect(JSON.stringify(repeated).length).toBeLessThan(1_100_000);
  });

  it('says what is wrong with a directive it cannot read', () => {
    for (const prompt of [
      '/tool',
      '/tool f {oops}',
      '/long many',
      '/pace fast',
      '/fault nothing',
      '/stop NOW!',
    ])
      expect(JSON.stringify(parseDirectives(prompt)?.asked), prompt).toMatch(/can't read|know no fault/);
  });

  it('never fails, whatever follows a directive', () => {
    const name = fc.constantFrom(
      'say',
      'think',
      'tool',
      'long',
      'repeat',
      'fault',
      'pace',
      'stop',
      'code',
      'echo',
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(name, fc.string({ unit: 'binary' })), { minLength: 1 }), (all) => {
        const prompt = all.map(([directive, text]) => `/${directive} ${text}`).join('\n');
        expect(parseDirectives(prompt)).toBeDefined();
      }),
      { numRuns: 1000 },
    );
  });
});
