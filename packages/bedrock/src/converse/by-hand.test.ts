import { findModel } from '@streambed/model-facts';
import { type MessagesRequest, messagesRequestSchema, parseWith } from '@streambed/protocol';
import { describe, expect, test } from 'vitest';
import { toConverse } from './to-converse.ts';
import type { ConverseRequest } from './types.ts';

/**
 * Requests written by hand, and the bodies that AWS's documentation says they are, written by hand too. Between them
 * they hold every feature of the Messages format that Converse has.
 */
interface Case {
  readonly what: string;
  readonly model: string;
  readonly request: Omit<MessagesRequest, 'model'>;
  readonly body: ConverseRequest;
  readonly dropped?: readonly string[];
}

const png = 'iVBORw0KGgo=';
const pdf = 'JVBERi0xLjMK';
const haiku = 'anthropic.claude-haiku-4-5-20251001-v1:0';

const cases: readonly Case[] = [
  {
    what: 'a plain question with everything that tunes an answer',
    model: haiku,
    request: {
      max_tokens: 512,
      system: 'Answer in one line.',
      messages: [{ role: 'user', content: 'What is the capital of France?' }],
      temperature: 0.2,
      top_p: 0.9,
      top_k: 40,
      stop_sequences: ['\n\n', 'END'],
      metadata: { user_id: 'u-1' },
    },
    body: {
      messages: [{ role: 'user', content: [{ text: 'What is the capital of France?' }] }],
      system: [{ text: 'Answer in one line.' }],
      inferenceConfig: { maxTokens: 512, temperature: 0.2, stopSequences: ['\n\n', 'END'] },
      additionalModelRequestFields: { top_k: 40 },
    },
    // This Claude refuses the two together.
    dropped: ['top_p', 'metadata'],
  },
  {
    what: 'a conversation with tools, parallel calls, an error and a forced choice',
    model: haiku,
    request: {
      max_tokens: 1024,
      tools: [
        {
          name: 'get_weather',
          description: 'The weather of a city.',
          input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
        },
        { name: 'get_time', input_schema: { type: 'object', properties: {} }, strict: true },
      ],
      tool_choice: { type: 'tool', name: 'get_weather' },
      messages: [
        { role: 'user', content: 'Weather and time in Paris?' },
        {
          role: 'assistant',
          content: [
            { type: 'text', text: 'I look.' },
            { type: 'tool_use', id: 'toolu_bdrk_01', name: 'get_weather', input: { city: 'Paris' } },
            { type: 'tool_use', id: 'toolu_bdrk_02', name: 'get_time', input: {} },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'And in Rome?' },
            { type: 'tool_result', tool_use_id: 'toolu_bdrk_01', content: '18 °C' },
            {
              type: 'tool_result',
              tool_use_id: 'toolu_bdrk_02',
              content: [{ type: 'text', text: 'clock is broken' }],
              is_error: true,
            },
          ],
        },
      ],
    },
    body: {
      messages: [
        { role: 'user', content: [{ text: 'Weather and time in Paris?' }] },
        {
          role: 'assistant',
          content: [
            { text: 'I look.' },
            { toolUse: { toolUseId: 'toolu_bdrk_01', name: 'get_weather', input: { city: 'Paris' } } },
            { toolUse: { toolUseId: 'toolu_bdrk_02', name: 'get_time', input: {} } },
          ],
        },
        {
          role: 'user',
          content: [
            { toolResult: { toolUseId: 'toolu_bdrk_01', content: [{ text: '18 °C' }] } },
            {
              toolResult: {
                toolUseId: 'toolu_bdrk_02',
                content: [{ text: 'clock is broken' }],
                status: 'error',
              },
            },
            { text: 'And in Rome?' },
          ],
        },
      ],
      inferenceConfig: { maxTokens: 1024 },
      toolConfig: {
        tools: [
          {
            toolSpec: {
              name: 'get_weather',
              description: 'The weather of a city.',
              inputSchema: {
                json: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
              },
            },
          },
          {
            toolSpec: {
              name: 'get_time',
              inputSchema: { json: { type: 'object', properties: {} } },
              strict: true,
            },
          },
        ],
        toolChoice: { tool: { name: 'get_weather' } },
      },
    },
  },
  {
    what: 'images, documents of every source, a search result, and citations',
    model: haiku,
    request: {
      max_tokens: 1024,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } },
            {
              type: 'document',
              title: 'Report: 2026/Q3',
              context: 'From the board.',
              citations: { enabled: true },
              source: { type: 'base64', media_type: 'application/pdf', data: pdf },
            },
            { type: 'document', title: 'Report: 2026/Q3', source: { type: 'text', data: 'Sales rose.' } },
            {
              type: 'document',
              source: {
                type: 'content',
                content: [
                  { type: 'text', text: 'First.' },
                  { type: 'text', text: 'Second.' },
                ],
              },
            },
            {
              type: 'search_result',
              source: 'https://example.org/a',
              title: 'A page',
              content: [{ type: 'text', text: 'Found.' }],
              citations: { enabled: true },
            },
            { type: 'text', text: 'Sum this up.' },
          ],
        },
      ],
    },
    body: {
      messages: [
        {
          role: 'user',
          content: [
            { image: { format: 'png', source: { bytes: png } } },
            {
              document: {
                format: 'pdf',
                name: 'Report- 2026-Q3',
                source: { bytes: pdf },
                context: 'From the board.',
                citations: { enabled: true },
              },
            },
            { document: { format: 'txt', name: 'Report- 2026-Q3 (2)', source: { text: 'Sales rose.' } } },
            {
              document: {
                format: 'txt',
                name: 'document',
                source: { content: [{ text: 'First.' }, { text: 'Second.' }] },
              },
            },
            {
              searchResult: {
                source: 'https://example.org/a',
                title: 'A page',
                content: [{ text: 'Found.' }],
                citations: { enabled: true },
              },
            },
            { text: 'Sum this up.' },
          ],
        },
      ],
      inferenceConfig: { maxTokens: 1024 },
    },
  },
  {
    what: 'prompt caching of tools, system and messages, the longer lifetime first',
    model: haiku,
    request: {
      max_tokens: 256,
      tools: [
        {
          name: 'lookup',
          input_schema: { type: 'object' },
          cache_control: { type: 'ephemeral', ttl: '1h' },
        },
      ],
      system: [
        { type: 'text', text: 'Long rules.', cache_control: { type: 'ephemeral', ttl: '1h' } },
        { type: 'text', text: 'Today is Monday.' },
      ],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'A long text.', cache_control: { type: 'ephemeral' } },
            { type: 'text', text: 'What of it?' },
          ],
        },
      ],
    },
    body: {
      messages: [
        {
          role: 'user',
          content: [{ text: 'A long text.' }, { cachePoint: { type: 'default' } }, { text: 'What of it?' }],
        },
      ],
      system: [
        { text: 'Long rules.' },
        { cachePoint: { type: 'default', ttl: '1h' } },
        { text: 'Today is Monday.' },
      ],
      inferenceConfig: { maxTokens: 256 },
      toolConfig: {
        tools: [
          { toolSpec: { name: 'lookup', inputSchema: { json: { type: 'object' } } } },
          { cachePoint: { type: 'default', ttl: '1h' } },
        ],
      },
    },
  },
  {
    what: 'thinking with a budget, sent back signed and sealed, beside a tool and a beta',
    model: haiku,
    request: {
      max_tokens: 4096,
      thinking: { type: 'enabled', budget_tokens: 2048 },
      anthropic_beta: ['interleaved-thinking-2025-05-14'],
      tools: [{ name: 'add', input_schema: { type: 'object' } }],
      messages: [
        { role: 'user', content: 'Add 1 and 2.' },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'I add.', signature: 'c2ln' },
            { type: 'redacted_thinking', data: 'c2VhbGVk' },
            { type: 'tool_use', id: 't.1:0', name: 'add', input: { a: 1, b: 2 } },
          ],
        },
        {
          role: 'user',
          content: [
            {
              type: 'tool_result',
              tool_use_id: 't.1:0',
              content: [{ type: 'streambed:json', json: { sum: 3 } }],
              is_error: false,
            },
          ],
        },
      ],
    },
    body: {
      messages: [
        { role: 'user', content: [{ text: 'Add 1 and 2.' }] },
        {
          role: 'assistant',
          content: [
            { reasoningContent: { reasoningText: { text: 'I add.', signature: 'c2ln' } } },
            // A blob in base64, whose content is Claude's own text.
            { reasoningContent: { redactedContent: 'YzJWaGJHVms=' } },
            { toolUse: { toolUseId: 't.1:0', name: 'add', input: { a: 1, b: 2 } } },
          ],
        },
        {
          role: 'user',
          content: [
            { toolResult: { toolUseId: 't.1:0', content: [{ json: { sum: 3 } }], status: 'success' } },
          ],
        },
      ],
      inferenceConfig: { maxTokens: 4096 },
      toolConfig: { tools: [{ toolSpec: { name: 'add', inputSchema: { json: { type: 'object' } } } }] },
      additionalModelRequestFields: {
        thinking: { type: 'enabled', budget_tokens: 2048 },
        anthropic_beta: ['interleaved-thinking-2025-05-14'],
      },
    },
  },
  {
    what: 'adaptive thinking with effort, and an answer held to a schema',
    model: 'anthropic.claude-sonnet-4-6',
    request: {
      max_tokens: 2048,
      thinking: { type: 'adaptive', display: 'summarized' },
      output_config: {
        effort: 'high',
        format: {
          type: 'json_schema',
          name: 'City',
          description: 'A city.',
          schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
        },
      },
      messages: [{ role: 'user', content: 'Where is the Eiffel Tower?' }],
    },
    body: {
      messages: [{ role: 'user', content: [{ text: 'Where is the Eiffel Tower?' }] }],
      inferenceConfig: { maxTokens: 2048 },
      additionalModelRequestFields: {
        thinking: { type: 'adaptive', display: 'summarized' },
        output_config: { effort: 'high' },
      },
      outputConfig: {
        textFormat: {
          type: 'json_schema',
          structure: {
            jsonSchema: {
              schema: '{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}',
              name: 'City',
              description: 'A city.',
            },
          },
        },
      },
    },
  },
  {
    what: 'everything of Bedrock: guardrail, latency, tier, metadata, own fields, paths',
    model: 'amazon.nova-pro-v1:0',
    request: {
      max_tokens: 300,
      top_k: 10,
      system: [
        { type: 'text', text: 'Be kind.' },
        { type: 'streambed:guard_content', text: 'Never lie.', qualifiers: ['guard_content'] },
      ],
      messages: [
        {
          role: 'user',
          content: [
            {
              type: 'streambed:guard_content',
              text: 'Tokyo is the capital of Japan.',
              qualifiers: ['grounding_source'],
            },
            { type: 'streambed:guard_content', text: 'What is the capital?', qualifiers: ['query'] },
            {
              type: 'streambed:guard_content',
              source: { type: 'base64', media_type: 'image/jpeg', data: png },
            },
          ],
        },
      ],
      bedrock: {
        guardrail: { id: 'gr-1', version: '3', trace: 'enabled', stream_processing_mode: 'async' },
        latency: 'optimized',
        service_tier: 'priority',
        request_metadata: { team: 'search' },
        additional_request_fields: { inferenceConfig: { other: 1 } },
        additional_response_field_paths: ['/stop_sequence'],
      },
    },
    body: {
      messages: [
        {
          role: 'user',
          content: [
            {
              guardContent: {
                text: { text: 'Tokyo is the capital of Japan.', qualifiers: ['grounding_source'] },
              },
            },
            { guardContent: { text: { text: 'What is the capital?', qualifiers: ['query'] } } },
            { guardContent: { image: { format: 'jpeg', source: { bytes: png } } } },
          ],
        },
      ],
      system: [
        { text: 'Be kind.' },
        { guardContent: { text: { text: 'Never lie.', qualifiers: ['guard_content'] } } },
      ],
      inferenceConfig: { maxTokens: 300 },
      additionalModelRequestFields: { inferenceConfig: { topK: 10, other: 1 } },
      additionalModelResponseFieldPaths: ['/stop_sequence'],
      guardrailConfig: {
        guardrailIdentifier: 'gr-1',
        guardrailVersion: '3',
        trace: 'enabled',
        streamProcessingMode: 'async',
      },
      performanceConfig: { latency: 'optimized' },
      serviceTier: { type: 'priority' },
      requestMetadata: { team: 'search', streambed_generation: 'gen_1' },
    },
  },
  {
    what: 'video and images from S3, a system tool and its results, thinking of Nova 2',
    model: 'amazon.nova-2-lite-v1:0',
    request: {
      max_tokens: 800,
      thinking: { type: 'adaptive' },
      output_config: { effort: 'low' },
      tools: [{ type: 'streambed:system_tool', name: 'nova_code_interpreter' }],
      tool_choice: { type: 'auto' },
      messages: [
        {
          role: 'user',
          content: [
            {
              type: 'streambed:video',
              source: {
                type: 'streambed:s3',
                uri: 's3://films/a.mp4',
                bucket_owner: '123456789012',
                media_type: 'video/mp4',
              },
            },
            {
              type: 'image',
              source: { type: 'streambed:s3', uri: 's3://films/a.gif', media_type: 'image/gif' },
            },
            { type: 'text', text: 'How many frames has it?' },
          ],
        },
        {
          role: 'assistant',
          content: [
            {
              type: 'server_tool_use',
              id: 'tooluse_1',
              name: 'nova_code_interpreter',
              input: { snippet: '24 * 60' },
            },
            {
              type: 'streambed:system_tool_result',
              tool_use_id: 'tooluse_1',
              name: 'nova_code_interpreter_result',
              content: [{ type: 'streambed:json', json: { stdOut: '1440' } }],
              is_error: false,
            },
            { type: 'text', text: '1440.' },
          ],
        },
        { role: 'user', content: 'Thanks.' },
      ],
    },
    body: {
      messages: [
        {
          role: 'user',
          content: [
            {
              video: {
                format: 'mp4',
                source: { s3Location: { uri: 's3://films/a.mp4', bucketOwner: '123456789012' } },
              },
            },
            { image: { format: 'gif', source: { s3Location: { uri: 's3://films/a.gif' } } } },
            { text: 'How many frames has it?' },
          ],
        },
        {
          role: 'assistant',
          content: [
            {
              toolUse: {
                toolUseId: 'tooluse_1',
                name: 'nova_code_interpreter',
                input: { snippet: '24 * 60' },
                type: 'server_tool_use',
              },
            },
            {
              toolResult: {
                toolUseId: 'tooluse_1',
                content: [{ json: { stdOut: '1440' } }],
                type: 'nova_code_interpreter_result',
                status: 'success',
              },
            },
            { text: '1440.' },
          ],
        },
        { role: 'user', content: [{ text: 'Thanks.' }] },
      ],
      inferenceConfig: { maxTokens: 800 },
      toolConfig: {
        tools: [{ systemTool: { name: 'nova_code_interpreter' } }],
        toolChoice: { auto: {} },
      },
      additionalModelRequestFields: {
        reasoningConfig: { type: 'enabled', maxReasoningEffort: 'low' },
      },
    },
  },
  {
    what: 'a conversation begun with Claude, gone on with Llama 4: alone in their turns, tools by name',
    model: 'meta.llama4-maverick-17b-instruct-v1:0',
    request: {
      max_tokens: 400,
      tool_choice: { type: 'none' },
      tools: [{ name: 'files.read', input_schema: { type: 'object', properties: { path: {} } } }],
      messages: [
        {
          role: 'user',
          content: [{ type: 'text', text: 'Read a.txt.', cache_control: { type: 'ephemeral' } }],
        },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'I must read it.', signature: 'c2ln' },
            { type: 'text', text: 'Reading.' },
            { type: 'tool_use', id: 'call|1', name: 'files.read', input: { path: 'a.txt' } },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'call|1', content: 'Hello.' },
            { type: 'text', text: 'What does it say?' },
          ],
        },
      ],
    },
    body: {
      messages: [
        { role: 'user', content: [{ text: 'Read a.txt.' }] },
        { role: 'assistant', content: [{ text: 'Reading.' }] },
        { role: 'user', content: [{ text: '.' }] },
        {
          role: 'assistant',
          content: [
            {
              toolUse: {
                toolUseId: 'call_1_c26e9779d7',
                name: 'files_read_601e4eb608',
                input: { path: 'a.txt' },
              },
            },
          ],
        },
        {
          role: 'user',
          content: [{ toolResult: { toolUseId: 'call_1_c26e9779d7', content: [{ text: 'Hello.' }] } }],
        },
        { role: 'assistant', content: [{ text: '.' }] },
        { role: 'user', content: [{ text: 'What does it say?' }] },
      ],
      inferenceConfig: { maxTokens: 400 },
      toolConfig: {
        tools: [
          {
            toolSpec: {
              name: 'files_read_601e4eb608',
              inputSchema: { json: { type: 'object', properties: { path: {} } } },
            },
          },
        ],
      },
    },
    dropped: ['messages[0].content[0].cache_control', 'messages[1].content[0]', 'tool_choice'],
  },
  {
    what: 'blank and broken-up turns, an answer with citations, gpt-oss told how hard to think',
    model: 'openai.gpt-oss-120b-1:0',
    request: {
      max_tokens: 100,
      thinking: { type: 'enabled', budget_tokens: 20_000 },
      system: '  ',
      messages: [
        { role: 'user', content: 'One.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: '' },
            { type: 'text', text: 'Two.' },
          ],
        },
        { role: 'assistant', content: '\n' },
        { role: 'user', content: 'Three.' },
        {
          role: 'assistant',
          content: [
            {
              type: 'text',
              text: 'Four.',
              citations: [
                { type: 'streambed:web_location', url: 'https://example.org', domain: 'example.org' },
              ],
            },
          ],
        },
        { role: 'user', content: 'Five.' },
      ],
    },
    body: {
      messages: [
        { role: 'user', content: [{ text: 'One.' }, { text: 'Two.' }, { text: 'Three.' }] },
        { role: 'assistant', content: [{ text: 'Four.' }] },
        { role: 'user', content: [{ text: 'Five.' }] },
      ],
      inferenceConfig: { maxTokens: 100 },
      additionalModelRequestFields: { reasoning_effort: 'high' },
    },
    dropped: [
      'system',
      'messages[1].content[0]',
      'messages[2].content',
      'messages[4].content[0].citations',
      'thinking.budget_tokens',
    ],
  },
];

describe('requests written by hand', () => {
  test.each(cases)('$what', ({ model, request, body, dropped = [], what }) => {
    const parsed = parseWith(messagesRequestSchema, { model, ...request });
    expect(parsed).toEqual({ model, ...request });
    const facts = findModel(model);
    expect(facts, `${model} is in the catalogue`).toBeDefined();
    const metadata = what.startsWith('everything') ? { streambed_generation: 'gen_1' } : {};
    const call = toConverse(
      { ...request, model, max_tokens: request.max_tokens ?? 0 },
      { id: model, facts },
      metadata,
    );
    expect(call.request).toEqual(body);
    expect(call.dropped).toEqual(dropped);
  });
});
