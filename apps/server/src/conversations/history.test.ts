import type { ContentBlock, Message } from '@streambed/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answersTools, type Said, toContinuation, toMessages } from './history.ts';

const user = (content: Said['content']): Said => ({ role: 'user', content, state: 'kept', continues: null });
const answer = (
  content: readonly ContentBlock[],
  state: Said['state'] = 'completed',
  continues: Said['continues'] = null,
): Said => ({ role: 'assistant', content, state, continues });
const text = (words: string): ContentBlock => ({ type: 'text', text: words });
const call = (id: string): ContentBlock => ({ type: 'tool_use', id, name: 'look', input: {} });
const result = (id: string): ContentBlock => ({ type: 'tool_result', tool_use_id: id, content: 'seen' });
const next: readonly Message[] = [{ role: 'user', content: 'Next' }];

describe('a branch as messages', () => {
  test('what was said and answered stands as it was', () => {
    const thinking = { type: 'thinking', thinking: 'hm', signature: 's' } as const;
    const branch = [user('One'), answer([thinking, text('1')]), user([text('Two')]), answer([text('2')])];
    expect(toMessages(branch, next)).toEqual([
      { role: 'user', content: 'One' },
      { role: 'assistant', content: [thinking, text('1')] },
      { role: 'user', content: [text('Two')] },
      { role: 'assistant', content: [text('2')] },
      ...next,
    ]);
  });

  test('calls that were answered stay; others, and what was cut off in its middle, are left out', () => {
    const done = [user('Look'), answer([text('I look.'), call('a'), call('b')])];
    const both: Message = { role: 'user', content: [result('a'), result('b')] };
    expect(toMessages(done, [both])[1]).toEqual({
      role: 'assistant',
      content: [text('I look.'), call('a'), call('b')],
    });
    expect(toMessages(done, [{ role: 'user', content: [result('b')] }])[1]?.content).toEqual([
      text('I look.'),
      call('b'),
    ]);
    expect(toMessages(done, next)[1]?.content).toEqual([text('I look.')]);
    const cut = answer(
      [
        { type: 'thinking', thinking: 'hm' },
        text('So'),
        { ...call('c'), partial_json: '{"a":' } as ContentBlock,
      ],
      'interrupted',
    );
    expect(toMessages([user('Look'), cut], next)[1]?.content).toEqual([text('So')]);
  });

  test('an answer that says nothing leaves no message', () => {
    for (const empty of [
      answer([], 'failed'),
      answer([text(' \n')]),
      answer([{ type: 'thinking', thinking: 'x' }]),
    ]) {
      expect(toMessages([user('One'), empty], next)).toEqual([
        { role: 'user', content: [text('One'), text('Next')] },
      ]);
    }
  });

  test('an answer and what goes on with it are one, joined at the seam', () => {
    const branch = [
      user('Count'),
      answer([text('1, 2, ')], 'cancelled'),
      answer([text(' 3'), text('!')], 'completed', 'prefill'),
    ];
    expect(toMessages(branch, next)[1]).toEqual({ role: 'assistant', content: [text('1, 2, 3'), text('!')] });
  });
});

describe('going on with an answer', () => {
  const cut = [user('Count'), answer([text('1, 2, ')], 'interrupted')];

  test('a model that takes the beginning of an answer gets it, without white space at its end', () => {
    expect(toContinuation(cut, true)).toEqual({
      how: 'prefill',
      messages: [
        { role: 'user', content: 'Count' },
        { role: 'assistant', content: [text('1, 2,')] },
      ],
    });
  });

  test('another is asked to go on', () => {
    const { messages, how } = toContinuation(cut, false);
    expect(how).toBe('asked');
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
  });

  test('where nothing was said, it is asked once more', () => {
    for (const canPrefill of [true, false]) {
      const { messages } = toContinuation([user('Count'), answer([], 'failed')], canPrefill);
      expect(messages).toEqual([{ role: 'user', content: 'Count' }]);
    }
  });
});

test('results of tools are told from other messages', () => {
  expect(answersTools([{ role: 'user', content: [result('a'), text('and?')] }])).toBe(true);
  expect(answersTools([{ role: 'user', content: 'a' }])).toBe(false);
  expect(answersTools([{ role: 'assistant', content: [result('a')] }])).toBe(false);
});

test('whatever was said, a request has no blank text of ours, no open call, and ends on what is new', () => {
  const block = fc.oneof(
    fc.string().map(text),
    fc.constantFrom('a', 'b').map(call),
    fc.constantFrom('a', 'b').map((id) => ({ ...call(id), partial_json: '{' }) as ContentBlock),
    fc.string().map((thinking): ContentBlock => ({ type: 'thinking', thinking })),
  );
  const states = fc.constantFrom(
    'completed' as const,
    'cancelled' as const,
    'failed' as const,
    'erased' as const,
  );
  const turn = fc.oneof(
    fc.string({ minLength: 1 }).map(user),
    fc.array(fc.constantFrom('a', 'b').map(result), { minLength: 1, maxLength: 2 }).map(user),
    fc
      .tuple(
        fc.array(block, { maxLength: 4 }),
        states,
        fc.constantFrom(null, 'prefill' as const, 'asked' as const),
      )
      .map(([content, state, continues]) => answer(content, state, continues)),
  );
  fc.assert(
    fc.property(fc.array(turn, { maxLength: 12 }), (branch) => {
      const messages = toMessages(branch, next);
      const last = messages.at(-1)?.content;
      expect(typeof last === 'string' ? last : last?.at(-1)?.text).toBe('Next');
      messages.forEach((message, place) => {
        expect(message.role).not.toBe(messages[place + 1]?.role);
        if (message.role !== 'assistant' || typeof message.content === 'string') return;
        expect(message.content.length).toBeGreaterThan(0);
        const after = messages[place + 1]?.content;
        const results = typeof after === 'string' ? [] : (after ?? []);
        for (const one of message.content) {
          if (one.type === 'text') expect(String(one.text).trim()).not.toBe('');
          if (one.type === 'tool_use') {
            expect(results.some((other) => other.tool_use_id === one.id)).toBe(true);
            expect(one.partial_json).toBeUndefined();
          }
        }
      });
    }),
  );
});
