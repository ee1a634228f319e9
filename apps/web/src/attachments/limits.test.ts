import type { CatalogueModel } from '@streambed/client';
import { expect, test } from 'vitest';
import { bytes } from './bytes.ts';
import { kindOf } from './file-kind.ts';
import { limits, refusalOf, type Weighed } from './limits.ts';

const image = (size = 1_000): Weighed => ({ kind: 'image', name: 'a.png', bytes: size, pdf: false });
const document = (size = 1_000, pdf = false): Weighed => ({ kind: 'document', name: 'a', bytes: size, pdf });
const facts = (id: string, can: { images?: boolean; documents?: boolean } = {}): CatalogueModel => ({
  id,
  name: 'Model',
  provider: 'Maker',
  kind: 'chat',
  aliases: [],
  usable: true,
  capabilities: { tools: false, thinking: false, images: true, documents: true, ...can },
});

test('Bedrock’s bounds, each at its edge', () => {
  const images = Array.from({ length: limits.images + 1 }, () => image());
  expect(refusalOf(images, limits.images - 1, facts('m'))).toBeUndefined();
  expect(refusalOf(images, limits.images, facts('m'))).toMatch(/at most 20 images/);
  const documents = Array.from({ length: limits.documents + 1 }, () => document());
  expect(refusalOf(documents, limits.documents - 1, facts('m'))).toBeUndefined();
  expect(refusalOf(documents, limits.documents, facts('m'))).toMatch(/at most 5 documents/);
  expect(refusalOf([image(limits.imageBytes)], 0, facts('m'))).toBeUndefined();
  expect(refusalOf([image(limits.imageBytes + 1)], 0, facts('m'))).toMatch(/3.8 MB/);
  expect(refusalOf([document(limits.documentBytes + 1)], 0, facts('m'))).toMatch(/4.5 MB/);
});

test('newer Claudes read larger PDFs, and only those', () => {
  const large = [document(limits.documentBytes * 2, true)];
  expect(refusalOf(large, 0, facts('anthropic.claude-haiku-4-5-20251001-v1:0'))).toBeUndefined();
  expect(refusalOf(large, 0, facts('anthropic.claude-3-haiku-20240307-v1:0'))).toMatch(/4.5 MB/);
  expect(refusalOf(large, 0, facts('amazon.nova-pro-v1:0'))).toMatch(/4.5 MB/);
});

test('what a model can not is said with its name, what all weigh together with the bound', () => {
  expect(refusalOf([image()], 0, facts('m', { images: false }))).toMatch(/^Model does not see images/);
  expect(refusalOf([document()], 0, facts('m', { documents: false }))).toMatch(/^Model does not read/);
  const heavy = Array.from({ length: 6 }, () => image(limits.imageBytes));
  expect(refusalOf(heavy, 3, facts('m'))).toBeUndefined();
  expect(refusalOf(heavy, 5, facts('m'))).toMatch(/18.0 MB/);
});

test('a file is what its ending says, whatever the system thinks', () => {
  expect(kindOf('a.ts', 'video/mp2t')).toEqual({ kind: 'text', mediaType: 'text/plain' });
  expect(kindOf('A.PDF', '')).toEqual({ kind: 'binary', mediaType: 'application/pdf' });
  expect(kindOf('photo', 'image/heic')).toEqual({ kind: 'image', mediaType: 'image/heic' });
  expect(kindOf('data.csv', 'application/vnd.ms-excel')).toEqual({ kind: 'text', mediaType: 'text/csv' });
  expect(kindOf('x.bin', 'application/octet-stream')).toEqual({ kind: 'unknown' });
  expect([bytes(512), bytes(1_000), bytes(3.75 * 1024 * 1024)]).toEqual(['512 B', '1.0 kB', '3.8 MB']);
});
