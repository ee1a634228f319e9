import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { describeWithRecordings, vectorsFolder } from './support/recordings.ts';
import { root } from './support/root.ts';

/** What one recording or vector is good for here: what it proves and where, or why nothing yet. */
type Entry =
  | { readonly proves: string; readonly test: string | readonly string[] }
  | { readonly notYet: string };

const coverage = JSON.parse(readFileSync(join(root, 'test', 'coverage.json'), 'utf8')) as Readonly<
  Record<'recordings' | 'vectors', Readonly<Record<string, Entry>>>
>;

describe('the coverage file', () => {
  test('names tests that exist, and says why where there is none', () => {
    for (const [name, entry] of [
      ...Object.entries(coverage.recordings),
      ...Object.entries(coverage.vectors),
    ]) {
      if ('notYet' in entry) expect(entry.notYet, name).not.toBe('');
      else {
        for (const test of [entry.test].flat()) {
          expect(existsSync(join(root, test)), `${name} names ${test}`).toBe(true);
        }
      }
    }
  });
});

describeWithRecordings('the coverage file against the folders', (recordings) => {
  test('no recording is left out in silence, and none is named that is not there', () => {
    expect(Object.keys(coverage.recordings).sort()).toEqual(recordings.map(({ name }) => name).sort());
  });

  test('no vector is left out in silence, and none is named that is not there', () => {
    expect(Object.keys(coverage.vectors).sort()).toEqual(
      [...eventStreamVectors(), ...signatureVectors()].sort(),
    );
  });
});

/** The event-stream vectors, as `eventstream-vectors/positive/all_headers`. */
function eventStreamVectors(): readonly string[] {
  const folder = vectorsFolder('eventstream-vectors') as string;
  return ['positive', 'negative'].flatMap((kind) =>
    readdirSync(join(folder, 'encoded', kind)).map((name) => `eventstream-vectors/${kind}/${name}`),
  );
}

/** The signature vectors, as `sigv4-vectors/bedrock/<case>`. */
function signatureVectors(): readonly string[] {
  const folder = vectorsFolder('sigv4-vectors') as string;
  const read = (file: string) =>
    JSON.parse(readFileSync(join(folder, file), 'utf8')) as Record<string, unknown>;
  const suite = Object.keys(read('aws-signing-test-suite-v4.json').cases as object);
  const bedrock = (read('bedrock.json').cases as { name: string }[]).map(({ name }) => name);
  return [
    ...suite.map((name) => `sigv4-vectors/aws-signing-test-suite-v4/${name}`),
    ...bedrock.map((name) => `sigv4-vectors/bedrock/${name}`),
  ];
}
