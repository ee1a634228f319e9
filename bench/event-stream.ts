/**
 * Event-stream framing, ours against the official SDK's codec, in nanoseconds per message: `node bench/event-stream.ts`.
 * Messages look like Bedrock's: three headers, and a text delta of some 200 bytes as the payload.
 */

import { EventStreamCodec, type Message } from '@smithy/eventstream-codec';
import { EventStreamDecoder, encodeMessage } from '@streambed/event-stream';

const rounds = 31;
const perRound = 20_000;

const text = (value: string) => ({ type: 'string', value }) as const;
const message = {
  headers: {
    ':event-type': text('chunk'),
    ':content-type': text('application/json'),
    ':message-type': text('event'),
  },
  body: Buffer.from(JSON.stringify({ bytes: 'e'.repeat(160), p: 'abcdefghijklmnopqrstuvwxyz' })),
};
const frame = encodeMessage(message);
const eightFrames = Buffer.concat(Array.from({ length: 8 }, () => frame));
const halves = [Buffer.from(frame.subarray(0, 150)), Buffer.from(frame.subarray(150))] as const;

const codec = new EventStreamCodec(
  (bytes) => (typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString()),
  (string) => Buffer.from(string),
);
const decoder = new EventStreamDecoder();

/** Runs both in turns, so that a busy moment of the machine hits both, and prints their medians. */
function compare(what: string, messages: number, ours: () => void, theirs: () => void): void {
  const times = { ours: [] as number[], theirs: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    times.ours.push(time(ours, messages));
    times.theirs.push(time(theirs, messages));
  }
  const [our, their] = [median(times.ours), median(times.theirs)];
  console.log(
    `${what.padEnd(34)} ours ${our.toFixed(0).padStart(6)} ns   smithy ${their.toFixed(0).padStart(6)} ns   ratio ${(their / our).toFixed(1)}`,
  );
}

function time(run: () => void, messages: number): number {
  const start = process.hrtime.bigint();
  for (let done = 0; done < perRound; done += messages) run();
  return Number(process.hrtime.bigint() - start) / perRound;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

// The official codec takes whole messages; cutting the stream into them is `getChunkedStream` in the SDK, which copies
// each one and is left out here, to its favour.
compare(
  'decode, one message a chunk',
  1,
  () => void decoder.decode(frame),
  () => void codec.decode(frame),
);
compare(
  'decode, eight messages a chunk',
  8,
  () => void decoder.decode(eightFrames),
  () => {
    for (let at = 0; at < eightFrames.length; at += frame.length) {
      codec.decode(eightFrames.subarray(at, at + frame.length));
    }
  },
);
compare(
  'decode, a message over two chunks',
  1,
  () => {
    decoder.decode(halves[0]);
    decoder.decode(halves[1]);
  },
  () => void codec.decode(Buffer.concat(halves)),
);
compare(
  'encode',
  1,
  () => void encodeMessage(message),
  () => void codec.encode(message satisfies Message),
);
