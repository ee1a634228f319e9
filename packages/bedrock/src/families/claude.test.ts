import { findModel } from '@streambed/model-facts';
import { emptyMessage, fold, type MessagesRequest } from '@streambed/protocol';
import { describe, expect, it } from 'vitest';
import { claudeEvents } from '../../../../test/support/frames.ts';
import { readAll } from '../../test/read-all.ts';
import { claude } from './claude.ts';
import type { FamilyModel, WireEvent } from './family.ts';

const model = (id: string): FamilyModel => ({ id, facts: findModel(id) });
const haiku = model('anthropic.claude-haiku-4-5-20251001-v1:0');
const sonnet5 = model('anthropic.claude-sonnet-5');
const asked = { request: { model: 'anthropic', messages: [] }, messageId: 'msg_test' };

function bodyOf(request: object, to = haiku): unknown {
  return JSON.parse(claude.toWire({ max_tokens: 5, messages: [], ...request } as never, to, true).body);
}

function chunk(native: unknown, text = JSON.stringify(native)): WireEvent {
  const payload = { bytes: Buffer.from(text).toString('base64'), p: 'abc' };
  return { type: 'chunk', payload: Buffer.from(JSON.stringify(payload)) };
}

describe("Claude's request", () => {
  it('is what the caller sent, without model and stream, with the version', () => {
    const request: Partial<MessagesRequest> & Record<string, unknown> = {
      model: 'anthropic',
      stream: true,
      max_tokens: 9,
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'Hi', cache_control: { type: 'ephemeral' } }] },
      ],
      system: 'Be brief.',
      temperature: 0.5,
      top_k: 40,
      stop_sequences: ['x'],
      tools: [{ name: 'f', input_schema: { type: 'object' } }],
      anthropic_beta: ['context-1m-2025-08-07'],
      something_new: { kept: true },
      bedrock: {},
    };
    const { model: _model, stream: _stream, bedrock: _bedrock, ...rest } = request;
    expect(bodyOf(request)).toEqual({ anthropic_version: 'bedrock-2023-05-31', ...rest });
  });

  it('keeps the version that the caller names', () => {
    expect(bodyOf({ anthropic_version: 'bedrock-2099-01-01' })).toMatchObject({
      anthropic_version: 'bedrock-2099-01-01',
    });
  });

  it('says what only Bedrock has in headers, and refuses what only Converse has', () => {
    const bedrock = {
      guardrail: { id: 'gid', version: 'DRAFT', trace: 'enabled_full' },
      latency: 'optimized',
      service_tier: 'flex',
      request_metadata: { team: 'a' },
      additional_request_fields: { extra: 1 },
    };
    const request = { model: 'x', max_tokens: 5, messages: [], bedrock } as never;
    const wire = claude.toWire(request, haiku, true, { streambed_generation: 'gen_1' });
    expect(wire.headers).toEqual({
      'x-amzn-bedrock-guardrailidentifier': 'gid',
      'x-amzn-bedrock-guardrailversion': 'DRAFT',
      'x-amzn-bedrock-trace': 'ENABLED_FULL',
      'x-amzn-bedrock-performanceconfig-latency': 'optimized',
      'x-amzn-bedrock-service-tier': 'flex',
      'x-amzn-bedrock-request-metadata': '{"team":"a","streambed_generation":"gen_1"}',
    });
    expect(JSON.parse(wire.body)).toMatchObject({ extra: 1 });
    const said = {
      model: 'x',
      max_tokens: 5,
      messages: [],
      bedrock: { request_metadata: { who: 'Zoë 🌊' } },
    };
    const about = claude.toWire(said as never, haiku, true).headers?.['x-amzn-bedrock-request-metadata'];
    expect(about).toBe('{"who":"Zo\\u00eb \\ud83c\\udf0a"}');
    expect(() => bodyOf({ bedrock: { guardrail: { id: 'a\nb', version: '1' } } })).toThrow(
      expect.objectContaining({ code: 'SB_BAD_REQUEST', field: 'request.bedrock.guardrail.id' }),
    );
    expect(() => bodyOf({ bedrock: { prompt_variables: { a: 'b' } } })).toThrow(
      expect.objectContaining({ code: 'SB_UNSUPPORTED', field: 'request.bedrock.prompt_variables' }),
    );
  });

  it('is refused for sampling parameters where the model takes none, before it costs anything', () => {
    expect(() => bodyOf({ temperature: 0.5 }, sonnet5)).toThrow(
      expect.objectContaining({ code: 'SB_UNSUPPORTED', field: 'request.temperature' }),
    );
    expect(() => bodyOf({ top_k: 5 }, sonnet5)).toThrow(/Claude Sonnet 5 takes no top_k/);
    expect(bodyOf({ temperature: 1, top_p: 1 }, sonnet5)).toMatchObject({ temperature: 1 });
  });
});

