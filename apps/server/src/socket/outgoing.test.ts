import type { Writable } from 'node:stream';
import { Burst } from '@streambed/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as ws from 'ws';
import { noFraming, type Outgoing, outgoingBytes, textFrames, textsOf } from './outgoing.ts';

/** Exported by ws, and forgotten by its types. */
const { Receiver } = ws as unknown as {
  Receiver: new (options: { isServer: boolean; maxPayload: number }) => Writable;
};

/** Reads frames with the WebSocket library's own receiver. */
function receive(bytes: Buffer): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const texts: string[] = [];
    const receiver = new Receiver({ isServer: false, maxPayload: 10_000_000 });
    receiver.on('message', (data: Buffer) => texts.push(data.toString('utf8')));
    receiver.on('error', reject);
    receiver.write(bytes, () => resolve(texts));
  });
}

const text = fc.string({ unit: 'binary', maxLength: 200 });

/** Messages of a burst, whose seqs may become longer on the way. */
const messages: fc.Arbitrary<Outgoing> = fc
  .record({
    pieces: fc.array(text, { minLength: 1, maxLength: 12 }),
    before: text,
    between: text,
    after: fc.oneof(text, fc.constant('"}}')),
    seq: fc.option(fc.oneof(fc.nat(250_000), fc.integer({ min: 995, max: 1000 })), { nil: undefined }),
  })
  .map(({ pieces, seq, ...rest }) => {
    let said = '';
    const ends = pieces.map((piece) => {
      said += Buffer.from(JSON.stringify(piece).slice(1, -1)).toString('latin1');
      return said.length;
    });
    return { burst: new Burst(0, 'text_delta', said, ends), ...rest, ...(seq !== undefined && { seq }) };
  });

const outgoing = fc.array(fc.oneof(text, messages), { maxLength: 12 });

test('the library reads back what was written, message by message', async () => {
  await fc.assert(
    fc.asyncProperty(outgoing, async (all) => {
      expect(await receive(outgoingBytes(all, textFrames))).toEqual(textsOf(all));
    }),
  );
});

test('without frames it is the same text', () => {
  fc.assert(
    fc.property(outgoing, (all) => {
      expect(outgoingBytes(all, noFraming).toString('utf8')).toBe(textsOf(all).join(''));
    }),
  );
});

test('every size of length field is written right', async () => {
  for (const length of [0, 1, 32, 33, 125, 126, 127, 65_535, 65_536, 200_000]) {
    for (const letter of ['x', 'é', '\u2028', '😀']) {
      const texts = [letter.repeat(length), 'end'];
      expect(await receive(outgoingBytes(texts, textFrames))).toEqual(texts);
      const said = Buffer.from(`${letter.repeat(length)}ab`).toString('latin1');
      const burst = new Burst(0, 'text_delta', said, [said.length - 2, said.length - 1, said.length]);
      const all = { burst, before: '', between: '', after: '' };
      expect(await receive(outgoingBytes([all], textFrames))).toEqual([letter.repeat(length), 'a', 'b']);
    }
  }
});
