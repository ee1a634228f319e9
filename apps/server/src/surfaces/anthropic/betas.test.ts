import type { MessagesRequest } from '@streambed/protocol';
import { expect, test } from 'vitest';
import { translateBetas } from './betas.ts';

const plain: MessagesRequest = { model: 'a', max_tokens: 10, messages: [{ role: 'user', content: 'Hi' }] };
const tool = { name: 'search', input_schema: { type: 'object' } };

/** What Claude Code 2.1 sends to Claude Sonnet 4.5. */
const claudeCode =
  'claude-code-20250219,interleaved-thinking-2025-05-14,context-management-2025-06-27,thinking-token-count-2026-05-13,advanced-tool-use-2025-11-20';

test('without a header nothing is sent and nothing dropped', () => {
  expect(translateBetas(undefined, plain)).toEqual({ sent: [], dropped: [] });
});

test('a beta that the request does not need is left out without a word', () => {
  expect(translateBetas('interleaved-thinking-2025-05-14', plain)).toEqual({ sent: [], dropped: [] });
});

test('what Bedrock does not take is dropped by name', () => {
  expect(translateBetas('files-api-2025-04-14, made-up-2030-01-01', plain).dropped).toEqual([
    'files-api-2025-04-14',
    'made-up-2030-01-01',
  ]);
});

test('names that every object inherits are no betas', () => {
  expect(translateBetas('constructor,__proto__', plain)).toEqual({
    sent: [],
    dropped: ['constructor', '__proto__'],
  });
});

test('what Claude Code sends reaches Bedrock under its names, as far as it is used', () => {
  const request = {
    ...plain,
    tools: [{ ...tool, defer_loading: true }],
    thinking: { type: 'enabled', budget_tokens: 1024 },
    context_management: { edits: [{ type: 'clear_thinking_20251015' }] },
  };
  expect(translateBetas(claudeCode, request as unknown as MessagesRequest)).toEqual({
    sent: ['interleaved-thinking-2025-05-14', 'context-management-2025-06-27', 'tool-search-tool-2025-10-19'],
    dropped: ['claude-code-20250219', 'thinking-token-count-2026-05-13'],
  });
});

test.each([
  ['context-1m-2025-08-07', {}],
  ['effort-2025-11-24', { output_config: { effort: 'low' } }],
  ['fine-grained-tool-streaming-2025-05-14', { tools: [tool] }],
  ['tool-examples-2025-10-29', { tools: [{ ...tool, input_examples: [{}] }] }],
  ['tool-search-tool-2025-10-19', { tools: [{ type: 'tool_search_tool_regex_20251119', name: 'search' }] }],
  ['computer-use-2025-01-24', { tools: [{ type: 'computer_20250124', name: 'computer' }] }],
  ['compact-2026-01-12', { context_management: { edits: [{ type: 'compact_20260112' }] } }],
  ['output-128k-2025-02-19', { max_tokens: 100_000 }],
  ['thinking-display-updates-2026-08-18', { thinking: { type: 'adaptive', display: 'updates' } }],
  [
    'mid-conversation-tool-changes-2026-07-01',
    { messages: [{ role: 'system', content: [{ type: 'tool_removal', tool: {} }] }] },
  ],
])('%s is sent with a request that needs it', (beta, more) => {
  const request = { ...plain, ...more } as unknown as MessagesRequest;
  expect(translateBetas(['claude-code-20250219', beta], request).sent).toEqual([beta]);
});
