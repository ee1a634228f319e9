import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { clientMatrixPage } from '../../scripts/pages/client-matrix.js';
import { root } from '../support/root.ts';
import { declaredFeature, testNameOf } from './declared-feature.ts';

test('the page of clients says what the tests show, no more and no less', () => {
  const written = readFileSync(join(root, clientMatrixPage.path), 'utf8');
  expect(written, 'run `npm run docs`').toBe(clientMatrixPage.text);
}, 180_000);

test('a declared feature is read back from its test’s name, and other tests declare nothing', () => {
  const declared = { client: 'ai with @ai-sdk/openai', name: 'tools', outcome: 'works' } as const;
  expect(declaredFeature(`a suite > ${testNameOf(declared)}`)).toEqual(declared);
  expect(declaredFeature('a suite > reads · writes')).toBeUndefined();
  expect(declaredFeature('a · b · shines')).toBeUndefined();
  expect(() => testNameOf({ ...declared, name: 'a · b' })).toThrow('hold no');
});
