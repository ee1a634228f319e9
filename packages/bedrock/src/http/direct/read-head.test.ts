import { describe, expect, it } from 'vitest';
import { readHead } from './read-head.ts';

const head = (...lines: string[]) => readHead(['HTTP/1.1 200 OK', ...lines].join('\r\n'));

describe('the head of an answer', () => {
  it('has its status and headers, names in lower case, those of one name together', () => {
    expect(readHead('HTTP/1.1 429\r\nX-A: 1 \r\nx-a:\t2\r\nContent-Length: 7\r\n__proto__: x')).toEqual({
      status: 429,
      headers: Object.fromEntries([
        ['x-a', '1, 2'],
        ['content-length', '7'],
        ['__proto__', 'x'],
      ]),
      body: 7,
      keepsAlive: true,
      keepAliveSeconds: undefined,
    });
  });

  it.each([
    ['chunked', 'chunked', ['Transfer-Encoding: CHUNKED']],
    ['a length', 5, ['content-length: 5']],
    ['one length said twice', 5, ['content-length: 5', 'content-length: 5']],
    ['neither: until the connection ends', 'until-close', []],
  ])('says how long the body is: %s', (_what, body, lines) => {
    expect(head(...lines).body).toBe(body);
  });

  it.each([['HTTP/1.1 204 No'], ['HTTP/1.1 304 Not'], ['HTTP/1.1 100 Continue']])(
    'of %s has no body',
    (line) => {
      expect(readHead(`${line}\r\nTransfer-Encoding: chunked`).body).toBe(0);
    },
  );

  it.each([
    ['as a rule', true, 'content-length: 1'],
    ['not when it says so', false, 'content-length: 1\r\nConnection: x, Close'],
    ['not when the connection ends the body', false, 'a: b'],
  ])('says whether the connection lives on: %s', (_what, keepsAlive, lines) => {
    expect(head(lines)).toMatchObject({ keepsAlive });
  });

  it('does not use a connection of HTTP/1.0 again', () => {
    expect(readHead('HTTP/1.0 200 OK\r\ncontent-length: 1').keepsAlive).toBe(false);
  });

  it('says how long an idle connection is kept', () => {
    expect(head('content-length: 1', 'Keep-Alive: max=9, timeout=5').keepAliveSeconds).toBe(5);
  });

  it.each([
    ['another protocol', 'SSH-2.0-x', 'HTTP_STATUS_LINE'],
    ['a later HTTP', 'HTTP/2 200', 'HTTP_STATUS_LINE'],
    ['a status of two digits', 'HTTP/1.1 20 OK', 'HTTP_STATUS_LINE'],
    ['a status below 100', 'HTTP/1.1 099 OK', 'HTTP_STATUS_LINE'],
    ['a line without a colon', 'HTTP/1.1 200 OK\r\nno', 'HTTP_HEADER'],
    ['a name with a space', 'HTTP/1.1 200 OK\r\na : b', 'HTTP_HEADER'],
    ['an empty name', 'HTTP/1.1 200 OK\r\n: b', 'HTTP_HEADER'],
    ['a folded line', 'HTTP/1.1 200 OK\r\na: b\r\n c', 'HTTP_HEADER'],
    ['a line feed alone', 'HTTP/1.1 200 OK\r\na: b\nc: d', 'HTTP_HEADER'],
    ['a zero byte', 'HTTP/1.1 200 OK\r\na: \0', 'HTTP_HEADER'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2', 'HTTP_LENGTH'],
    ['a negative length', 'HTTP/1.1 200 OK\r\ncontent-length: -1', 'HTTP_LENGTH'],
    ['a length beyond counting', 'HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999', 'HTTP_LENGTH'],
    [
      'a length and chunks',
      'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked',
      'HTTP_LENGTH',
    ],
    ['a coding we did not ask for', 'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked', 'HTTP_LENGTH'],
    ['chunks in HTTP/1.0', 'HTTP/1.0 200 OK\r\ntransfer-encoding: chunked', 'HTTP_LENGTH'],
  ])('is refused: %s', (_what, text, code) => {
    expect(() => readHead(text)).toThrow(expect.objectContaining({ code }));
  });
});
