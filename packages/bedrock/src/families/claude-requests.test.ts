import { findModel, splitProfileId } from '@streambed/model-facts';
import { type MessagesRequest, messagesRequestSchema, parseWith } from '@streambed/protocol';
import { describe, expect, test } from 'vitest';
import { describeWithRecordings } from '../../../../test/support/recordings.ts';
import { claude } from './claude.ts';

const model = { id: 'anthropic.claude-haiku-4-5-20251001-v1:0', facts: undefined };
const hi = { role: 'user' as const, content: 'Hi' };

function write(request: Partial<MessagesRequest> & Record<string, unknown>) {
  const wire = claude.toWire(
    { model: model.id, max_tokens: 100, messages: [hi], ...request } as never,
    model,
    true,
  );
  return { body: JSON.parse(wire.body) as Record<string, unknown>, dropped: wire.dropped };
}

describeWithRecordings('recorded requests of Claude, read and written back', (recordings) => {
  const asked = recordings.filter(
    ({ name, request, fidelity }) =>
      /^(invoke|invokestream)-claude/.test(name) &&
      fidelity !== 'reported' &&
      // Old text completions are a dialect of their own.
      Array.isArray((request.body as { messages?: unknown }).messages),
  );

  test('there are many', () => expect(asked.length).toBeGreaterThan(15));

  test.each(asked.map((recording) => [recording.name, recording] as const))(
    '%s: the very same body',
    (_name, { request, modelId }) => {
      const id = splitProfileId(modelId ?? '').baseId;
      const read = parseWith(messagesRequestSchema, { model: id, ...(request.body as object) });
      const wire = claude.toWire(read as never, { id, facts: findModel(id) }, false);
      expect(JSON.parse(wire.body)).toEqual(request.body);
      expect(wire.dropped).toEqual([]);
    },
  );
});

describe('a conversation that comes from elsewhere', () => {
  const answered = (...content: unknown[]) => ({
    messages: [hi, { role: 'assistant', content }, hi] as never,
  });

  test("is Claude's own, and passes untouched", () => {
    const content = [
      { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' },
      { type: 'redacted_thinking', data: 'c2VhbGVk' },
      { type: 'text', text: 'x', citations: [{ type: 'char_location', cited_text: 'y' }], later: 1 },
      { type: 'server_tool_use', id: 'srvtoolu_1', name: 'tool_search_tool_regex', input: {} },
      { type: 'tool_search_tool_result', tool_use_id: 'srvtoolu_1', content: {} },
    ];
    const { body, dropped } = write(answered(...content));
    expect(body.messages).toEqual([hi, { role: 'assistant', content }, hi]);
    expect(dropped).toEqual([]);
  });

  test('begun with Claude by Converse: its thinking goes back without our mark', () => {
    const origin = { family: 'converse', model: 'anthropic.claude-sonnet-4-6' };
    const { body, dropped } = write(
      answered(
        { type: 'thinking', thinking: 'Hm.', signature: 'c2ln', bedrock: { origin } },
        { type: 'redacted_thinking', data: 'c2VhbGVk', bedrock: { origin } },
      ),
    );
    expect(body.messages).toEqual([
      hi,
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' },
          { type: 'redacted_thinking', data: 'c2VhbGVk' },
        ],
      },
      hi,
    ]);
    expect(dropped).toEqual([]);
  });

  test('begun with another model: what only that one knew is left out and named', () => {
    const origin = { family: 'converse', model: 'openai.gpt-oss-120b-1:0' };
    const { body, dropped } = write(
      answered(
        { type: 'thinking', thinking: 'Hm.', signature: '', bedrock: { origin } },
        { type: 'text', text: '\n' },
        { type: 'server_tool_use', id: 't1', name: 'nova_grounding', input: {} },
        { type: 'streambed:system_tool_result', tool_use_id: 't1', content: [] },
        { type: 'text', text: 'x', citations: [{ type: 'streambed:web_location', url: 'https://x' }] },
      ),
    );
    expect(body.messages).toEqual([hi, { role: 'assistant', content: [{ type: 'text', text: 'x' }] }, hi]);
    expect(dropped).toEqual(
      [0, 1, 2, 3]
        .map((n) => `messages[1].content[${n}]`)
        .concat('messages[1].content[4].citations')
        .sort(),
    );
  });

  test('with ids and results of other vendors', () => {
    const { body } = write({
      messages: [
        hi,
        {
          role: 'assistant',
          content: [{ type: 'tool_use', id: 'functions.add:0', name: 'add', input: {}, partial_json: '{"a' }],
        },
        {
          role: 'user',
          content: [
            {
              type: 'tool_result',
              tool_use_id: 'functions.add:0',
              content: [{ type: 'streambed:json', json: { sum: 3 } }],
            },
          ],
        },
      ],
    });
    const [, call, result] = body.messages as { content: Record<string, unknown>[] }[];
    expect(call?.content[0]).toEqual({
      type: 'tool_use',
      id: expect.stringMatching(/^functions_add_0_[0-9a-f]{10}$/),
      name: 'add',
      input: {},
    });
    expect(result?.content[0]?.tool_use_id).toBe(call?.content[0]?.id);
    expect(result?.content[0]?.content).toEqual([{ type: 'text', text: '{"sum":3}' }]);
  });

  test('with cache points that stand alone', () => {
    const { body } = write({
      system: [
        { type: 'text', text: 'x' },
        { type: 'streambed:cache_point', ttl: '1h' },
      ],
    });
    expect(body.system).toEqual([
      { type: 'text', text: 'x', cache_control: { type: 'ephemeral', ttl: '1h' } },
    ]);
  });

  test('with a schema that has a name', () => {
    const format = { type: 'json_schema', schema: { type: 'object' } };
    const { body, dropped } = write({
      output_config: { effort: 'low', format: { ...format, name: 'City' } },
    });
    expect(body.output_config).toEqual({ effort: 'low', format });
    expect(dropped).toEqual(['output_config.format.name']);
  });

  test.each([
    [
      'video',
      [{ type: 'streambed:video', source: { type: 'base64', media_type: 'video/mp4', data: 'aa' } }],
      'messages[0].content[0]',
    ],
    [
      'what a guardrail shall look at',
      [{ type: 'streambed:guard_content', text: 'x' }],
      'messages[0].content[0]',
    ],
    [
      'an image in S3',
      [{ type: 'image', source: { type: 'streambed:s3', uri: 's3://a/b', media_type: 'image/png' } }],
      'messages[0].content[0].source',
    ],
  ])('is refused by name: %s', (_what, content, field) => {
    expect(() => write({ messages: [{ role: 'user', content }] })).toThrow(
      expect.objectContaining({ code: 'SB_UNSUPPORTED', field: `request.${field}` }),
    );
  });
});
