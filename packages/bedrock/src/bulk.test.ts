import { expect, test } from 'vitest';
import { Bulk } from './bulk.ts';

/** A body of two long strings, and its stand-ins. */
function body(one: string, other: string) {
  const written = [one, other].map((text) => JSON.stringify(text).slice(1, -1));
  const bytes = Buffer.from(written.join('|'));
  const end = Buffer.byteLength(written[0] ?? '');
  const prefix = Bulk.prefix();
  const pieces = [
    [0, end],
    [end + 1, bytes.length],
  ] as const;
  return {
    bulk: new Bulk([{ prefix, bytes, pieces, digests: [`#${one}`, `#${other}`] }]),
    standIns: [0, 1].map((index) => Bulk.standIn(prefix, index)),
  };
}

test('what stands in for the parts of two bodies is put back into one request', () => {
  const before = body('a "quoted" past', 'never asked again');
  const now = body('now\n', 'and then é');
  const bulk = Bulk.join(before.bulk, now.bulk);
  const request = { said: [`<${before.standIns[0]}>`, now.standIns[1], `x${now.standIns[0]}y`] };
  const whole = { said: ['<a "quoted" past>', 'and then é', 'xnow\ny'] };
  expect(bulk?.restore(request)).toEqual(whole);
  const text = JSON.stringify(request);
  expect(JSON.parse(Buffer.concat(bulk?.splice(text) ?? []).toString())).toEqual(whole);
  expect(bulk?.named(text)).toBe('{"said":["<#a "quoted" past>","#and then é","x#now\ny"]}');
  expect(bulk?.missingFrom(text, request)).toBe(false);
  expect(bulk?.missingFrom(JSON.stringify(request.said.slice(1)), request)).toBe(true);
  expect(bulk?.isIn(request)).toBe(true);
  expect(bulk?.isIn(whole)).toBe(false);
  const [first = ''] = request.said;
  expect(first.length + (bulk?.hiddenIn(first) ?? 0)).toBe('<a \\"quoted\\" past>'.length);
});

test('one of them is enough, and neither is nothing', () => {
  const { bulk } = body('one', 'two');
  expect(Bulk.join(bulk, undefined)).toBe(bulk);
  expect(Bulk.join(undefined, bulk)).toBe(bulk);
  expect(Bulk.join(undefined, undefined)).toBeUndefined();
});
