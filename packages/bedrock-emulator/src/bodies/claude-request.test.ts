import { findModel, type ModelFacts } from '@streambed/model-facts';
import { describe, expect, it } from 'vitest';
import { haiku, messages, oldHaiku, opus48 } from '../../test/ask.ts';
import { AwsError } from '../errors.ts';
import { parseClaude } from './claude-request.ts';

type Body = Readonly<Record<string, unknown>>;

function facts(id: string): ModelFacts {
  const found = findModel(id);
  if (found === undefined) throw new Error(id);
  return found;
}

/** What AWS says to a body; `undefined` when it is fine. */
function refusal(model: string, body: unknown): string | undefined {
  try {
    parseClaude(body, facts(model), model);
    return undefined;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    expect(error).toMatchObject({ type: 'ValidationException', status: 400 });
    return error.message;
  }
}

const malformed = (text: string) =>
  `Malformed input request: ${text}, please reformat your input and try again.`;
const talk = (...all: Body[]) => messages('', { messages: all });
const user = (content: unknown) => ({ role: 'user', content });
const assistant = (content: unknown) => ({ role: 'assistant', content });
const use = (id: string) => ({ type: 'tool_use', id, name: 'f', input: {} });
const result = (id: string) => ({ type: 'tool_result', tool_use_id: id, content: 'x' });
const without = (key: string, body: Body = messages('hi')) =>
  Object.fromEntries(Object.entries(body).filter(([name]) => name !== key));
const tool = { name: 'f', input_schema: { type: 'object' } };

