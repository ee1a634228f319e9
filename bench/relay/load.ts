import { connect, type Socket } from 'node:net';
import { serve } from './process.ts';
import { type Protocol, type ProtocolName, portkeyProtocol, protocols } from './protocols.ts';
import { ageUs, hasStamp, mark, promptFor, token, tokensIn, type Wanted } from './tokens.ts';

/** What is asked of a server: so many connections, each asking one prompt after another. */
export interface Load {
  readonly url: string;
  readonly protocol: ProtocolName | { readonly portkey: string; readonly stream: boolean };
  readonly streams: number;
  /** Answers of each connection. */
  readonly answers: number;
  readonly wanted: Wanted;
  /** Whether every answer is compared, token by token, with what the model said. */
  readonly verify?: boolean;
}

/** What came of it. Every token arrived, or the run fails. */
export interface LoadResult {
  readonly tokens: number;
  readonly answers: number;
  readonly seconds: number;
  readonly bytes: number;
  /** From the asking to the first token. */
  readonly firstMs: Percentiles;
  /** From the writing of a token by the upstream to its arrival; there where tokens are stamped. */
  readonly delayMs?: Percentiles;
}

export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** The first half of a mark at the end of an HTTP chunk. */
const cutMark = Buffer.from('|\r\n');

/** An answer that has nothing to say for so long is given up. */
const patienceMs = 20_000;

await serve(async () => 'load', runLoad);

async function runLoad(load: Load): Promise<LoadResult> {
  const { protocol: name } = load;
  const protocol: Protocol =
    typeof name === 'string' ? protocols[name] : portkeyProtocol(name.portkey, name.stream);
  const firsts: number[] = [];
  const delays: number[] = [];
  const readers = await Promise.all(
    Array.from({ length: load.streams }, () => Reader.open(load, protocol, firsts, delays)),
  );
  const started = performance.now();
  await Promise.all(readers.map((reader) => reader.run()));
  const seconds = (performance.now() - started) / 1000;
  const bytes = readers.reduce((sum, reader) => sum + reader.bytes, 0);
  for (const reader of readers) reader.close();
  const answers = load.streams * load.answers;
  return {
    tokens: answers * load.wanted.tokens,
    answers,
    seconds,
    bytes,
    firstMs: percentiles(firsts),
    ...(load.wanted.stamped === true && { delayMs: percentiles(delays) }),
  };
}

/** One connection. It counts tokens by their marks, and knows nothing else of what it reads. */
class Reader {
  bytes = 0;
  readonly #load: Load;
  readonly #protocol: Protocol;
  readonly #firsts: number[];
  readonly #delays: number[];
  readonly #socket: Socket;
  readonly #host: string;
  /** Tokens of the answer under way. */
  #tokens = 0;
  #askedAt = 0;
  #tail = '';
  #kept: string[] = [];
  /** The bytes so far end within a mark. */
  #halfMark = false;
  #opened: (() => void) | undefined;
  #done: PromiseWithResolvers<void> | undefined;

  static async open(load: Load, protocol: Protocol, firsts: number[], delays: number[]): Promise<Reader> {
    const { hostname, port, host } = new URL(load.url);
    let reader: Reader | undefined;
    const socket = connect({
      host: hostname,
      port: Number(port),
      noDelay: true,
      // One buffer for each connection, read in place: what the load costs must not slow what it measures.
      onread: {
        buffer: Buffer.allocUnsafe(64 * 1024),
        callback: (length, buffer) => {
          reader?.read(Buffer.from(buffer.buffer, buffer.byteOffset, length));
          return true;
        },
      },
    });
    reader = new Reader(load, protocol, firsts, delays, socket, host);
    await reader.ready();
    return reader;
  }

  constructor(
    load: Load,
    protocol: Protocol,
    firsts: number[],
    delays: number[],
    socket: Socket,
    host: string,
  ) {
    this.#load = load;
    this.#protocol = protocol;
    this.#firsts = firsts;
    this.#delays = delays;
    this.#socket = socket;
    this.#host = host;
  }

