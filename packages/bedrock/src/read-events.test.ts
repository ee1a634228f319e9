import { encodeMessage } from '@streambed/event-stream';
import { findModel } from '@streambed/model-facts';
import { type EventItem, emptyMessage, eventsOf, fold } from '@streambed/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { claudeEvents, exceptionFrame, llamaEvents, streamBody } from '../../../test/support/frames.ts';
import type { CallContext } from './errors/failure.ts';
import { familyOf } from './families/index.ts';
import { createEventReader } from './read-events.ts';

const call: CallContext = { target: 'x', model: 'x', region: 'us-east-1', action: 'a', host: 'h', now: 0 };

function readerFor(id: string, stop_sequences: string[] = []) {
  const model = { id, facts: findModel(id) };
  const request = { model: id, messages: [], ...(stop_sequences.length > 0 && { stop_sequences }) };
  const reader = familyOf(model).fromWire(model, { request, messageId: 'msg_test' });
  return { reader, events: createEventReader(reader, call, 'rid') };
}

const claudeId = 'anthropic.claude-haiku-4-5-20251001-v1:0';
const llamaId = 'meta.llama3-8b-instruct-v1:0';
const string = (value: string) => ({ type: 'string', value }) as const;

/** A body, cut into pieces of these sizes, over and over. */
function* pieces(body: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  for (let at = 0, turn = 0; at < body.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield body.subarray(at, at + size);
    at += size;
  }
}

describe('the event reader', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 8 });
  const deltas = fc.array(fc.string({ unit: 'grapheme', minLength: 1 }), { minLength: 1, maxLength: 12 });

  it('comes to the same message wherever the bytes are cut', () => {
    fc.assert(
      fc.property(fc.boolean(), deltas, sizes, (isClaude, texts, cuts) => {
        const { events } = readerFor(isClaude ? claudeId : llamaId);
        const body = streamBody(isClaude ? claudeEvents(texts) : llamaEvents(texts));
        const into: EventItem[] = [];
        for (const piece of pieces(body, cuts)) events.read([piece], into);
        events.end();
        const message = eventsOf(into).reduce((so_far, { event }) => fold(so_far, event), emptyMessage);
        // Llama's first piece loses the line breaks that repeat the template's.
        const [first = '', ...rest] = texts;
        const expected = isClaude ? texts.join('') : first.replace(/^\n\n/, '') + rest.join('');
        expect(message.content).toEqual([{ type: 'text', text: expected }]);
        expect(message.stop_reason).toBe('end_turn');
      }),
    );
  });

  it('meets a stop sequence wherever the text and the bytes are cut, and reads no further', () => {
    const letters = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'STOP'), minLength: 1 }), {
      minLength: 1,
    });
    fc.assert(
      fc.property(letters, sizes, fc.integer({ min: 1, max: 3 }), (words, cuts, size) => {
        const text = `x${words.join('')}`;
        const texts = text.match(new RegExp(`.{1,${size}}`, 'g')) ?? [];
        const { events, reader } = readerFor(llamaId, ['STOP', 'abab']);
        const into: EventItem[] = [];
        for (const piece of pieces(streamBody(llamaEvents(texts)), cuts)) {
          if (reader.done !== true) events.read([piece], into);
        }
        const message = eventsOf(into).reduce((so_far, { event }) => fold(so_far, event), emptyMessage);
        expect(message.content).toEqual([{ type: 'text', text: text.split(/STOP|abab/)[0] }]);
        expect(reader.done).toBe(/STOP|abab/.test(text));
      }),
    );
  });

  it('keeps the events in front of an exception of the same read', () => {
    const { events } = readerFor(claudeId);
    const body = streamBody(claudeEvents(['Hi']).slice(0, 3));
    const into: EventItem[] = [];
    const read = () =>
      events.read([Buffer.concat([body, exceptionFrame('throttlingException', 'Slow down')])], into);
    expect(read).toThrow(
      expect.objectContaining({
        failure: {
          error: expect.objectContaining({ code: 'SB_THROTTLED' }),
          retry: 'slowly',
          retryAfterMs: undefined,
        },
      }),
    );
    expect(into).toHaveLength(3);
  });

  it("reads the protocol's own kind of error", () => {
    const { events } = readerFor(claudeId);
    const headers = {
      ':message-type': string('error'),
      ':error-code': string('InternalServerException'),
      ':error-message': string('Oh.'),
    };
    expect(() => events.read([encodeMessage({ headers, body: new Uint8Array(0) })], [])).toThrow(
      expect.objectContaining({ failure: expect.objectContaining({ retry: 'yes' }) }),
    );
  });

  it('does not guess at a message of no known kind', () => {
    const { events } = readerFor(claudeId);
    const message = encodeMessage({ headers: { ':message-type': string('news') }, body: new Uint8Array(0) });
    expect(() => events.read([message], [])).toThrow(
      expect.objectContaining({
        failure: { error: expect.objectContaining({ code: 'SB_UPSTREAM_UNEXPECTED' }), retry: 'never' },
      }),
    );
  });
});
