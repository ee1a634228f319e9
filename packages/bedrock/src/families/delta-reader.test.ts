import { EventStreamDecoder, spanOf } from '@streambed/event-stream';
import { Burst, type EncodedEvent, type EventItem, eventsOf } from '@streambed/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeWithRecordings, responseBytes } from '../../../../test/support/recordings.ts';
import { openChunk } from './chunk.ts';
import { DeltaReader } from './delta-reader.ts';

const delta = (text: string, index = 0) => ({
  type: 'content_block_delta',
  index,
  delta: { type: 'text_delta', text },
});

/** The envelope of a native event, as Bedrock writes it. */
function envelope(json: string, padding: string | undefined = 'abcdef'): string {
  const bytes = Buffer.from(json).toString('base64');
  return padding === undefined ? `{"bytes":"${bytes}"}` : `{"bytes":"${bytes}","p":"${padding}"}`;
}

/** The plain way: both envelopes parsed. */
function parsed(payload: Uint8Array) {
  try {
    const chunk = openChunk({ type: 'chunk', payload });
    return { event: chunk?.fields, json: chunk?.text };
  } catch {
    return undefined;
  }
}

/** The one event that a payload is, where it is read without the parser. */
function quick(reader: DeltaReader, payload: Uint8Array, within = payload): EncodedEvent | undefined {
  const into: EventItem[] = [];
  const isRead = reader.read({ ...spanOf(within), to: payload.length }, into);
  reader.flush(into);
  const [event, ...more] = eventsOf(into);
  expect(more).toEqual([]);
  expect(event !== undefined).toBe(isRead);
  return event;
}

/** What a delta says of itself, all of it. */
function plain(read: EncodedEvent | undefined) {
  if (read === undefined) return undefined;
  const { event, json, text } = read;
  const delta = event.type === 'content_block_delta' ? event.delta : undefined;
  expect(text).toBe(delta?.type === 'text_delta' ? delta.text : undefined);
  return { event, json };
}

/** One that has seen how such deltas begin. */
function learned(json = JSON.stringify(delta(''))): DeltaReader {
  const reader = new DeltaReader();
  reader.learn(json);
  return reader;
}

