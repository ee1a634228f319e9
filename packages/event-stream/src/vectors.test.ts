import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { vectorsFolder } from '../../../test/support/recordings.ts';
import { cut, decodeAll, hex } from '../test/frames.ts';
import { EventStreamDecoder, type EventStreamMessage, encodeMessage } from './index.ts';

/** A header as the vectors write it: the wire's type number, and base64 for bytes, strings and uuids. */
interface VectorHeader {
  readonly name: string;
  readonly type: number;
  readonly value: string | number | boolean;
}

const types = [
  'boolean',
  'boolean',
  'byte',
  'short',
  'integer',
  'long',
  'binary',
  'string',
  'timestamp',
  'uuid',
];

function toVector({ headers, body }: EventStreamMessage) {
  return {
    headers: Object.entries(headers).map(([name, { type, value }]) => ({ name, type, value })),
    payload: Buffer.from(body).toString('base64'),
  };
}

function fromVector({ name, type, value }: VectorHeader) {
  const bytes = Buffer.from(String(value), 'base64');
  const values: Record<number, unknown> = {
    5: () => BigInt(Number(value)),
    6: () => new Uint8Array(bytes),
    7: () => bytes.toString(),
    8: () => new Date(Number(value)),
    9: () => hex(bytes).replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5'),
  };
  const read = values[type] as (() => unknown) | undefined;
  return { name, type: types[type], value: read === undefined ? value : read() };
}

const folder = vectorsFolder('eventstream-vectors');
if (folder === undefined) {
  console.warn(
    'SKIPPED: the vectors of AWS need STREAMBED_RECORDINGS; eventstream-vectors stands beside that folder.',
  );
}

describe.skipIf(folder === undefined)('the test vectors of AWS', () => {
  const names = (kind: string) => (folder === undefined ? [] : readdirSync(join(folder, 'encoded', kind)));
  const file = (...path: string[]) => readFileSync(join(folder ?? '', ...path));

  it('are all here', () => {
    expect(names('positive').length).toBeGreaterThanOrEqual(5);
    expect(names('negative').length).toBeGreaterThanOrEqual(4);
  });

  it.for(names('positive'))('reads and writes %s', (name) => {
    const bytes = file('encoded', 'positive', name);
    const expected = JSON.parse(file('decoded', 'positive', name).toString());
    for (const pieces of [
      [bytes],
      cut(bytes, [0.2, 0.5, 0.9]),
      Array.from(bytes, (byte) => Uint8Array.of(byte)),
    ]) {
      const [message, ...others] = decodeAll(pieces) as [EventStreamMessage];
      expect(others).toEqual([]);
      expect(toVector(message)).toEqual({
        headers: expected.headers.map(fromVector),
        payload: expected.payload,
      });
      expect(hex(encodeMessage(message))).toBe(hex(bytes));
    }
  });

  it.for(names('negative'))('refuses %s', (name) => {
    const expected = file('decoded', 'negative', name).toString().trim();
    const codes: Record<string, string> = {
      'Prelude checksum mismatch': 'ES_PRELUDE_CRC',
      'Message checksum mismatch': 'ES_MESSAGE_CRC',
    };
    const decode = () => new EventStreamDecoder().decode(file('encoded', 'negative', name));
    expect(decode).toThrow(expect.objectContaining({ code: codes[expected] }));
  });
});
