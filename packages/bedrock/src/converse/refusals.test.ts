import { findModel } from '@streambed/model-facts';
import type { MessagesRequest } from '@streambed/protocol';
import { describe, expect, test } from 'vitest';
import { converse } from '../families/converse.ts';
import { toConverse } from './to-converse.ts';

type Asked = Partial<MessagesRequest> & Record<string, unknown>;

const haiku = 'anthropic.claude-haiku-4-5-20251001-v1:0';
const sonnet5 = 'anthropic.claude-sonnet-5';
const nova2 = 'amazon.nova-2-lite-v1:0';
const llama = 'meta.llama3-3-70b-instruct-v1:0';
const qwen = 'qwen.qwen3-32b-v1:0';
const titan = 'amazon.titan-text-express-v1';
const oss = 'openai.gpt-oss-120b-1:0';
const hi = [{ role: 'user' as const, content: 'Hi' }];
const tools = [{ name: 'add', input_schema: { type: 'object' } }];

function write(model: string, asked: Asked) {
  const request = { model, max_tokens: 4096, messages: hi, ...asked } as MessagesRequest & {
    max_tokens: number;
  };
  return toConverse(request, { id: model, facts: findModel(model) });
}

const user = (...content: unknown[]): Asked => ({ messages: [{ role: 'user', content }] as never });

describe('what is refused before money is spent, and which field is named', () => {
  test.each<[what: string, model: string, asked: Asked, code: string, field: string]>([
    [
      'an image by URL',
      haiku,
      user({ type: 'image', source: { type: 'url', url: 'https://x' } }),
      'SB_UNSUPPORTED',
      'messages[0].content[0].source.type',
    ],
    [
      'a file by id',
      haiku,
      user({ type: 'document', source: { type: 'file', file_id: 'f' } }),
      'SB_UNSUPPORTED',
      'messages[0].content[0].source.type',
    ],
    [
      'an image to a model that sees none',
      oss,
      user({ type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aa' } }),
      'SB_UNSUPPORTED',
      'messages[0].content[0].source',
    ],
    [
      'an image of a kind that nobody reads',
      haiku,
      user({ type: 'image', source: { type: 'base64', media_type: 'image/tiff', data: 'aa' } }),
      'SB_UNSUPPORTED',
      'messages[0].content[0].source.media_type',
    ],
    [
      'a document without a word beside it',
      haiku,
      user({ type: 'document', source: { type: 'text', data: 'x' } }),
      'SB_BAD_REQUEST',
      'messages[0]',
    ],
    [
      'a block that Converse does not have',
      haiku,
      user({ type: 'container_upload', file_id: 'f' }),
      'SB_UNSUPPORTED',
      'messages[0].content[0].type',
    ],
    [
      'a conversation that the assistant begins',
      haiku,
      { messages: [{ role: 'assistant', content: 'Hi' }] },
      'SB_BAD_REQUEST',
      'messages[0]',
    ],
    [
      'nothing but blanks',
      haiku,
      { messages: [{ role: 'user', content: ' ' }] },
      'SB_BAD_REQUEST',
      'messages',
    ],
    [
      'a system message in mid-conversation',
      haiku,
      { messages: [...hi, { role: 'system', content: 'x' }] },
      'SB_UNSUPPORTED',
      'messages[1].role',
    ],
    ['a system prompt to a model that takes none', titan, { system: 'x' }, 'SB_UNSUPPORTED', 'system'],
    ['tools to a model that takes none', titan, { tools }, 'SB_UNSUPPORTED', 'tools'],
    ['two tools of one name', haiku, { tools: [...tools, ...tools] }, 'SB_BAD_REQUEST', 'tools'],
    [
      'a tool that runs at Anthropic',
      haiku,
      { tools: [{ type: 'web_search_20250305', name: 'web_search' }] },
      'SB_UNSUPPORTED',
      'tools[0].type',
    ],
    [
      "a tool of Claude's to another model",
      nova2,
      { tools: [{ type: 'bash_20250124', name: 'bash' }] },
      'SB_UNSUPPORTED',
      'tools[0].type',
    ],
    [
      'a system tool to a model that has none',
      haiku,
      { tools: [{ type: 'streambed:system_tool', name: 'nova_grounding' }] },
      'SB_UNSUPPORTED',
      'tools[0]',
    ],
    [
      'a forced call of Llama',
      llama,
      { tools, tool_choice: { type: 'any' } },
      'SB_UNSUPPORTED',
      'tool_choice',
    ],
    [
      'a forced call of a tool that is not there',
      haiku,
      { tools, tool_choice: { type: 'tool', name: 'sub' } },
      'SB_BAD_REQUEST',
      'tool_choice.name',
    ],
    [
      'a forced call while Claude thinks',
      haiku,
      { tools, tool_choice: { type: 'any' }, thinking: { type: 'enabled', budget_tokens: 2000 } },
      'SB_UNSUPPORTED',
      'tool_choice',
    ],
    [
      'a tool call without a result',
      haiku,
      {
        messages: [
          ...hi,
          { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'add', input: {} }] },
          ...hi,
        ],
      },
      'SB_BAD_REQUEST',
      'messages[2]',
    ],
    [
      'a tool result without a call',
      haiku,
      user({ type: 'tool_result', tool_use_id: 'a', content: 'x' }),
      'SB_BAD_REQUEST',
      'messages[0]',
    ],
    [
      'arguments that are no object',
      haiku,
      {
        messages: [
          ...hi,
          { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'add', input: 'x' }] },
        ],
      },
      'SB_BAD_REQUEST',
      'messages[1].content[0].input',
    ],
    ['stop sequences to Qwen', qwen, { stop_sequences: ['x'] }, 'SB_UNSUPPORTED', 'stop_sequences'],
    [
      'thinking of a model that does not think',
      'amazon.nova-lite-v1:0',
      { thinking: { type: 'adaptive' } },
      'SB_UNSUPPORTED',
      'thinking',
    ],
    [
      'a budget that Sonnet 5 no longer takes',
      sonnet5,
      { thinking: { type: 'enabled', budget_tokens: 2000 } },
      'SB_UNSUPPORTED',
      'thinking.type',
    ],
    [
      'a budget below the least',
      haiku,
      { thinking: { type: 'enabled', budget_tokens: 10 } },
      'SB_BAD_REQUEST',
      'thinking.budget_tokens',
    ],
    [
      'a budget that leaves no answer',
      haiku,
      { thinking: { type: 'enabled', budget_tokens: 4096 } },
      'SB_BAD_REQUEST',
      'thinking.budget_tokens',
    ],
    [
      'an effort that the model does not know',
      nova2,
      { thinking: { type: 'adaptive' }, output_config: { effort: 'max' } },
      'SB_UNSUPPORTED',
      'output_config.effort',
    ],
    [
      'a temperature that the newest Claudes do not take',
      sonnet5,
      { temperature: 0.5 },
      'SB_UNSUPPORTED',
      'temperature',
    ],
    [
      "a schema to a model that can't be held to one",
      nova2,
      { output_config: { format: { type: 'json_schema', schema: {} } } },
      'SB_UNSUPPORTED',
      'output_config.format',
    ],
    [
      'a fifth cache point',
      haiku,
      user(
        ...Array.from({ length: 5 }, () => ({
          type: 'text',
          text: 'x',
          cache_control: { type: 'ephemeral' },
        })),
      ),
      'SB_BAD_REQUEST',
      'messages[0].content[4].cache_control',
    ],
    [
      'one hour after five minutes',
      haiku,
      user(
        { type: 'text', text: 'x', cache_control: { type: 'ephemeral' } },
        { type: 'text', text: 'y', cache_control: { type: 'ephemeral', ttl: '1h' } },
      ),
      'SB_BAD_REQUEST',
      'messages[0].content[1].cache_control',
    ],
    [
      'the beginning of an answer of a Claude that takes none',
      sonnet5,
      { messages: [...hi, { role: 'assistant', content: 'I' }] },
      'SB_UNSUPPORTED',
      'messages',
    ],
    [
      'too many entries for the invocation log',
      haiku,
      {
        bedrock: {
          request_metadata: Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`k${n}`, 'v'])),
        },
      },
      'SB_BAD_REQUEST',
      'bedrock.request_metadata',
    ],
    ['servers that Bedrock does not call', haiku, { mcp_servers: [] }, 'SB_UNSUPPORTED', 'mcp_servers'],
  ])('%s', (_what, model, asked, code, field) => {
    const message = expect.stringMatching(new RegExp(`^request\\.${field.replaceAll(/[[\].]/g, '\\$&')}: .`));
    expect(() => write(model, asked)).toThrow(
      expect.objectContaining({ code, field: `request.${field}`, message }),
    );
  });
});

