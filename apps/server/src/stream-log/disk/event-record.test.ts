import { type EventItem, eventsOf, type GenerationId } from '@streambed/protocol';
import { expect, test } from 'vitest';
import { burstOf, stop, textDelta } from '../stream-log.behaviour.ts';
import { decodeEvents, eventsRecord, readHead } from './event-record.ts';
import { decodeRecord, encodeRecord } from './record-framing.ts';

const generation = 'gen_record' as GenerationId;

function bodyOf(items: readonly EventItem[]): Buffer {
  return decodeRecord(encodeRecord(eventsRecord(generation, 7, 5, items))) as Buffer;
}

test('a record gives back its events, and says how many they are', () => {
  const items = [textDelta('é'), burstOf('a', '', '"\\ 😀', 'ü'), burstOf('z'), stop];
  const body = bodyOf(items);
  expect(readHead(body)).toEqual({ generation, at: 7, first: 5, count: 7, ends: true });
  expect(decodeEvents(body)).toHaveLength(4);
  const read = eventsOf(decodeEvents(body)).map(({ event, json }) => ({ event, json }));
  expect(read).toEqual(eventsOf(items).map(({ event, json }) => ({ event, json })));
});

test('a burst stands in it without what its events share', () => {
  const body = bodyOf([burstOf('Hel', 'lo')]).toString();
  expect(body).toBe(`{"g":"gen_record","t":7,"s":5,"v":2,"n":[[0,"text_delta",[3,2]]]}\nHello`);
});

test('a record of before there were bursts is still read', () => {
  const texts = ['é', '😀', 'c'].map((text) => textDelta(text).json);
  const lengths = texts.map(({ length }) => length);
  const body = Buffer.from(`{"g":"gen_record","t":7,"s":5,"n":[${lengths}]}\n${texts.join('')}`);
  expect(readHead(body)).toEqual({ generation, at: 7, first: 5, count: 3, ends: false });
  expect(eventsOf(decodeEvents(body)).map(({ json }) => json)).toEqual(texts);
});
