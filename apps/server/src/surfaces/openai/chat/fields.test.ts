import { parseWith } from '@streambed/protocol';
import type { ChatCompletionCreateParams } from 'openai/resources/chat/completions';
import { describe, expect, it } from 'vitest';
import { chatRequestSchema } from './chat-request.ts';
import { fieldRules } from './fields.ts';
import { toMessages } from './to-messages.ts';

const tools = ['a', 'b'].map((name) => ({
  type: 'function',
  function: { name, parameters: { type: 'object' } },
}));

function translate(body: object) {
  const messages = [{ role: 'user', content: 'Hello' }];
  return toMessages(parseWith(chatRequestSchema, { model: 'claude', messages, ...body }));
}

describe('the rules of fields', () => {
  it.each<[string, object, string, string]>([
    ['two answers', { n: 2 }, 'n', 'SB_UNSUPPORTED'],
    ['probabilities', { logprobs: true }, 'logprobs', 'SB_UNSUPPORTED'],
    ['probabilities of others', { top_logprobs: 3 }, 'top_logprobs', 'SB_UNSUPPORTED'],
    ['biases', { logit_bias: { 50256: -100 } }, 'logit_bias', 'SB_UNSUPPORTED'],
    ['speech', { modalities: ['text', 'audio'] }, 'modalities', 'SB_UNSUPPORTED'],
    ['the functions of old', { functions: [{ name: 'f' }] }, 'functions', 'SB_UNSUPPORTED'],
    ['a search', { web_search_options: {} }, 'web_search_options', 'SB_UNSUPPORTED'],
    ['a temperature of 3', { temperature: 3 }, 'temperature', 'SB_BAD_REQUEST'],
    ['no message', { messages: [] }, 'messages', 'SB_BAD_REQUEST'],
    ['a prompt for nobody', { messages: [{ role: 'system', content: 'Hi' }] }, 'messages', 'SB_BAD_REQUEST'],
    [
      'a message of nobody',
      { messages: [{ role: 'function', content: '' }] },
      'messages[0].role',
      'SB_BAD_REQUEST',
    ],
    [
      'an unknown part',
      { messages: [{ role: 'user', content: [{ type: 'hologram' }] }] },
      'messages[0].content[0].type',
      'SB_BAD_REQUEST',
    ],
    [
      'an image elsewhere',
      {
        messages: [
          { role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }] },
        ],
      },
      'messages[0].content[0].image_url.url',
      'SB_UNSUPPORTED',
    ],
    [
      'a file kept elsewhere',
      { messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: 'file-1' } }] }] },
      'messages[0].content[0].file',
      'SB_UNSUPPORTED',
    ],
    [
      'arguments that are no object',
      {
        messages: [
          {
            role: 'assistant',
            tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '[1]' } }],
          },
        ],
      },
      'messages[0].tool_calls[0].function.arguments',
      'SB_BAD_REQUEST',
    ],
    [
      'tools that are not functions',
      { tools: [{ type: 'custom', custom: { name: 'c' } }] },
      'tools[0].type',
      'SB_BAD_REQUEST',
    ],
    [
      'a choice of what is not there',
      {
        tools,
        tool_choice: {
          type: 'allowed_tools',
          allowed_tools: { mode: 'auto', tools: [{ type: 'function', function: { name: 'z' } }] },
        },
      },
      'tool_choice.allowed_tools.tools',
      'SB_BAD_REQUEST',
    ],
    [
      'a guardrail without a version',
      { bedrock: { guardrail: { id: 'g' } } },
      'bedrock.guardrail.version',
      'SB_BAD_REQUEST',
    ],
  ])('refuses %s by the field’s name', (_what, body, field, code) => {
    expect(() => translate(body)).toThrow(expect.objectContaining({ field, code }));
  });

  it('drops what changes nothing, and what it has never heard of, by name', () => {
    const { dropped } = translate({
      frequency_penalty: 0.5,
      presence_penalty: 0,
      seed: 7,
      store: true,
      metadata: { a: 'b' },
      verbosity: 'low',
      prompt_cache_key: 'k',
      service_tier: 'scale',
      chat_template_kwargs: {},
      constructor: 1,
      temperature: null,
    });
    expect(dropped.toSorted()).toEqual(
      [
        'frequency_penalty',
        'seed',
        'store',
        'metadata',
        'verbosity',
        'prompt_cache_key',
        'service_tier',
        'chat_template_kwargs',
        'constructor',
      ].toSorted(),
    );
  });

  it('says nothing of values that ask for nothing', () => {
    const body = {
      n: 1,
      logprobs: false,
      top_logprobs: 0,
      logit_bias: {},
      modalities: ['text'],
      store: false,
    };
    expect(
      translate({ ...body, frequency_penalty: 0, service_tier: 'auto', verbosity: 'medium' }),
    ).toMatchObject({
      dropped: [],
    });
  });

  it('knows every field of the official client', () => {
    // A field that a newer client has is a type error here.
    const fields: Record<Exclude<keyof ChatCompletionCreateParams, never>, true> = {
      messages: true,
      model: true,
      audio: true,
      frequency_penalty: true,
      function_call: true,
      functions: true,
      logit_bias: true,
      logprobs: true,
      max_completion_tokens: true,
      max_tokens: true,
      metadata: true,
      modalities: true,
      moderation: true,
      n: true,
      parallel_tool_calls: true,
      prediction: true,
      presence_penalty: true,
      prompt_cache_key: true,
      prompt_cache_options: true,
      prompt_cache_retention: true,
      reasoning_effort: true,
      response_format: true,
      safety_identifier: true,
      seed: true,
      service_tier: true,
      stop: true,
      store: true,
      stream: true,
      stream_options: true,
      temperature: true,
      tool_choice: true,
      tools: true,
      top_logprobs: true,
      top_p: true,
      user: true,
      verbosity: true,
      web_search_options: true,
    };
    const known = new Set([...Object.keys(chatRequestSchema.shape), ...Object.keys(fieldRules)]);
    expect(Object.keys(fields).filter((field) => !known.has(field))).toEqual([]);
  });
});
