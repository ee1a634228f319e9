import { StreambedError } from '@streambed/protocol';
import { expect, test } from 'vitest';
import { toRequest } from './to-request.ts';

const body = { model: 'claude-haiku', max_tokens: 10, messages: [{ role: 'user', content: 'Hi' }] };

function refusal(more: object): StreambedError {
  try {
    toRequest({ ...body, ...more }, undefined);
  } catch (thrown) {
    return thrown as StreambedError;
  }
  throw new Error('it was taken');
}

test('what Claude knows is passed on as it came, to the order of its keys', () => {
  const asked = {
    ...body,
    system: [{ text: 'Be kind', type: 'text', cache_control: { type: 'ephemeral' } }],
    tools: [{ name: 'a', input_schema: { type: 'object' }, eager_input_streaming: true }],
    metadata: { user_id: 'someone' },
    thinking: { type: 'adaptive', display: 'omitted' },
    a_field_of_tomorrow: { a: 1 },
  };
  const { request, stream, dropped } = toRequest(asked, undefined);
  expect(JSON.stringify(request)).toBe(JSON.stringify(asked));
  expect(stream).toBe(false);
  expect(dropped).toEqual([]);
});

test('stream is how it is answered, not a part of what is asked', () => {
  const { request, stream } = toRequest({ ...body, stream: true }, undefined);
  expect(stream).toBe(true);
  expect(request).toEqual(body);
});

test('null is a field left out', () => {
  expect(toRequest({ ...body, system: null, stop_sequences: null, stream: null }, undefined).request).toEqual(
    body,
  );
});

test('what only Anthropic serves is dropped by name where the answer does not depend on it', () => {
  const more = { service_tier: 'auto', mcp_servers: [], speed: 'standard', inference_geo: 'global' };
  const { request, dropped } = toRequest({ ...body, ...more }, undefined);
  expect(request).toEqual(body);
  expect(dropped).toEqual(['service_tier', 'mcp_servers', 'speed', 'inference_geo']);
});

test.each([
  ['mcp_servers', [{ type: 'url', url: 'https://example.com', name: 'a' }]],
  ['container', 'container_1'],
  ['thread', { type: 'create' }],
  ['fallbacks', [{ model: 'claude-opus-4-8' }]],
  ['speed', 'fast'],
  ['inference_geo', 'us'],
])('%s is refused where the answer would depend on it', (field, value) => {
  const error = refusal({ [field]: value });
  expect(error).toBeInstanceOf(StreambedError);
  expect(error).toMatchObject({ code: 'SB_UNSUPPORTED', field });
});

test('the older name of output_config.format is understood', () => {
  const format = { type: 'json_schema', schema: { type: 'object' } };
  expect(toRequest({ ...body, output_format: format }, undefined).request).toEqual({
    ...body,
    output_config: { format },
  });
  const both = { ...body, output_format: format, output_config: { effort: 'low' } };
  expect(toRequest(both, undefined).request.output_config).toEqual({ format, effort: 'low' });
});

test('betas of the header go into the body; those of the body pass unread', () => {
  const asked = { ...body, anthropic_beta: ['made-up-2030-01-01'] };
  const { request, dropped } = toRequest(asked, 'context-1m-2025-08-07,oauth-2025-04-20');
  expect(request.anthropic_beta).toEqual(['made-up-2030-01-01', 'context-1m-2025-08-07']);
  expect(dropped).toEqual(['anthropic-beta=oauth-2025-04-20']);
});

test.each([
  ['a body that is no object', [body], 'SB_BAD_REQUEST', undefined],
  ['no messages', { model: 'a' }, 'SB_BAD_REQUEST', 'messages'],
  ['a stream that is no boolean', { ...body, stream: 'yes' }, 'SB_BAD_REQUEST', 'stream'],
  [
    'a block without a type',
    { ...body, messages: [{ role: 'user', content: [{}] }] },
    'SB_BAD_REQUEST',
    /^messages/,
  ],
])('%s is refused', (_name, wrong, code, field) => {
  let error: unknown;
  try {
    toRequest(wrong, undefined);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toMatchObject({
    code,
    field: field instanceof RegExp ? expect.stringMatching(field) : field,
  });
});