  /** Connected, and the WebSocket stands where it is one. */
  async ready(): Promise<void> {
    const socket = this.#socket;
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve).once('error', reject);
    });
    const failed = (error?: Error) =>
      this.#done?.reject(error ?? new Error(`closed after ${this.#tokens} tokens: ${this.#tail}`));
    socket.on('error', failed).on('close', () => failed());
    socket.setTimeout(patienceMs, () =>
      failed(new Error(`silence after ${this.#tokens} tokens: ${this.#tail}`)),
    );
    if (this.#protocol.open === undefined) return;
    const opened = new Promise<void>((resolve) => {
      this.#opened = resolve;
    });
    socket.write(this.#protocol.open(this.#host));
    await opened;
  }

  async run(): Promise<void> {
    const prompt = promptFor(this.#load.wanted);
    for (let answer = 0; answer < this.#load.answers; answer += 1) {
      this.#tokens = 0;
      this.#tail = '';
      this.#kept = [];
      this.#halfMark = false;
      this.#done = Promise.withResolvers();
      this.#askedAt = performance.now();
      this.#socket.write(this.#protocol.ask(this.#host, prompt));
      await this.#done.promise;
      if (this.#load.verify === true) this.#verify();
    }
  }

  close(): void {
    this.#done = undefined;
    this.#socket.destroy();
  }

  read(bytes: Buffer): void {
    this.bytes += bytes.length;
    if (this.#opened !== undefined) {
      if (bytes.toString('latin1', 0, 12) !== 'HTTP/1.1 101') throw new Error(bytes.toString());
      this.#opened();
      this.#opened = undefined;
      return;
    }
    if (this.#done === undefined) return;
    const { tokens: wanted, stamped = false } = this.#load.wanted;
    if (this.#tokens === 0 && this.#tail === '' && bytes[0] === 0x48) this.#readHead(bytes);
    if (this.#load.verify === true) this.#kept.push(bytes.toString('latin1'));
    if (this.#halfMark) this.#finishMark(bytes, 0);
    for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + 2)) {
      this.#count();
      if (stamped && hasStamp(at)) this.#delays.push(ageUs(bytes, at) / 1000);
    }
    // A proxy that cuts HTTP chunks anew may cut a mark in two.
    for (let at = bytes.indexOf(cutMark); at >= 0; at = bytes.indexOf(cutMark, at + 1))
      this.#finishMark(bytes, at + 1);
    if (bytes[bytes.length - 1] === mark[0]) this.#halfMark = true;
    const { end } = this.#protocol;
    this.#tail = (this.#tail + bytes.toString('latin1', Math.max(0, bytes.length - 600))).slice(-600);
    if (this.#tokens < wanted) return;
    if (this.#tokens > wanted) {
      this.#done.reject(new Error(`${this.#tokens} tokens of ${wanted}`));
      if (this.#load.verify === true) this.#verify();
      return;
    }
    if (end !== undefined && !this.#tail.includes(end)) return;
    this.#done.resolve();
  }

  /** Half of a mark has been read: the other half follows, perhaps after the head of another HTTP chunk. */
  #finishMark(bytes: Buffer, from: number): void {
    let at = from;
    while (at < bytes.length && isChunkHead(bytes[at] as number)) at += 1;
    this.#halfMark = at === bytes.length;
    if (bytes[at] === mark[1]) this.#count();
  }

  #count(): void {
    if (this.#tokens === 0) this.#firsts.push(performance.now() - this.#askedAt);
    this.#tokens += 1;
  }

  #verify(): void {
    const said = tokensIn(this.#kept.join(''));
    const wrong = said.findIndex((text, index) => `${text} ` !== token(index));
    if (wrong >= 0) throw new Error(`token ${wrong} is ${said[wrong]}`);
  }

  /** A status that isn't 200 is no answer. */
  #readHead(bytes: Buffer): void {
    if (bytes.toString('latin1', 0, 12) === 'HTTP/1.1 200') return;
    this.#done?.reject(new Error(bytes.toString('utf8', 0, 2000)));
  }
}

/** CR, LF, and the digits of a chunk's length. */
function isChunkHead(byte: number): boolean {
  return byte === 13 || byte === 10 || (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66);
}

function percentiles(values: number[]): Percentiles {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}
