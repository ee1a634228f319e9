import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import {
  flatWrites,
  headChunks,
  type Speech,
  speechOf,
  stampedChunk,
  tailChunks,
  tokenChunk,
} from './fake-answers.ts';
import { serve } from './process.ts';
import { readWanted, type Wanted } from './tokens.ts';

/**
 * A Bedrock cheap enough never to be the bottleneck: HTTP/1.1 by hand on raw sockets, its answers made once and written
 * as they are. It checks nothing; the emulator is the one to test against.
 */
await serve(async () => {
  const answers = new Map<string, readonly Buffer[]>();
  const attend = (socket: Socket) => attendConnection(socket, answers);
  const { BENCH_KEY, BENCH_CERT } = process.env;
  const secure = BENCH_KEY !== undefined && BENCH_CERT !== undefined;
  const server = secure
    ? createTlsServer({ key: readFileSync(BENCH_KEY), cert: readFileSync(BENCH_CERT) }, attend)
    : createServer(attend);
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, resolve));
  const { port } = server.address() as AddressInfo;
  return secure ? `https://localhost:${port}` : `http://127.0.0.1:${port}`;
});

const separator = Buffer.from('\r\n\r\n');

/** Reads requests and answers each in turn. */
function attendConnection(socket: Socket, answers: Map<string, readonly Buffer[]>): void {
  let read: Buffer = Buffer.alloc(0);
  let stop = () => {};
  socket.setNoDelay(true);
  socket.on('error', () => {});
  socket.on('close', () => stop());
  socket.on('data', (bytes: Buffer) => {
    read = read.length === 0 ? bytes : Buffer.concat([read, bytes]);
    for (;;) {
      const end = read.indexOf(separator);
      if (end < 0) return;
      const head = read.toString('latin1', 0, end);
      const length = Number(/\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
      const from = end + separator.length;
      if (read.length < from + length) return;
      const body = read.toString('utf8', from, from + Math.min(length, 64 * 1024));
      const tail = length > 64 * 1024 ? read.toString('utf8', from + length - 64 * 1024, from + length) : '';
      read = read.subarray(from + length);
      const path = head.slice(head.indexOf(' ') + 1, head.indexOf(' HTTP/'));
      stop = answer(socket, path, readWanted(body + tail), answers);
    }
  });
}

/** Answers one request. Returns what ends the answer early. */
function answer(
  socket: Socket,
  path: string,
  wanted: Wanted,
  answers: Map<string, readonly Buffer[]>,
): () => void {
  const spoken = speechOf(path.split('?', 1)[0] ?? '');
  if (spoken === undefined) {
    socket.write('HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}');
    return () => {};
  }
  const { speech, streams } = spoken;
  if (!streams) {
    const body = speech.whole(wanted.tokens);
    socket.write(
      `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-amzn-requestid: 11111111-1111-4111-8111-111111111111\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    return () => {};
  }
  socket.write(
    'HTTP/1.1 200 OK\r\ncontent-type: application/vnd.amazon.eventstream\r\nx-amzn-requestid: 11111111-1111-4111-8111-111111111111\r\ntransfer-encoding: chunked\r\n\r\n',
  );
  if (wanted.perSecond !== undefined || wanted.stamped === true) return paced(socket, speech, wanted);
  const key = `${path.slice(path.lastIndexOf('/'))} ${wanted.tokens}`;
  const known = answers.get(key) ?? flatWrites(speech, wanted.tokens);
  answers.set(key, known);
  return flat(socket, known);
}

/** As fast as the reader takes it. */
function flat(socket: Socket, writes: readonly Buffer[]): () => void {
  let next = 0;
  const more = () => {
    while (next < writes.length) {
      const taken = socket.write(writes[next] as Buffer);
      next += 1;
      if (!taken && next < writes.length) return;
    }
    socket.off('drain', more);
  };
  socket.on('drain', more);
  more();
  return () => socket.off('drain', more);
}

/** A token at a time, the first one at once; each stream has a beat of its own. */
function paced(
  socket: Socket,
  speech: Speech,
  { tokens, perSecond = 1000, stamped = false }: Wanted,
): () => void {
  let said = 0;
  let timer: NodeJS.Timeout;
  const make = () => (stamped ? stampedChunk(speech) : tokenChunk(speech, said));
  const say = () => {
    said += 1;
    if (said < tokens) {
      socket.write(make());
      return;
    }
    clearInterval(timer);
    socket.write(Buffer.concat([make(), tailChunks(speech, tokens)]));
  };
  socket.write(headChunks(speech));
  // The first token in a write of its own; then the beat begins somewhere within its time.
  timer = setTimeout(
    () => {
      timer = setInterval(say, 1000 / perSecond);
    },
    (Math.random() * 1000) / perSecond,
  );
  say();
  return () => {
    clearTimeout(timer);
    clearInterval(timer);
  };
}
