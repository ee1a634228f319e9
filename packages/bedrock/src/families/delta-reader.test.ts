import { EventStreamDecoder } from '@streambed/event-stream';
import type { EncodedEvent } from '@streambed/protocol';
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
        const read = reader.read(payload);
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
    expect(plain(learned(json).read(payload))).toEqual(parsed(payload));
  });

  test('is read where it lies in the middle of other bytes', () => {
    const payload = Buffer.from(`xyz${envelope(JSON.stringify(delta('Hello')))}xyz`).subarray(3, -3);
    expect(learned().read(payload)?.event).toEqual(delta('Hello'));
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
      expect(reader.read(Buffer.from(envelope(json)))).toBeUndefined();
    }
    for (const payload of [
      envelope(JSON.stringify(delta('x'))).replace('"p":', '"q":'),
      envelope(JSON.stringify(delta('x')), 'a","bytes":"'),
      envelope(JSON.stringify(delta('x')), 'a-b'),
      ` ${envelope(JSON.stringify(delta('x')))}`,
      envelope(JSON.stringify(delta('x'))).slice(0, -1),
    ]) {
      expect(reader.read(Buffer.from(payload))).toBeUndefined();
    }
  });

  test('is never read otherwise than the parser reads it, however its bytes are spoilt', () => {
    const reader = learned();
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(texts, changes, fc.nat(3), (text, spoilt, cut) => {
        const whole = Buffer.from(envelope(JSON.stringify(delta(text))));
        for (const [at, byte] of spoilt) whole[at % whole.length] = byte;
        const payload = whole.subarray(0, whole.length - cut);
        const read = reader.read(payload);
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
        const read = reader.read(payload);
        if (read !== undefined) expect(plain(read)).toEqual(parsed(payload));
      }),
      { numRuns: 2000 },
    );
  });
});

describeWithRecordings('recorded deltas of Claude', (recordings) => {
  const streams = recordings.filter(
    ({ name }) => /^invokestream-claude/.test(name) && !name.includes('legacy'),
  );

  test('are read as the parser reads them, and nearly all of them without it', () => {
    let seen = 0;
    let read = 0;
    for (const recording of streams) {
      const reader = new DeltaReader();
      for (const { body } of new EventStreamDecoder().decode(responseBytes(recording))) {
        const slow = parsed(body);
        const quick = reader.read(body);
        if (quick !== undefined) expect(plain(quick)).toEqual(slow);
        if (slow?.event?.type !== 'content_block_delta') continue;
        seen += 1;
        if (quick === undefined) reader.learn(slow.json ?? '');
        else read += 1;
      }
    }
    expect(read / seen).toBeGreaterThan(0.8);
  });
});
