import type { Writable } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as ws from 'ws';
import { textFrames } from './text-frames.ts';

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

test('the library reads back what was written, whatever the text', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: 'binary', maxLength: 300 }), { maxLength: 20 }),
      async (texts) => {
        expect(await receive(textFrames(texts))).toEqual(texts);
      },
    ),
  );
});

test('every size of length field is written right', async () => {
  for (const length of [0, 1, 125, 126, 127, 65_535, 65_536, 200_000]) {
    for (const letter of ['x', 'é', '\u2028', '😀']) {
      const texts = [letter.repeat(length), 'end'];
      expect(await receive(textFrames(texts))).toEqual(texts);
    }
  }
});
