import { expect, test } from 'vitest';
import { translateCaching } from './cache-control.ts';

const ephemeral = { type: 'ephemeral' };
const text = (more: object = {}) => ({ type: 'text', text: 'Hi', ...more });

function translate(fields: Record<string, unknown>) {
  const dropped: string[] = [];
  return { fields: translateCaching(fields, dropped), dropped };
}

test('a request that Bedrock takes as it is comes back as it is', () => {
  const fields = {
    system: [text({ cache_control: { type: 'ephemeral', ttl: '1h' } })],
    messages: [{ role: 'user', content: [text({ cache_control: ephemeral })] }],
  };
  const { fields: same, dropped } = translate(fields);
  expect(same).toBe(fields);
  expect(dropped).toEqual([]);
});

test('a scope is dropped wherever a breakpoint stands, and named once', () => {
  const scoped = { cache_control: { type: 'ephemeral', scope: 'global' } };
  const { fields, dropped } = translate({
    system: [text(scoped)],
    tools: [{ name: 'a', input_schema: { content: scoped }, ...scoped }],
    messages: [
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: [text(scoped)] }] },
      { role: 'assistant', content: 'Hello' },
    ],
  });
  expect(fields).toEqual({
    system: [text({ cache_control: ephemeral })],
    // What is the tool's own is not looked into.
    tools: [{ name: 'a', input_schema: { content: scoped }, cache_control: ephemeral }],
    messages: [
      {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: 'a', content: [text({ cache_control: ephemeral })] }],
      },
      { role: 'assistant', content: 'Hello' },
    ],
  });
  expect(dropped).toEqual(['cache_control.scope']);
});

test('automatic caching becomes a breakpoint at the last block', () => {
  const { fields, dropped } = translate({
    cache_control: { type: 'ephemeral', ttl: '1h' },
    messages: [{ role: 'user', content: 'Hi' }],
  });
  expect(fields).toEqual({
    messages: [{ role: 'user', content: [text({ cache_control: { type: 'ephemeral', ttl: '1h' } })] }],
  });
  expect(dropped).toEqual([]);
});

test('automatic caching keeps a breakpoint that is there already', () => {
  const messages = [{ role: 'user', content: [text({ cache_control: ephemeral })] }];
  expect(translate({ cache_control: { type: 'ephemeral', ttl: '1h' }, messages }).fields).toEqual({
    messages,
  });
});

test('automatic caching is dropped where no breakpoint is left, or its block can carry none', () => {
  const four = Array.from({ length: 4 }, () => text({ cache_control: ephemeral }));
  const full = { system: four, messages: [{ role: 'user', content: 'Hi' }] };
  expect(translate({ cache_control: ephemeral, ...full })).toEqual({
    fields: full,
    dropped: ['cache_control'],
  });
  const thought = { messages: [{ role: 'assistant', content: [{ type: 'thinking', thinking: 'a' }] }] };
  expect(translate({ cache_control: ephemeral, ...thought })).toEqual({
    fields: thought,
    dropped: ['cache_control'],
  });
});