describe('a body for Claude', () => {
  it.each<[string, string, Body]>([
    ['a plain one', haiku, messages('hi')],
    ['blocks', haiku, talk(user([{ type: 'text', text: 'hi', cache_control: { type: 'ephemeral' } }]))],
    [
      'everything of the tutorial',
      oldHaiku,
      messages('hi', { temperature: 0.5, top_p: 0.9, top_k: 50, stop_sequences: ['x'], system: 'be' }),
    ],
    ['system blocks', haiku, messages('hi', { system: [{ type: 'text', text: 'be brief' }] })],
    ['a prefill', haiku, talk(user('hi'), assistant('Well,'))],
    [
      'an image',
      haiku,
      talk(user([{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aGk=' } }])),
    ],
    [
      'tool results',
      haiku,
      {
        ...talk(
          user('hi'),
          assistant([use('a'), use('b')]),
          user([result('b'), result('a'), { type: 'text', text: 'so?' }]),
        ),
        tools: [tool],
      },
    ],
    [
      'tool results without tools, on newer models',
      haiku,
      talk(user('hi'), assistant([use('a')]), user([result('a')])),
    ],
    ['thinking', haiku, messages('hi', { thinking: { type: 'enabled', budget_tokens: 1024 } })],
    [
      'adaptive thinking',
      opus48,
      messages('hi', {
        thinking: { type: 'adaptive', display: 'summarized' },
        output_config: { effort: 'high' },
      }),
    ],
    [
      'a system message in between',
      opus48,
      talk(user('hi'), assistant('yes'), user('again'), { role: 'system', content: 'be brief' }),
    ],
    [
      'a beta',
      haiku,
      messages('hi', {
        anthropic_beta: ['context-management-2025-06-27', 'claude-code-20250219'],
        context_management: {},
      }),
    ],
    ['the version that Anthropic sends', haiku, { ...messages('hi'), anthropic_version: '2026-10-21' }],
    ['metadata', haiku, messages('hi', { metadata: { user_id: 'u' } })],
  ])('may be %s', (_, model, body) => {
    expect(refusal(model, body)).toBeUndefined();
  });

  it.each<[string, string, unknown, string]>([
    ['no object', haiku, [], malformed('#: expected type: JSONObject, found: JSONArray')],
    ['no version', haiku, without('anthropic_version'), 'anthropic_version: Field required'],
    [
      'no version, on Claude 3',
      oldHaiku,
      without('anthropic_version'),
      malformed('#: required key [anthropic_version] not found'),
    ],
    ['no max_tokens', haiku, without('max_tokens'), 'max_tokens: Field required'],
    ['no messages', haiku, without('messages'), 'messages: Field required'],
    ['model in the body', haiku, messages('hi', { model: haiku }), 'model: Extra inputs are not permitted'],
    [
      'stream in the body',
      oldHaiku,
      messages('hi', { stream: true }),
      malformed('#: extraneous key [stream] is not permitted'),
    ],
    [
      'both, on Claude 3: all are told',
      oldHaiku,
      without('max_tokens', messages('hi', { stream: true, model: 'x' })),
      malformed(
        '#: required key [max_tokens] not found#: extraneous key [stream] is not permitted#: extraneous key [model] is not permitted',
      ),
    ],
    [
      'a field whose beta is missing',
      haiku,
      messages('hi', { context_management: {} }),
      'context_management: Extra inputs are not permitted',
    ],
    ['an unknown beta', haiku, messages('hi', { anthropic_beta: ['nope'] }), 'invalid beta flag'],
    [
      'an unknown version',
      haiku,
      { ...messages('hi'), anthropic_version: 'latest' },
      malformed('#/anthropic_version: latest is not a valid enum value'),
    ],
    [
      'max_tokens 0',
      haiku,
      messages('hi', { max_tokens: 0 }),
      malformed('#/max_tokens: 0 is not greater or equal to 1'),
    ],
    [
      'max_tokens as text',
      haiku,
      messages('hi', { max_tokens: '5' }),
      malformed('#/max_tokens: expected type: Integer, found: String'),
    ],
    [
      'more than the model writes',
      haiku,
      messages('hi', { max_tokens: 64_001 }),
      'max_tokens: 64001 > 64000, which is the maximum allowed number of output tokens for claude-haiku-4-5-20251001',
    ],
    [
      'a temperature over 1',
      haiku,
      messages('hi', { temperature: 1.5 }),
      malformed('#/temperature: 1.5 is not less or equal to 1'),
    ],
    [
      'a temperature below 0',
      haiku,
      messages('hi', { temperature: -0.1 }),
      malformed('#/temperature: -0.1 is not greater or equal to 0'),
    ],
    [
      'temperature and top_p',
      haiku,
      messages('hi', { temperature: 0.5, top_p: 0.5 }),
      '`temperature` and `top_p` cannot both be specified for this model. Please use only one.',
    ],
    [
      'a temperature on Opus 4.8',
      opus48,
      messages('hi', { temperature: 0.5 }),
      'temperature: Extra inputs are not permitted',
    ],
    ['no messages at all', haiku, talk(), malformed('#/messages: expected minimum item count: 1, found: 0')],
    [
      'a role nobody has',
      haiku,
      talk(user('hi'), { role: 'system', content: 'be' }),
      malformed('#/messages/1/role: system is not a valid enum value'),
    ],
    ['an assistant first', haiku, talk(assistant('hi')), 'messages: first message must use the "user" role'],
    [
      'two users in a row',
      haiku,
      talk(user('hi'), user('ho')),
      'messages: roles must alternate between "user" and "assistant", but found multiple "user" roles in a row',
    ],
    [
      'empty content',
      haiku,
      talk(user([])),
      'messages.0: all messages must have non-empty content except for the optional final assistant message',
    ],
    [
      'an empty text',
      haiku,
      talk(user([{ type: 'text', text: '' }])),
      'messages: text content blocks must be non-empty',
    ],
    [
      'a blank text',
      haiku,
      talk(user(' \n')),
      'messages: text content blocks must contain non-whitespace text',
    ],
    [
      'a prefill that ends in space',
      haiku,
      talk(user('hi'), assistant('Well, ')),
      'messages: final assistant content cannot end with trailing whitespace',
    ],
    [
      'a prefill on Opus 4.8',
      opus48,
      talk(user('hi'), assistant('Well,')),
      'This model does not support assistant message prefill. The conversation must end with a user message.',
    ],
    [
      'a message with a key of its own',
      haiku,
      talk({ ...user('hi'), name: 'me' }),
      'messages.0.name: Extra inputs are not permitted',
    ],
    [
      'an unknown block',
      haiku,
      talk(user([{ type: 'video' }])),
      malformed('#/messages/0/content/0/type: video is not a valid enum value'),
    ],
    [
      'a block with a key of its own',
      haiku,
      talk(user([{ type: 'text', text: 'hi', id: 1 }])),
      'messages.0.content.0.id: Extra inputs are not permitted',
    ],
    [
      'an image by URL',
      haiku,
      talk(user([{ type: 'image', source: { type: 'url', url: 'https://example.com' } }])),
      malformed('#/messages/0/content/0/source/type: url is not a valid enum value'),
    ],
    [
      'a result of no use',
      haiku,
      talk(user([result('a')])),
      'messages.0.content.0: unexpected `tool_use_id` found in `tool_result` blocks: a. Each `tool_result` block must have a corresponding `tool_use` block in the previous message.',
    ],
    [
      'a use without its result',
      haiku,
      talk(user('hi'), assistant([use('a')]), user('so?')),
      'messages.2: Did not find 1 tool_result block(s) at the beginning of this message. Messages following tool_use blocks must begin with a matching number of tool_result blocks.',
    ],
    [
      'one result of two',
      haiku,
      talk(user('hi'), assistant([use('a'), use('b')]), user([result('a')])),
      'messages.2: Did not find 1 tool_result block(s)',
    ],
    [
      'a result behind text',
      haiku,
      talk(user('hi'), assistant([use('a')]), user([{ type: 'text', text: 'so' }, result('a')])),
      'messages.2: Did not find 1 tool_result block(s)',
    ],
    [
      'tool blocks without tools, on Claude 3',
      oldHaiku,
      talk(user('hi'), assistant([use('a')]), user([result('a')])),
      'Requests which include `tool_use` or `tool_result` blocks must define tools',
    ],
    [
      'a tool without a schema',
      haiku,
      messages('hi', { tools: [{ name: 'f' }] }),
      'tools.0.input_schema: Field required',
    ],
    [
      'a tool with a bad name',
      haiku,
      messages('hi', { tools: [{ ...tool, name: 'a b' }] }),
      malformed('#/tools/0/name: string [a b] does not match pattern ^[a-zA-Z0-9_-]{1,128}$'),
    ],
    ['a tool twice', haiku, messages('hi', { tools: [tool, tool] }), 'tools: Tool names must be unique.'],
    [
      'a server tool',
      haiku,
      messages('hi', { tools: [{ type: 'web_search_20250305', name: 'web_search' }] }),
      malformed('#/tools/0/type: web_search_20250305 is not a valid enum value'),
    ],
    [
      'a choice of no tool',
      haiku,
      messages('hi', { tools: [tool], tool_choice: { type: 'tool', name: 'g' } }),
      malformed('#/tool_choice/name: g is not one of the tools'),
    ],
    [
      'a forced tool while thinking',
      haiku,
      messages('hi', {
        tools: [tool],
        tool_choice: { type: 'any' },
        thinking: { type: 'enabled', budget_tokens: 1024 },
      }),
      malformed('#/tool_choice: a forced tool choice needs thinking to be off'),
    ],
    [
      'too small a budget',
      haiku,
      messages('hi', { thinking: { type: 'enabled', budget_tokens: 1000 } }),
      malformed('#/thinking/budget_tokens: 1000 is not greater or equal to 1024'),
    ],
    [
      'a budget of all tokens',
      haiku,
      messages('hi', { thinking: { type: 'enabled', budget_tokens: 4000 } }),
      malformed('#/thinking/budget_tokens: 4000 is not less or equal to 3999'),
    ],
    [
      'a budget on Opus 4.8',
      opus48,
      messages('hi', { thinking: { type: 'enabled', budget_tokens: 1024 } }),
      malformed('#/thinking/type: enabled is not a valid enum value'),
    ],
    [
      'thinking on Claude 3',
      oldHaiku,
      messages('hi', { thinking: { type: 'enabled', budget_tokens: 1024 } }),
      malformed('#: extraneous key [thinking] is not permitted'),
    ],
    [
      'thinking with a temperature',
      haiku,
      messages('hi', { temperature: 0.5, thinking: { type: 'enabled', budget_tokens: 1024 } }),
      malformed('#/temperature: must be 1 when thinking is enabled'),
    ],
    [
      'a blank stop sequence',
      haiku,
      messages('hi', { stop_sequences: [' '] }),
      malformed('#/stop_sequences: each stop sequence must contain non-whitespace'),
    ],
    [
      'a prompt that is too long',
      oldHaiku,
      messages('word '.repeat(250_000)),
      'Input is too long for requested model.',
    ],
  ])('is refused with %s', (_, model, body, text) => {
    const told = refusal(model, body);
    if (text.endsWith(')')) expect(told).toContain(text);
    else expect(told).toBe(text);
  });
});
