import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StreambedError } from './errors.ts';
import { parseClientFrame, printEventFrame } from './frames.ts';
import type { GenerationId } from './ids.ts';

const request = { model: 'anthropic', messages: [{ role: 'user', content: 'Hi' }] };
const id = '0b7c2c1e-5f0a-4c6e-9a43-0d5b5f3c9d11';
const frame = (value: unknown) => parseClientFrame(JSON.stringify(value));

describe('a client frame', () => {
  test.each([
    { type: 'generate', id, request },
    { type: 'generate', id, request, ref: 'r1', stream: false },
    { type: 'cancel', id },
    { type: 'cancel', generation: 'gen_1', ref: 7 },
    { type: 'generate', id, request, on_disconnect: 'cancel', store: 'none' },
    { type: 'attach', generation: 'gen_1', after: 7 },
    { type: 'attach', id },
    { type: 'detach', generation: 'gen_1' },
    { type: 'watch', topic: 'generations', after: 3 },
    { type: 'unwatch', topic: 'conversation:c-1' },
    { type: 'auth', token: 'x' },
    { type: 'pong' },
  ])('is read: %j', (value) => expect(frame(value)).toEqual(value));

  test('keeps fields that are newer than this, wherever they stand', () => {
    const value = {
      type: 'generate',
      id,
      later: true,
      request: {
        ...request,
        later: { a: 1 },
        messages: [
          {
            role: 'user',
            later: 1,
            content: [
              { type: 'hologram', dots: [] },
              { type: 'text', text: 'x', later: 2 },
            ],
          },
        ],
      },
    };
    expect(frame(value)).toEqual(value);
  });

  test.each([
    ['{', 'SB_BAD_JSON', undefined],
    ['', 'SB_BAD_JSON', undefined],
    ['null', 'SB_UNKNOWN_FRAME', 'type'],
    ['[]', 'SB_UNKNOWN_FRAME', 'type'],
    ['"generate"', 'SB_UNKNOWN_FRAME', 'type'],
    ['{"type":"hello"}', 'SB_UNKNOWN_FRAME', 'type'],
    // What every object inherits is no frame type.
    ['{"type":"constructor"}', 'SB_UNKNOWN_FRAME', 'type'],
    ['{"type":"__proto__"}', 'SB_UNKNOWN_FRAME', 'type'],
    ['{"type":"generate"}', 'SB_BAD_REQUEST', 'id'],
    [JSON.stringify({ type: 'generate', id: 'a b', request }), 'SB_BAD_REQUEST', 'id'],
    [JSON.stringify({ type: 'generate', id: 'x'.repeat(65), request }), 'SB_BAD_REQUEST', 'id'],
    [JSON.stringify({ type: 'generate', id }), 'SB_BAD_REQUEST', 'request'],
    [
      JSON.stringify({ type: 'generate', id, request: { ...request, messages: [] } }),
      'SB_BAD_REQUEST',
      'request.messages',
    ],
    [
      JSON.stringify({
        type: 'generate',
        id,
        request: { ...request, messages: [{ role: 'robot', content: '' }] },
      }),
      'SB_BAD_REQUEST',
      'request.messages[0].role',
    ],
    [JSON.stringify({ type: 'cancel' }), 'SB_BAD_REQUEST', ''],
    [JSON.stringify({ type: 'attach', after: 1 }), 'SB_BAD_REQUEST', ''],
    [JSON.stringify({ type: 'attach', id, after: -1 }), 'SB_BAD_REQUEST', 'after'],
    [JSON.stringify({ type: 'attach', id, after: 1.5 }), 'SB_BAD_REQUEST', 'after'],
    [JSON.stringify({ type: 'watch', topic: 'weather' }), 'SB_BAD_REQUEST', 'topic'],
    [
      JSON.stringify({ type: 'generate', id, request, on_disconnect: 'explode' }),
      'SB_BAD_REQUEST',
      'on_disconnect',
    ],
  ])('is refused, and the field named: %s', (text, code, field) => {
    expect(() => parseClientFrame(text)).toThrow(expect.objectContaining({ code, field }));
  });

  test('of any shape is read or refused by one of our errors, never by another', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.jsonValue().map((value) => JSON.stringify({ type: 'generate', id, request: value })),
        ),
        (text) => {
          try {
            parseClientFrame(text);
          } catch (error) {
            expect(error).toBeInstanceOf(StreambedError);
          }
        },
      ),
    );
  });
});

describe('an event frame', () => {
  const json = '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a\\n😀"}}';

  test("holds the event's own text, byte for byte", () => {
    const text = printEventFrame('gen_1' as GenerationId, 3, json);
    expect(text).toContain(json);
    expect(JSON.parse(text)).toEqual({ type: 'event', generation: 'gen_1', seq: 3, event: JSON.parse(json) });
  });

  test('says from where it merges, when it does', () => {
    expect(JSON.parse(printEventFrame('gen_1' as GenerationId, 5, json, 3))).toMatchObject({
      from: 3,
      seq: 5,
    });
    expect(JSON.parse(printEventFrame('gen_1' as GenerationId, 5, json, 5))).not.toHaveProperty('from');
  });
});