describe('what is left out and named, since it changes nothing that was asked', () => {
  const history = (...content: unknown[]): Asked => ({
    messages: [...hi, { role: 'assistant', content }, ...hi] as never,
  });

  test.each<[what: string, model: string, asked: Asked, dropped: string[]]>([
    [
      "metadata and Anthropic's tier",
      haiku,
      { metadata: { user_id: 'u' }, service_tier: 'auto' },
      ['metadata', 'service_tier'],
    ],
    [
      'a cache where nothing is cached',
      llama,
      user({ type: 'text', text: 'x', cache_control: { type: 'ephemeral' } }),
      ['messages[0].content[0].cache_control'],
    ],
    [
      'a cache of tools on Nova',
      nova2,
      { tools: [{ ...tools[0], cache_control: { type: 'ephemeral' } }] as never },
      ['tools[0].cache_control'],
    ],
    [
      'the lifetime of a cache on Nova',
      nova2,
      { system: [{ type: 'text', text: 'x', cache_control: { type: 'ephemeral', ttl: '1h' } }] },
      ['system[0].cache_control.ttl'],
    ],
    ['top_k where there is none', llama, { top_k: 5 }, ['top_k']],
    [
      'one call at a time',
      haiku,
      { tools, tool_choice: { type: 'auto', disable_parallel_tool_use: true } },
      ['tool_choice.disable_parallel_tool_use'],
    ],
    [
      'thinking of another kind of model',
      nova2,
      history({ type: 'thinking', thinking: 'Hm.', signature: 'c2ln' }, { type: 'text', text: 'x' }),
      ['messages[1].content[0]'],
    ],
    [
      'unsigned thinking to Claude',
      haiku,
      history(
        {
          type: 'thinking',
          thinking: 'Hm.',
          signature: '',
          bedrock: { origin: { family: 'converse', model: oss } },
        },
        { type: 'text', text: 'x' },
      ),
      ['messages[1].content[0]'],
    ],
    [
      "what another model's side did",
      haiku,
      history(
        { type: 'server_tool_use', id: 's', name: 'nova_grounding', input: {} },
        { type: 'text', text: 'x' },
      ),
      ['messages[1].content[0]'],
    ],
    [
      'a switch that a model does not have',
      'deepseek.r1-v1:0',
      { thinking: { type: 'disabled' } },
      ['thinking'],
    ],
    [
      'a budget where there are efforts',
      nova2,
      { thinking: { type: 'enabled', budget_tokens: 2000 } },
      ['thinking.budget_tokens'],
    ],
    [
      'a bound where Nova thinks at its hardest',
      nova2,
      { thinking: { type: 'adaptive' }, output_config: { effort: 'high' }, temperature: 0.5 },
      ['max_tokens', 'temperature'],
    ],
    ["betas of Claude's to another model", llama, { anthropic_beta: ['x'] }, ['anthropic_beta']],
    ["fields of Claude's to another model", llama, { context_management: {} }, ['context_management']],
    [
      'fields of a tool that Converse lacks',
      haiku,
      { tools: [{ ...tools[0], defer_loading: true }] as never },
      ['tools[0].defer_loading'],
    ],
  ])('%s', (_what, model, asked, dropped) => {
    expect(write(model, asked).dropped).toEqual(dropped);
  });

  test('thinking goes back to its own kind, whichever API it came by', () => {
    const signed = { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' };
    const own = {
      type: 'thinking',
      thinking: 'Hm.',
      signature: '',
      bedrock: { origin: { family: 'converse', model: oss } },
    };
    const content = (model: string, block: unknown) =>
      write(model, history(block, { type: 'text', text: 'x' })).request.messages[1]?.content[0];
    expect(content(sonnet5, signed)).toEqual({
      reasoningContent: { reasoningText: { text: 'Hm.', signature: 'c2ln' } },
    });
    expect(content('openai.gpt-oss-20b-1:0', own)).toEqual({
      reasoningContent: { reasoningText: { text: 'Hm.' } },
    });
  });

  test('no tools are said by leaving them out, unless the conversation called some', () => {
    expect(write(haiku, { tools, tool_choice: { type: 'none' } })).toEqual({
      request: {
        messages: [{ role: 'user', content: [{ text: 'Hi' }] }],
        inferenceConfig: { maxTokens: 4096 },
      },
      dropped: [],
    });
  });

  test('tools that were called stand in by name where none are sent any more', () => {
    const called: Asked = {
      messages: [
        ...hi,
        { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'add', input: {} }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: '', is_error: true }] },
      ],
    };
    const { request } = write(haiku, called);
    expect(request.toolConfig).toEqual({
      tools: [{ toolSpec: { name: 'add', inputSchema: { json: { type: 'object', properties: {} } } } }],
    });
    expect(request.messages[2]?.content).toEqual([
      { toolResult: { toolUseId: 'a', content: [{ text: 'error' }], status: 'error' } },
    ]);
  });

  test('a prompt ARN brings its own settings', () => {
    const model = { id: 'arn:aws:bedrock:us-east-1:123456789012:prompt/ABC:1', facts: undefined };
    const request = {
      model: model.id,
      max_tokens: 100,
      messages: hi,
      bedrock: { prompt_variables: { name: 'Ann' } },
    };
    expect(toConverse(request, model)).toEqual({
      request: {
        messages: [{ role: 'user', content: [{ text: 'Hi' }] }],
        promptVariables: { name: { text: 'Ann' } },
      },
      dropped: ['max_tokens'],
    });
    expect(() => toConverse({ ...request, system: 'x' }, model)).toThrow(
      expect.objectContaining({ code: 'SB_UNSUPPORTED', field: 'request.system' }),
    );
  });
});

describe('which operation is called', () => {
  const wire = (id: string, asked: Asked, stream = true) =>
    converse.toWire(
      { model: id, max_tokens: 10, messages: hi, ...asked } as never,
      { id, facts: findModel(id) },
      stream,
    );

  test('ConverseStream, but Converse for tools to a model that refuses them while it streams', () => {
    expect(wire(llama, {})).toMatchObject({ api: 'converse', stream: true });
    expect(wire(llama, { tools })).toMatchObject({ api: 'converse', stream: false });
    expect(wire(haiku, { tools })).toMatchObject({ api: 'converse', stream: true });
    expect(wire(haiku, { tools }, false)).toMatchObject({ api: 'converse', stream: false });
    expect(wire('ai21.j2-mid-v1', {})).toMatchObject({ api: 'converse', stream: false });
  });
});
