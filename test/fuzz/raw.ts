import { connect, type Socket } from 'node:net';
import { inLong } from '../support/long.ts';
import type { Random } from '../support/random.ts';

/** No request may stay without an answer or a closed connection for longer; an hour has busier moments than a minute. */
export const boundMs = inLong(10_000, 30_000);

/**
 * Sends bytes as they are, in pieces, says that there are no more, and gives what came back until the other side closed.
 * Rejects when that takes too long. `lingerMs`: how long it waits before it says that there are no more.
 */
export function exchangeRaw(port: number, bytes: Uint8Array, random: Random, lingerMs = 0): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket: Socket = connect(port, '127.0.0.1');
  const late = setTimeout(() => {
    reject(new Error(`no end after ${boundMs} ms`));
    socket.destroy();
  }, boundMs);
  let got = '';
  socket.setEncoding('latin1').on('data', (text: string) => {
    got = (got + text).slice(-100_000);
  });
  // A reset is a closed connection too.
  socket.on('error', () => {});
  socket.once('close', () => {
    clearTimeout(late);
    resolve(got);
  });
  for (let at = 0; at < bytes.length; ) {
    const to = at + random.integer(1, 400);
    socket.write(bytes.subarray(at, to));
    at = to;
  }
  // A socket whose client has gone is told nothing more: a mistake in an answer would not be seen.
  if (lingerMs === 0) socket.end();
  else setTimeout(() => socket.end(), lingerMs);
  return promise;
}

/** A text message as a client sends it: masked, in one frame. */
export function maskedFrame(text: string, opcode = 1): Buffer {
  const payload = Buffer.from(text);
  const length =
    payload.length < 126 ? [payload.length | 0x80] : [126 | 0x80, payload.length >> 8, payload.length & 255];
  const mask = [1, 2, 3, 4];
  const masked = payload.map((byte, index) => byte ^ (mask[index % 4] as number));
  return Buffer.concat([Buffer.from([0x80 | opcode, ...length, ...mask]), masked]);
}

/** The head of an upgrade. */
export function upgradeTo(path: string, protocol?: string): string {
  return [
    `GET ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    'connection: upgrade',
    'upgrade: websocket',
    'sec-websocket-version: 13',
    'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==',
    ...(protocol === undefined ? [] : [`sec-websocket-protocol: ${protocol}`]),
    '\r\n',
  ].join('\r\n');
}
