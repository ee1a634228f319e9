import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Dechunker } from './dechunk.ts';

/** The same by way of texts: a body in latin1 without its framing, and what stands behind it; undefined: not all there. */
function plainly(text: string): { body: string; behind: string } | undefined {
  let body = '';
  for (let rest = text; ; ) {
    const [line = '', size = ''] = /^([0-9a-f]{1,8})(?:[; \t][^\r]*)?\r\n/i.exec(rest) ?? [];
    if (line === '') return undefined;
    rest = rest.slice(line.length);
    const length = Number.parseInt(size, 16);
    if (length === 0) {
      const [trailer] = /^(?:[-\w]+:[^\r\n]*\r\n)*\r\n/.exec(rest) ?? [];
      return trailer === undefined ? undefined : { body, behind: rest.slice(trailer.length) };
    }
    if (rest.slice(length, length + 2) !== '\r\n') return undefined;
    body += rest.slice(0, length);
    rest = rest.slice(length + 2);
  }
}

/** What comes of `text`, cut at those places, each piece somewhere in a larger memory. */
function inPieces(text: string, cuts: readonly number[]) {
  const dechunker = new Dechunker();
  let body = '';
  let behind = '';
  const places = [0, ...cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b), text.length];
  for (const [index, from] of places.entries()) {
    const piece = text.slice(from, places[index + 1] ?? from);
    if (dechunker.ended) {
      behind += piece;
      continue;
    }
    const memory = Buffer.from(`<<<${piece}>>>`, 'latin1');
    const end = 3 + piece.length;
    const stopped = dechunker.strip(memory, 3, end);
    body += memory.toString('latin1', dechunker.from, dechunker.to);
    behind += memory.toString('latin1', stopped, end);
    expect(memory.toString('latin1', 0, 3) + memory.toString('latin1', end)).toBe('<<<>>>');
  }
  return { body, behind, ended: dechunker.ended };
}

const bytes = (most: number) =>
  fc.uint8Array({ minLength: 1, maxLength: most }).map((array) => Buffer.from(array).toString('latin1'));
const beside = fc.constantFrom('', ';a=b', ' ;x', ';"q"', '\t');
const chunk = fc
  .tuple(bytes(600), beside, fc.boolean(), fc.nat(3))
  .map(([data, extension, isUpper, zeros]) => {
    const size = data.length.toString(16).padStart(zeros, '0');
    return `${isUpper ? size.toUpperCase() : size}${extension}\r\n${data}\r\n`;
  });
const body = fc
  .tuple(
    fc.array(chunk, { maxLength: 12 }),
    beside,
    fc.array(fc.constantFrom('a: b\r\n', 'x:\r\n')),
    fc.constantFrom('', 'HTTP/1.1 200 OK'),
  )
  .map(
    ([chunks, last, trailers, behind]) => `${chunks.join('')}0${last}\r\n${trailers.join('')}\r\n${behind}`,
  );

describe('a chunked body', () => {
  it('is what its plain reading gives, wherever reads cut it', () => {
    fc.assert(
      fc.property(body, fc.array(fc.nat()), (text, cuts) => {
        expect(inPieces(text, cuts)).toEqual({ ...plainly(text), ended: true });
      }),
    );
  });

  it('is one run of bytes for one read, however many chunks that brought', () => {
    const dechunker = new Dechunker();
    const memory = Buffer.from('3\r\nabc\r\n2\r\nde\r\n5\r\nfg');
    expect(dechunker.strip(memory, 0, memory.length)).toBe(memory.length);
    expect(memory.toString('latin1', dechunker.from, dechunker.to)).toBe('abcdefg');
    expect(dechunker.from).toBe(3);
  });

  it.each([
    ['no size', '\r\n'],
    ['a size that is no number', 'xyz\r\n'],
    ['a negative size', '-1\r\n'],
    ['a size with a prefix', '0x10\r\n'],
    ['a size of nine digits', '000000001\r\n'],
    ['a size that ends in a line feed alone', '3\nabc\r\n'],
    ['a carriage return alone', '3\rabc'],
    ['a chunk that is longer than it says', '3\r\nabcd\r\n'],
    ['a chunk without its line end', '3\r\nabc3\r\n'],
    ['a control character in an extension', '3;\x00\r\nabc\r\n'],
    ['a line feed in an extension', '3;a\nb\r\nabc\r\n'],
    ['an extension without end', `3;${'x'.repeat(20_000)}`],
    ['a trailer without a name', '0\r\n: b\r\n\r\n'],
    ['a trailer that is no header', '0\r\n  \r\n\r\n'],
    ['a line feed alone in the trailer', '0\r\na: b\n\r\n'],
    ['trailers without end', `0\r\n${'a: b\r\n'.repeat(10_000)}`],
  ])('is refused for %s', (_what, text) => {
    const whole = Buffer.from(text, 'latin1');
    const refused = expect.objectContaining({ code: 'HTTP_CHUNK' });
    expect(() => new Dechunker().strip(Buffer.from(whole), 0, whole.length)).toThrow(refused);
    const dechunker = new Dechunker();
    expect(() => {
      for (const byte of whole) dechunker.strip(Buffer.of(byte), 0, 1);
    }).toThrow(refused);
    expect(plainly(text)).toBeUndefined();
  });

  it('keeps what came before the byte that is wrong', () => {
    const dechunker = new Dechunker();
    const memory = Buffer.from('3\r\nabc\r\n3\r\ndef\r\nx');
    expect(() => dechunker.strip(memory, 0, memory.length)).toThrow();
    expect(memory.toString('latin1', dechunker.from, dechunker.to)).toBe('abcdef');
  });
});
