import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contentBlockSchema, messagesRequestSchema } from './message.ts';
import { parseWith } from './parse.ts';

const base64 = { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' };
const origin = { origin: { family: 'converse', model: 'openai.gpt-oss-120b-1:0' } };

describe('content blocks', () => {
  test.each([
    { type: 'text', text: 'Hi', cache_control: { type: 'ephemeral', ttl: '1h' } },
    {
      type: 'text',
      text: 'Hi',
      citations: [
        {
          type: 'char_location',
          cited_text: 'x',
          document_index: 0,
          document_title: null,
          start_char_index: 0,
          end_char_index: 1,
        },
        {
          type: 'page_location',
          cited_text: 'x',
          document_index: 0,
          start_page_number: 1,
          end_page_number: 2,
        },
        {
          type: 'content_block_location',
          cited_text: 'x',
          document_index: 0,
          start_block_index: 0,
          end_block_index: 1,
        },
        {
          type: 'search_result_location',
          cited_text: 'x',
          source: 's',
          title: 't',
          search_result_index: 0,
          start_block_index: 0,
          end_block_index: 1,
        },
        {
          type: 'web_search_result_location',
          cited_text: 'x',
          url: 'https://x',
          title: 't',
          encrypted_index: 'e',
        },
        { type: 'streambed:web_location', url: 'https://x', domain: 'x' },
        { type: 'moon_location', crater: 1 },
      ],
    },
    { type: 'image', source: base64 },
    { type: 'image', source: { type: 'url', url: 'https://x' } },
    { type: 'image', source: { type: 'streambed:s3', uri: 's3://a/b', media_type: 'image/png' } },
    {
      type: 'document',
      source: { type: 'text', media_type: 'text/plain', data: 'x' },
      title: 't',
      context: 'c',
      citations: { enabled: true },
    },
    { type: 'document', source: { type: 'content', content: [{ type: 'text', text: 'x' }] }, title: null },
    {
      type: 'search_result',
      source: 's',
      title: 't',
      content: [{ type: 'text', text: 'x' }],
      citations: { enabled: true },
    },
    { type: 'thinking', thinking: 'x', signature: 'c2ln' },
    { type: 'thinking', thinking: 'x', bedrock: origin },
    { type: 'redacted_thinking', data: 'x' },
    { type: 'tool_use', id: 't', name: 'n', input: { a: 1 } },
    { type: 'tool_result', tool_use_id: 't', content: 'x', is_error: true },
    {
      type: 'tool_result',
      tool_use_id: 't',
      content: [
        { type: 'image', source: base64 },
        { type: 'streambed:json', json: [1] },
      ],
    },
    { type: 'server_tool_use', id: 's', name: 'web_search', input: {} },
    {
      type: 'web_search_tool_result',
      tool_use_id: 's',
      content: [{ type: 'web_search_result', encrypted_content: 'e' }],
    },
    {
      type: 'streambed:system_tool_result',
      tool_use_id: 's',
      name: 'nova_grounding_result',
      content: [{ type: 'text', text: 'x' }],
    },
    { type: 'streambed:guard_content', text: 'x', qualifiers: ['query'] },
    { type: 'streambed:guard_content', source: base64 },
    { type: 'streambed:video', source: { ...base64, media_type: 'video/mp4' } },
    { type: 'streambed:audio', source: { ...base64, media_type: 'audio/mpeg' } },
    { type: 'streambed:cache_point', ttl: '5m' },
    { type: 'streambed:converse', block: { hologram: {} } },
    { type: 'hologram', dots: [{ x: 1 }] },
    { type: 'constructor' },
  ])('come back as they are: %j', (block) => {
    const later = { ...block, later: { a: [1] } };
    expect(parseWith(contentBlockSchema, later)).toEqual(later);
  });

  test.each([
    [{}, 'type'],
    [{ type: 'text' }, 'text'],
    [{ type: 'text', text: 'x', cache_control: { type: 'ephemeral', ttl: '1d' } }, 'cache_control.ttl'],
    [
      { type: 'text', text: 'x', citations: [{ type: 'char_location', cited_text: 'x' }] },
      'citations[0].document_index',
    ],
    [{ type: 'image', source: { type: 'base64', data: 'x' } }, 'source.media_type'],
    [{ type: 'image' }, 'source'],
    [{ type: 'tool_use', id: 't' }, 'name'],
    [{ type: 'tool_result' }, 'tool_use_id'],
    [{ type: 'streambed:guard_content' }, ''],
    [{ type: 'streambed:guard_content', text: 'x', source: base64 }, ''],
  ])('are refused by the field at fault: %j', (block, field) => {
    expect(() => parseWith(contentBlockSchema, block)).toThrow(expect.objectContaining({ field }));
  });
});

describe('a request', () => {
  const messages = [{ role: 'user', content: 'Hi' }];
  const request = {
    model: 'm',
    max_tokens: 10,
    messages,
    system: [
      { type: 'text', text: 'x' },
      { type: 'streambed:guard_content', text: 'y' },
    ],
    temperature: 0.5,
    tools: [
      { name: 'n', description: 'd', input_schema: { type: 'object' }, strict: true },
      { type: 'bash_20250124', name: 'bash' },
      { type: 'streambed:system_tool', name: 'nova_grounding' },
    ],
    tool_choice: { type: 'tool', name: 'n', disable_parallel_tool_use: true },
    thinking: { type: 'enabled', budget_tokens: 2000, display: 'summarized' },
    output_config: { effort: 'high', format: { type: 'json_schema', schema: { type: 'object' }, name: 'x' } },
    bedrock: {
      api: 'converse',
      guardrail: { id: 'g', version: 'DRAFT', trace: 'enabled_full', stream_processing_mode: 'async' },
      latency: 'optimized',
      service_tier: 'flex',
      request_metadata: { a: 'b' },
      prompt_variables: { a: 'b' },
      additional_request_fields: { a: 1 },
      additional_response_field_paths: ['/stop_sequence'],
    },
    later: { a: 1 },
  };

  test('comes back as it is, whatever it holds', () => {
    expect(parseWith(messagesRequestSchema, request)).toEqual(request);
  });

  test.each([
    [{ messages: undefined }, 'messages'],
    [{ max_tokens: 0 }, 'max_tokens'],
    [{ system: [{ type: 'image' }] }, 'system[0]'],
    [{ tools: [{ type: 'custom' }] }, 'tools[0].name'],
    [{ tool_choice: { type: 'tool' } }, 'tool_choice.name'],
    [{ thinking: {} }, 'thinking.type'],
    [{ thinking: { type: 'enabled', budget_tokens: 0.5 } }, 'thinking.budget_tokens'],
    [{ output_config: { format: { type: 'json_schema' } } }, 'output_config.format.schema'],
    [{ bedrock: { guardrail: { id: 'g' } } }, 'bedrock.guardrail.version'],
    [{ bedrock: { request_metadata: { a: 1 } } }, 'bedrock.request_metadata.a'],
    [
      { bedrock: { additional_response_field_paths: Array(11).fill('/a') } },
      'bedrock.additional_response_field_paths',
    ],
  ])('is refused by the field at fault: %j', (change, field) => {
    expect(() => parseWith(messagesRequestSchema, { ...request, ...change })).toThrow(
      expect.objectContaining({ code: 'SB_BAD_REQUEST', field }),
    );
  });

  test('loses nothing of what it does not know', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), (value, name) => {
        const unknown = { [`x_${name}`]: value };
        const given = JSON.parse(
          JSON.stringify({
            ...request,
            ...unknown,
            messages: [{ role: 'user', content: [{ type: 'x_block', ...unknown }], ...unknown }],
            bedrock: { ...request.bedrock, ...unknown },
          }),
        ) as unknown;
        expect(parseWith(messagesRequestSchema, given)).toEqual(given);
      }),
    );
  });
});
