import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readServerSentEvents } from './sse.ts';

function body(chunks: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}

test('however the bytes are cut, the same events are read', async () => {
  const text =
    'retry: 1\n\n: beat\n\nid: 1\nevent: a\ndata: {"t":"ä 水 🌊"}\n\nid: 2\r\ndata: x\r\ndata:y\r\n\r\ndata\n\nid: 3\ndata: cut';
  const bytes = new TextEncoder().encode(text);
  const expected = [
    { id: '1', name: 'a', data: '{"t":"ä 水 🌊"}' },
    { id: '2', name: 'message', data: 'x\ny' },
    { id: '2', name: 'message', data: '' },
  ];
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 12 }), async (cuts) => {
      const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      const chunks = places.slice(1).map((end, at) => bytes.subarray(places[at], end));
      expect(await Array.fromAsync(readServerSentEvents(body(chunks)))).toEqual(expected);
    }),
  );
});
