import type { MessagesRequest } from '@streambed/protocol';
import { expect, test } from 'vitest';
import { withSystemTurns } from './system-turns.ts';

const haiku = { id: 'anthropic.claude-haiku-4-5-20251001-v1:0', facts: undefined };
const opus48 = { id: 'anthropic.claude-opus-4-8', facts: undefined };
const nova = { id: 'amazon.nova-lite-v1:0', facts: undefined };

function asking(...messages: MessagesRequest['messages']): MessagesRequest {
  return { model: 'a', messages };
}

test('a model that takes system messages gets them as they came', () => {
  const request = asking({ role: 'user', content: 'Hi' }, { role: 'system', content: 'Be brief' });
  expect(withSystemTurns(request, opus48, 'claude').request).toBe(request);
  expect(withSystemTurns(request, nova, 'llama').request).toBe(request);
});

test('a conversation without system messages is not touched', () => {
  const request = asking({ role: 'user', content: 'Hi' });
  expect(withSystemTurns(request, haiku, 'claude').request).toBe(request);
});

test.each(['claude', 'converse'] as const)(
  '%s: a later system message is told in the user’s turn',
  (family) => {
    const request = asking(
      { role: 'user', content: 'Hi' },
      { role: 'system', content: [{ type: 'text', text: 'Be brief', cache_control: { type: 'ephemeral' } }] },
      { role: 'assistant', content: 'Hello' },
      { role: 'system', content: 'Be kind' },
    );
    const { request: carried, defaulted } = withSystemTurns(request, haiku, family);
    expect(carried.messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Hi' },
          {
            type: 'text',
            text: '<system-reminder>\nBe brief\n</system-reminder>',
            cache_control: { type: 'ephemeral' },
          },
        ],
      },
      { role: 'assistant', content: 'Hello' },
      { role: 'user', content: [{ type: 'text', text: '<system-reminder>\nBe kind\n</system-reminder>' }] },
    ]);
    expect(defaulted).toEqual(['messages[1].role=user', 'messages[3].role=user']);
  },
);

test('system messages before the first turn join the system prompt', () => {
  const request = {
    ...asking({ role: 'system', content: 'Be brief' }, { role: 'user', content: 'Hi' }),
    system: 'Be kind',
  };
  const { request: carried, defaulted } = withSystemTurns(request, nova, 'converse');
  expect(carried.system).toEqual([
    { type: 'text', text: 'Be kind' },
    { type: 'text', text: 'Be brief' },
  ]);
  expect(carried.messages).toHaveLength(1);
  expect(defaulted).toEqual([]);
});

test('which Claudes take them', () => {
  const request = asking({ role: 'user', content: 'Hi' }, { role: 'system', content: 'x' });
  const takes = (id: string) =>
    withSystemTurns(request, { id: `anthropic.${id}`, facts: undefined }, 'claude').request === request;
  const older = ['claude-v2:1', 'claude-3-7-sonnet-20250219-v1:0', 'claude-opus-4-20250514-v1:0'];
  const old = [
    'claude-opus-4-7',
    'claude-opus-4-1-20250805-v1:0',
    'claude-sonnet-4-6',
    'claude-haiku-4-5-20251001-v1:0',
  ];
  expect([...older, ...old].filter(takes)).toEqual([]);
  const newer = [
    'claude-opus-4-8',
    'claude-opus-5',
    'claude-sonnet-5',
    'claude-fable-5',
    'claude-mythos-5-1',
  ];
  expect(newer.filter(takes)).toEqual(newer);
});
