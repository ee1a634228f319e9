import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { haiku, messages } from '../test/ask.ts';
import { type Emulator, startEmulator } from './index.ts';

/** An HTTP/1.1 request as bytes. */
function rawRequest(text = '/say pong', close = true): Buffer {
  const body = JSON.stringify(messages(text));
  return Buffer.from(
    `POST /model/${haiku}/invoke HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer x\r\nContent-Length: ${body.length}\r\n${close ? 'Connection: close\r\n' : ''}\r\n${body}`,
  );
}

async function readAll(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += chunk;
  return text;
}

async function viaHttp2(emulator: Emulator, prompts: readonly string[]): Promise<readonly string[]> {
  const session = connectHttp2(emulator.url);
  const answers = prompts.map(async (prompt) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': `/model/${encodeURIComponent(haiku)}/invoke`,
      authorization: 'Bearer x',
    });
    stream.end(JSON.stringify(messages(`/say ${prompt}`)));
    let text = '';
    for await (const chunk of stream) text += chunk;
    return JSON.parse(text).content[0].text as string;
  });
  const all = await Promise.all(answers);
  session.close();
  return all;
}

describe('listen', () => {
  it('serves HTTP/1.1 and HTTP/2 with prior knowledge on one port', async () => {
    await using emulator = await startEmulator({ pace: 'instant' });
    const prompts = Array.from({ length: 50 }, (_, n) => `number ${n}`);
    expect(await viaHttp2(emulator, prompts)).toEqual(prompts);
    const socket = connect(emulator.port, '127.0.0.1');
    socket.write(rawRequest());
    expect(await readAll(socket)).toContain('"text":"pong"');
    expect(new Set(emulator.requests.map(({ httpVersion }) => httpVersion))).toEqual(new Set(['2.0', '1.1']));
  });

  it('recognises HTTP/1.1 when its bytes come one by one', async () => {
    await using emulator = await startEmulator({ pace: 'instant' });
    const socket = connect({ port: emulator.port, host: '127.0.0.1', noDelay: true });
    for (const byte of rawRequest()) socket.write(Buffer.of(byte));
    expect(await readAll(socket)).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*"text":"pong"/);
  });

  it('recognises HTTP/2 when its preface comes in pieces', async () => {
    await using emulator = await startEmulator({ pace: 'instant' });
    for (const cut of [1, 3, 14, 23]) {
      const session = connectHttp2(emulator.url, {
        createConnection: () => {
          const socket = connect({ port: emulator.port, host: '127.0.0.1', noDelay: true });
          const write = socket._write.bind(socket);
          let first = true;
          socket._write = (chunk: Buffer, encoding, done) => {
            if (!first) return write(chunk, encoding, done);
            first = false;
            write(chunk.subarray(0, cut), encoding, () =>
              setImmediate(() => write(chunk.subarray(cut), encoding, done)),
            );
          };
          return socket;
        },
      });
      const stream = session.request({ ':path': '/' });
      let text = '';
      for await (const chunk of stream) text += chunk;
      expect(text).toContain('local Bedrock');
      session.close();
    }
  });

  it('answers a client that ends its side early', async () => {
    await using emulator = await startEmulator({ pace: 'instant' });
    const socket = connect(emulator.port, '127.0.0.1');
    socket.end(rawRequest());
    expect(await readAll(socket)).toContain('"text":"pong"');
  });

  it('keeps a connection for the next request', async () => {
    await using emulator = await startEmulator({ pace: 'instant' });
    const socket = connect(emulator.port, '127.0.0.1');
    socket.write(rawRequest('/say one', false));
    await once(socket, 'data');
    socket.write(rawRequest('/say two'));
    const rest = await readAll(socket);
    expect(rest).toContain('"text":"two"');
    expect(rest).not.toContain('Keep-Alive:');
  });

  it('survives garbage and connections that come and go', async () => {
    await using emulator = await startEmulator({ pace: 'instant' });
    for (const garbage of [
      '\x16\x03\x01\x02\x00',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nnot frames at all',
      'nonsense\r\n\r\n',
      '',
    ]) {
      const socket = connect(emulator.port, '127.0.0.1');
      socket.on('error', () => {});
      socket.end(Buffer.from(garbage, 'latin1'));
      socket.resume();
      await once(socket, 'close');
    }
    expect(await viaHttp2(emulator, ['still here'])).toEqual(['still here']);
  });

  it('closes idle connections of both kinds when it stops', async () => {
    const emulator = await startEmulator({ pace: 'instant' });
    const session = connectHttp2(emulator.url);
    session.on('error', () => {});
    const socket = connect(emulator.port, '127.0.0.1');
    socket.write(rawRequest('/say one', false));
    await Promise.all([once(session, 'connect'), once(socket, 'data')]);
    const closed = Promise.all([once(session, 'close'), once(socket, 'close')]);
    socket.on('error', () => {});
    await emulator.stop();
    await closed;
    await expect(fetch(emulator.url)).rejects.toThrow();
  });

  it('says so when the port is taken', async () => {
    await using emulator = await startEmulator();
    await expect(startEmulator({ port: emulator.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