describe("Claude's stream", () => {
  it('passes unknown events and fields, and leaves out other kinds of Bedrock events', () => {
    const reader = claude.fromWire(haiku, asked);
    const odd = { type: 'weather_report', sky: 'clear' };
    const natives = [odd, ...claudeEvents(['Hi']).map((event) => ({ ...event, later: 1 }))];
    const into = readAll(reader, [
      { type: 'somethingNew', payload: Buffer.from('{}') },
      ...natives.map((native) => chunk(native)),
    ]);
    expect(into.map(({ event }) => event.type)).toEqual([
      'weather_report',
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
    expect(into.at(-1)?.json).toBe('{"type":"message_stop","later":1}');
    expect(reader.end([])).toMatchObject({
      stop: { stop_reason: 'end_turn' },
      usage: { input_tokens: 12, output_tokens: 9 },
      metrics: { invocationLatency: 800 },
    });
  });

  it('is a cut without message_stop, and keeps its counts', () => {
    const reader = claude.fromWire(haiku, asked);
    for (const native of claudeEvents(['Hi']).slice(0, 4)) reader.read(chunk(native), []);
    expect(() => reader.end([])).toThrow(expect.objectContaining({ code: 'SB_UPSTREAM_CUT' }));
    expect(reader.usage).toMatchObject({ input_tokens: 12, output_tokens: 1 });
  });

  it("keeps a guardrail's verdict out of the events and in the end", () => {
    const reader = claude.fromWire(haiku, asked);
    const natives = claudeEvents(['Hi']).map((native) =>
      chunk({ ...native, 'amazon-bedrock-guardrailAction': 'INTERVENED' }),
    );
    const into = readAll(reader, natives);
    expect(JSON.stringify(into)).not.toContain('amazon-bedrock');
    expect(reader.end([]).bedrock).toEqual({ guardrailAction: 'INTERVENED' });
  });

  it('writes an event with line breaks on one line, for line-based readers', () => {
    const reader = claude.fromWire(haiku, asked);
    const native = claudeEvents([])[0];
    const into = readAll(reader, [chunk(native, JSON.stringify(native, null, 2))]);
    expect(into[0]?.json).toBe(JSON.stringify(native));
  });

  it.each([
    ['no JSON', 'nonsense'],
    ['no object', '[]'],
    ['no type', '{"a":1}'],
  ])('is not Bedrock when an event is %s', (_what, text) => {
    const reader = claude.fromWire(haiku, asked);
    expect(() => reader.read(chunk(undefined, text), [])).toThrow(
      expect.objectContaining({ code: 'SB_UPSTREAM_UNEXPECTED' }),
    );
  });

  it("fails with Anthropic's own error event", () => {
    const reader = claude.fromWire(haiku, asked);
    const error = { type: 'overloaded_error', message: 'Overloaded' };
    expect(() => reader.read(chunk({ type: 'error', error }), [])).toThrow(
      expect.objectContaining({
        code: 'SB_MODEL_ERROR',
        upstream: { name: 'overloaded_error', message: 'Overloaded' },
      }),
    );
  });
});

describe("Claude's old text completions", () => {
  it('become a message', () => {
    const reader = claude.fromWire(model('anthropic.claude-v2:1'), asked);
    const into = readAll(reader, [
      chunk({ type: 'completion', completion: ' Pa', stop_reason: null, stop: null }),
      chunk({
        type: 'completion',
        completion: 'ris',
        stop_reason: 'stop_sequence',
        stop: '\n\nHuman:',
        'amazon-bedrock-invocationMetrics': { inputTokenCount: 3, outputTokenCount: 2 },
      }),
    ]);
    const message = into.reduce((so_far, { event }) => fold(so_far, event), emptyMessage);
    expect(message).toMatchObject({
      id: 'msg_test',
      content: [{ type: 'text', text: ' Paris' }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 3, output_tokens: 2 },
    });
    expect(reader.end([]).stop).toEqual({
      stop_reason: 'end_turn',
      stop_sequence: null,
      raw: 'stop_sequence',
    });
  });
});
