import { EventStreamDecoder, type EventStreamMessage, encodeMessage } from '@streambed/event-stream';
import { expect, test } from 'vitest';
import { readFrames } from './support/frames.ts';
import { seededRandom } from './support/random.ts';
import { describeWithRecordings, type Recording, responseBytes } from './support/recordings.ts';

/** Every recorded event stream, of every family: our decoder against AWS's own, and against what was noted down. */
describeWithRecordings('recorded event streams, frame by frame', (recordings) => {
  const streams = recordings.filter(({ response }) => response.bodyBase64 !== undefined);
  const random = seededRandom('places to cut the recorded frames');

  test.for(streams.map(({ name }) => name))('%s', (name) => {
    const recording = streams.find((one) => one.name === name) as Recording;
    const body = responseBytes(recording);
    const decoder = new EventStreamDecoder();
    const messages: EventStreamMessage[] = [];
    for (let at = 0; at < body.length; ) {
      const piece = body.subarray(at, at + random.integer(1, 200));
      messages.push(...decoder.decode(piece));
      at += piece.length;
    }
    decoder.end();

    const header = (index: number, header: string) => messages[index]?.headers[header]?.value;
    const seen = messages.map(({ body: payload }, index) => {
      const kind = String(header(index, ':message-type'));
      return {
        kind,
        type: header(index, `:${kind}-type`),
        payload: JSON.parse(Buffer.from(payload).toString()),
      };
    });
    expect(seen).toEqual(readFrames(body));
    expect(messages.length).toBe(recording.verify?.frames);
    expect(Buffer.concat(messages.map(encodeMessage)).equals(body)).toBe(true);
  });
});