const texts = fc.oneof(
  fc.string({ unit: 'grapheme-ascii' }),
  fc.string({ unit: 'binary' }),
  fc.stringMatching(/^[\\"\n\t\u2028é😀a-z ]*$/u),
);

describe('a delta', () => {
  test('is read as the parser reads it, whatever its text', () => {
    const reader = learned();
    fc.assert(
      fc.property(texts, fc.stringMatching(/^[a-zA-Z0-9]{0,62}$/), fc.boolean(), (text, padding, padded) => {
        const payload = Buffer.from(envelope(JSON.stringify(delta(text)), padded ? padding : undefined));
        const read = quick(reader, payload);
        expect(plain(read)).toEqual(parsed(payload));
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    { type: 'thinking_delta', thinking: 'Hm, "so".' },
    { type: 'input_json_delta', partial_json: '{"city":"Zü' },
    { type: 'text_delta', text: '' },
  ])('of each kind that holds one text: $type', (inner) => {
    const json = JSON.stringify({ type: 'content_block_delta', index: 12, delta: inner });
    const payload = Buffer.from(envelope(json));
    expect(plain(quick(learned(json), payload))).toEqual(parsed(payload));
  });

  test('is read where it lies in the middle of other bytes', () => {
    const bytes = Buffer.from(`xyz${envelope(JSON.stringify(delta('Hello')))}xyz`);
    expect(quick(learned(), bytes.subarray(3, -3))?.event).toEqual(delta('Hello'));
    const reader = learned();
    const into: EventItem[] = [];
    const span = { ...spanOf(bytes), from: 3, to: bytes.length - 3 };
    // Whole only between its ends, whatever stands behind them.
    expect(reader.read({ ...span, to: span.to - 1 }, into)).toBe(false);
    expect(reader.read({ ...span, from: 2 }, into)).toBe(false);
    expect(reader.read(span, into)).toBe(true);
  });

  test('is left to the parser where it has more to say, is longer than most, or is of another block', () => {
    const reader = learned();
    for (const json of [
      `${JSON.stringify(delta('x')).slice(0, -1)},"amazon-bedrock-trace":{}}`,
      '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x","more":1}}',
      '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x"}} ',
      JSON.stringify(delta('x'.repeat(5000))),
      JSON.stringify(delta('x', 1)),
      JSON.stringify({ type: 'content_block_stop', index: 0 }),
    ]) {
      expect(quick(reader, Buffer.from(envelope(json)))).toBeUndefined();
    }
    for (const payload of [
      envelope(JSON.stringify(delta('x'))).replace('"p":', '"q":'),
      envelope(JSON.stringify(delta('x')), 'a","bytes":"'),
      envelope(JSON.stringify(delta('x')), 'a-b'),
      ` ${envelope(JSON.stringify(delta('x')))}`,
      envelope(JSON.stringify(delta('x'))).slice(0, -1),
    ]) {
      expect(quick(reader, Buffer.from(payload))).toBeUndefined();
    }
  });

  test('is never read otherwise than the parser reads it, however its bytes are spoilt', () => {
    const reader = learned();
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(texts, changes, fc.nat(3), (text, spoilt, cut) => {
        const whole = Buffer.from(envelope(JSON.stringify(delta(text))));
        for (const [at, byte] of spoilt) whole[at % whole.length] = byte;
        // What stands behind it is the rest of it: nothing of that may count.
        const payload = whole.subarray(0, whole.length - cut);
        const read = quick(reader, payload, whole);
        if (read !== undefined) expect(plain(read)).toEqual(parsed(payload));
      }),
      { numRuns: 2000 },
    );
  });

  test('is never read otherwise when its event is spoilt within the base64', () => {
    const reader = learned();
    fc.assert(
      fc.property(texts, fc.nat(), fc.nat(255), (text, at, byte) => {
        const event = Buffer.from(JSON.stringify(delta(text)));
        event[at % event.length] = byte;
        const payload = Buffer.from(`{"bytes":"${event.toString('base64')}","p":"abc"}`);
        const read = quick(reader, payload);
        if (read !== undefined) expect(plain(read)).toEqual(parsed(payload));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('deltas that one read brings', () => {
  const kinds = fc.constantFrom('text_delta', 'thinking_delta', 'input_json_delta');
  const fields = {
    text_delta: 'text',
    thinking_delta: 'thinking',
    input_json_delta: 'partial_json',
  } as const;
  const one = fc.record({ kind: kinds, index: fc.nat(1), text: texts, isOdd: fc.nat(9) });

  test('are as many events as they are, in their order, however they are mixed', () => {
    fc.assert(
      fc.property(fc.array(one, { maxLength: 60 }), (all) => {
        const reader = new DeltaReader();
        const into: EventItem[] = [];
        const jsons = all.map(({ kind, index, text, isOdd }) => {
          const inner = { type: kind, [fields[kind as keyof typeof fields]]: text };
          return JSON.stringify({
            type: 'content_block_delta',
            index,
            delta: inner,
            ...(!isOdd && { more: 1 }),
          });
        });
        for (const json of jsons) {
          if (reader.read(spanOf(Buffer.from(envelope(json))), into)) continue;
          reader.flush(into);
          into.push({ event: JSON.parse(json), json });
          reader.learn(json);
        }
        reader.flush(into);
        expect(eventsOf(into).map(({ json }) => json)).toEqual(jsons);
        for (const { event, json } of eventsOf(into)) expect(event).toEqual(JSON.parse(json));
      }),
      { numRuns: 300 },
    );
  });

  test('are one burst where nothing comes between them, and more where they are too many for one', () => {
    const reader = learned();
    const into: EventItem[] = [];
    const jsons = Array.from({ length: 3000 }, (_, index) => JSON.stringify(delta(`token number ${index} `)));
    for (const json of jsons) expect(reader.read(spanOf(Buffer.from(envelope(json))), into)).toBe(true);
    reader.flush(into);
    expect(into.every((item) => item instanceof Burst)).toBe(true);
    expect(into).toHaveLength(2);
    expect(eventsOf(into).map(({ json }) => json)).toEqual(jsons);
  });

  test('are left to the parser where their bytes are no text', () => {
    const json = Buffer.from(JSON.stringify(delta('Zürich')));
    const at = json.indexOf('ü');
    const spoilt = Buffer.from(json);
    spoilt[at + 1] = 0x20;
    const payload = Buffer.from(`{"bytes":"${spoilt.toString('base64')}"}`);
    expect(quick(learned(), payload)).toBeUndefined();
  });
});

describeWithRecordings('recorded deltas of Claude', (recordings) => {
  const streams = recordings.filter(
    ({ name }) => /^invokestream-claude/.test(name) && !name.includes('legacy'),
  );

  test('are read as the parser reads them, and nearly all of them without it', () => {
    let seen = 0;
    let quickly = 0;
    for (const recording of streams) {
      const reader = new DeltaReader();
      for (const { body } of new EventStreamDecoder().decode(responseBytes(recording))) {
        const slow = parsed(body);
        const read = quick(reader, body);
        if (read !== undefined) expect(plain(read)).toEqual(slow);
        if (slow?.event?.type !== 'content_block_delta') continue;
        seen += 1;
        if (read === undefined) reader.learn(slow.json ?? '');
        else quickly += 1;
      }
    }
    expect(quickly / seen).toBeGreaterThan(0.8);
  });
});
