import {
  type ContentBlock,
  type MessagesRequest,
  messagesRequestSchema,
  parseWith,
} from '@streambed/protocol';
import { describe, expect, it } from 'vitest';
import { jsonOnly } from '../shared/tools.ts';
import { chatRequestSchema } from './chat-request.ts';
import { toMessages } from './to-messages.ts';

const hello = [{ role: 'user', content: 'Hello' }] as const;
/** The same in Messages' words. */
const helloThere = [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }];

function translate(body: object) {
  return toMessages(parseWith(chatRequestSchema, { model: 'claude', messages: hello, ...body }));
}

function requestOf(body: object): MessagesRequest {
  return parseWith(messagesRequestSchema, translate(body).request) as MessagesRequest;
}

describe('toMessages', () => {
  it('translates a conversation', () => {
    const messages = [
      { role: 'developer', content: 'Be brief.' },
      { role: 'user', content: 'What is in it?', name: 'ann' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          { id: 'call_1', type: 'function', function: { name: 'look', arguments: '{"at": "it"}' } },
          { id: 'call_2', type: 'function', function: { name: 'now', arguments: '' } },
        ],
      },
      { role: 'tool', tool_call_id: 'call_1', content: 'a cat' },
      { role: 'tool', tool_call_id: 'call_2', content: [{ type: 'text', text: 'noon' }] },
      { role: 'user', content: [{ type: 'text', text: 'So?', cache_control: { type: 'ephemeral' } }] },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'A' },
          { type: 'refusal', refusal: 'No.' },
        ],
      },
      { role: 'system', content: [{ type: 'text', text: 'Be kind.' }] },
    ];
    const { request, dropped } = translate({ messages });
    expect(request).toEqual({
      model: 'claude',
      system: [
        { type: 'text', text: 'Be brief.' },
        { type: 'text', text: 'Be kind.' },
      ],
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'What is in it?' }] },
        {
          role: 'assistant',
          content: [
            { type: 'tool_use', id: 'call_1', name: 'look', input: { at: 'it' } },
            { type: 'tool_use', id: 'call_2', name: 'now', input: {} },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'call_1', content: 'a cat' },
            { type: 'tool_result', tool_use_id: 'call_2', content: [{ type: 'text', text: 'noon' }] },
            { type: 'text', text: 'So?', cache_control: { type: 'ephemeral' } },
          ],
        },
        {
          role: 'assistant',
          content: [
            { type: 'text', text: 'A' },
            { type: 'text', text: 'No.' },
          ],
        },
      ],
    });
    expect(dropped).toEqual(['messages[].name']);
  });

  it('takes what else a user sends along', () => {
    const content = [
      { type: 'text', text: 'What is this?' },
      { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=', detail: 'high' } },
      { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' } },
      { type: 'input_audio', input_audio: { data: 'UklG', format: 'wav' } },
    ];
    const { request, dropped } = translate({ messages: [{ role: 'user', content }] });
    const blocks = request.messages[0]?.content ?? [];
    expect((blocks as ContentBlock[]).map(({ type }) => type)).toEqual([
      'text',
      'image',
      'document',
      'streambed:audio',
    ]);
    expect(dropped).toEqual(['messages[].content[].image_url.detail']);
  });

  it('puts thinking back before the answer it belongs to', () => {
    const signed = {
      type: 'reasoning.text',
      text: 'Hm.',
      signature: 'sig',
      format: 'anthropic-claude-v1',
      index: 0,
    };
    const sealed = { type: 'reasoning.encrypted', data: 'abc', format: 'anthropic-claude-v1', index: 1 };
    const bedrock = { origin: { family: 'converse', model: 'openai.gpt-oss-120b-1:0' } };
    const foreign = { type: 'reasoning.text', text: 'So.', format: 'unknown', index: 2, bedrock };
    const assistant = { role: 'assistant', content: 'Yes.' };
    const back = (more: object) => {
      const { request, dropped } = translate({ messages: [...hello, { ...assistant, ...more }, ...hello] });
      return { content: request.messages[1]?.content, dropped };
    };
    const text = { type: 'text', text: 'Yes.' };
    const thinking = { type: 'thinking', thinking: 'Hm.', signature: 'sig' };
    expect(
      back({
        reasoning_content: 'Hm.So.',
        reasoning_details: [signed, sealed, foreign, { type: 'reasoning.summary' }],
      }),
    ).toEqual({
      content: [
        thinking,
        { type: 'redacted_thinking', data: 'abc' },
        { type: 'thinking', thinking: 'So.', bedrock },
        text,
      ],
      dropped: [],
    });
    expect(back({ thinking_blocks: [thinking, { type: 'text', text: 'no thinking' }] }).content).toEqual([
      thinking,
      text,
    ]);
    expect(back({ reasoning_content: 'Hm.' })).toEqual({
      content: [text],
      dropped: ['messages[].reasoning_content'],
    });
  });

  it('leaves out a turn that says nothing, and names it', () => {
    const { request, dropped } = translate({
      messages: [...hello, { role: 'assistant', content: '' }, ...hello],
    });
    expect(request.messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Hello' },
          { type: 'text', text: 'Hello' },
        ],
      },
    ]);
    expect(dropped).toEqual(['messages[1]']);
  });

  it.each<[string, object, object]>([
    ['max_tokens', { max_tokens: 5 }, { max_tokens: 5 }],
    ['max_completion_tokens before it', { max_tokens: 5, max_completion_tokens: 6 }, { max_tokens: 6 }],
    ['a stop', { stop: '\n' }, { stop_sequences: ['\n'] }],
    ['stops', { stop: ['a', 'b'] }, { stop_sequences: ['a', 'b'] }],
    ['sampling', { temperature: 0.3, top_p: 0.9, top_k: 40 }, { temperature: 0.3, top_p: 0.9, top_k: 40 }],
    ['an effort', { reasoning_effort: 'low' }, { bedrock: { reasoning_effort: 'low' } }],
    ['a tier', { service_tier: 'flex' }, { bedrock: { service_tier: 'flex' } }],
    ['what only Bedrock has', { bedrock: { latency: 'optimized' } }, { bedrock: { latency: 'optimized' } }],
    ['the user', { user: 'u1' }, { metadata: { user_id: 'u1' } }],
    ['its newer name', { user: 'u1', safety_identifier: 'u2' }, { metadata: { user_id: 'u2' } }],
    [
      'thinking in Messages’ words',
      { thinking: { type: 'enabled', budget_tokens: 2000 } },
      { thinking: { type: 'enabled', budget_tokens: 2000 } },
    ],
    ['plain text', { response_format: { type: 'text' } }, {}],
    [
      'nulls',
      { max_tokens: null, stop: null, tools: null, tool_choice: null, n: null, response_format: null },
      {},
    ],
  ])('takes %s', (_what, body, more) => {
    expect(translate(body)).toEqual({
      request: { model: 'claude', messages: helloThere, ...more },
      dropped: [],
      defaulted: [],
    });
  });

  it('bounds a temperature that only OpenAI has, and says so', () => {
    expect(translate({ temperature: 1.7 })).toMatchObject({
      request: { temperature: 1 },
      defaulted: ['temperature=1'],
    });
  });

  it('holds an answer to a schema, and asks for mere JSON in words', () => {
    const schema = { type: 'object', properties: { n: { type: 'integer', minimum: 1 } }, required: ['n'] };
    const json_schema = { name: 'answer', description: 'It.', strict: true, schema };
    expect(requestOf({ response_format: { type: 'json_schema', json_schema } }).output_config).toEqual({
      format: {
        type: 'json_schema',
        name: 'answer',
        description: 'It.',
        schema: {
          type: 'object',
          properties: { n: { type: 'integer', description: '{minimum: 1}' } },
          required: ['n'],
          additionalProperties: false,
        },
      },
    });
    expect(translate({ response_format: { type: 'json_object' } })).toMatchObject({
      request: { system: jsonOnly },
      dropped: ['response_format'],
    });
  });

  const tool = (name: string) => ({ type: 'function', function: { name, parameters: { type: 'object' } } });
  const tools = [tool('a'), tool('b')];

  it.each<[string, object, object]>([
    ['auto', { tool_choice: 'auto' }, { tool_choice: { type: 'auto' } }],
    ['required', { tool_choice: 'required' }, { tool_choice: { type: 'any' } }],
    ['none', { tool_choice: 'none' }, { tool_choice: { type: 'none' } }],
    [
      'a named one',
      { tool_choice: { type: 'function', function: { name: 'b' } }, parallel_tool_calls: false },
      { tool_choice: { type: 'tool', name: 'b', disable_parallel_tool_use: true } },
    ],
    [
      'some of them',
      {
        tool_choice: {
          type: 'allowed_tools',
          allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'b' } }] },
        },
      },
      { tools: [{ name: 'b', input_schema: { type: 'object' } }], tool_choice: { type: 'any' } },
    ],
  ])('lets the model choose among tools: %s', (_what, body, more) => {
    expect(requestOf({ tools, ...body })).toEqual({
      model: 'claude',
      messages: helloThere,
      tools: [
        { name: 'a', input_schema: { type: 'object' } },
        { name: 'b', input_schema: { type: 'object' } },
      ],
      ...more,
    });
  });
});
