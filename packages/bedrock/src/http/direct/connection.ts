import { connect, isIP, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext } from 'node:tls';
import { type Body, isParts } from '../body.ts';
import type { AnswerListener, WireCall } from '../wire.ts';
import { AnswerReader } from './answer-reader.ts';
import { HttpError } from './http-error.ts';
import type { AnswerHead } from './read-head.ts';
import { writeRequest } from './write-request.ts';

/** Where connections lead. */
export interface Place {
  readonly secure: boolean;
  /** A name or an address, without brackets. */
  readonly host: string;
  readonly port: number;
  readonly trust: () => SecureContext;
  /** The TLS session of an earlier connection there: taken up again, the handshake costs half. */
  session: Buffer | undefined;
}

/** One request on its way through a connection. */
export interface Job {
  readonly call: WireCall;
  readonly listener: AnswerListener;
}

/** Whoever has the connections. */
export interface ConnectionOwner {
  /** The answer is complete; the connection may be used again for `seconds` more, if that is known. */
  onIdle(connection: Connection, seconds: number | undefined): void;
  /** The socket is gone. `wasStale`: under a request on a connection used before, of which the other side said nothing. */
  onClosed(connection: Connection, wasStale: boolean): void;
}

/**
 * All sockets are read into this: whoever listens has copied what was read before the next read of any. As large as
 * libuv's own.
 */
const memory = Buffer.allocUnsafeSlow(64 * 1024);

/**
 * One socket that speaks HTTP/1.1, a request at a time:
 *
 *     connecting ──▶ busy ⇄ idle          and from everywhere to closed
 */
export class Connection {
  readonly #socket: Socket;
  readonly #owner: ConnectionOwner;
  readonly #place: Place;
  #isConnected = false;
  #isClosed = false;
  #job: Job | undefined;
  #reader: AnswerReader | undefined;
  #head: AnswerHead | undefined;
  /** Whether anything of the current answer has come, and whether all of the request has gone. */
  #isAnswered = false;
  #isWritten = false;
  #isPaused = false;
  /** Answers so far. */
  #served = 0;

  /** Connects, for the first job. */
  constructor(place: Place, owner: ConnectionOwner, job: Job) {
    this.#place = place;
    this.#owner = owner;
    this.#job = job;
    const onread: OnReadOpts = { buffer: memory, callback: (length) => this.#onRead(length) };
    const { host, port, secure } = place;
    const to = { host, port, onread, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 };
    this.#socket = secure
      ? connectTls({
          ...to,
          secureContext: place.trust(),
          servername: isIP(host) === 0 ? host : '',
          ALPNProtocols: ['http/1.1'],
          ...(place.session !== undefined && { session: place.session }),
        })
      : connect(to);
    this.#socket
      .on('session', (session: Buffer) => {
        place.session = session;
      })
      .once(secure ? 'secureConnect' : 'connect', () => this.#onConnected())
      .on('end', () => this.#onEnd())
      .on('error', (error) => this.#fail(error))
      .on('close', () => this.#fail(new HttpError('HTTP_CUT')));
  }

  /** Whether that is what it is busy with. */
  carries(job: Job): boolean {
    return this.#job === job;
  }

  /** Sends another request. Only when idle. */
  send(job: Job): void {
    this.#job = job;
    this.#socket.ref();
    this.#start(job);
  }

  /** Closes the socket; the job, if there is one, ends with `reason`. */
  close(reason: Error): void {
    this.#fail(reason);
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#socket.resume();
  }

  #onConnected(): void {
    if (this.#isClosed) return;
    this.#isConnected = true;
    if (this.#job !== undefined) this.#start(this.#job);
  }

  #start(job: Job): void {
    this.#isAnswered = false;
    this.#isWritten = false;
    this.#reader = new AnswerReader({
      onHead: (head) => {
        this.#head = head;
        job.listener.onHead(head);
      },
      onBody: (bytes) => job.listener.onBody(bytes),
    });
    job.listener.onConnected();
    // Whoever listens may have given it up.
    if (this.#isClosed) return;
    try {
      this.#socket.write(writeRequest(job.call));
    } catch (error) {
      this.#fail(error as Error);
      return;
    }
    this.#writeParts(job.call.body);
  }

  /** Parts go out as the other side takes them. */
  #writeParts(body: Body | undefined): void {
    const parts = isParts(body) ? body : [];
    let next = 0;
    const more = () => {
      while (next < parts.length && !this.#isClosed) {
        const taken = this.#socket.write(parts[next] as Uint8Array);
        next += 1;
        if (!taken) {
          this.#socket.once('drain', more);
          return;
        }
      }
      this.#isWritten = true;
    };
    more();
  }

  /** What one read brought is in the memory. Returns whether to go on reading. */
  #onRead(length: number): boolean {
    const reader = this.#reader;
    // Nothing is due on an idle connection.
    if (this.#isClosed || reader === undefined) {
      this.#fail(new HttpError('HTTP_CUT'));
      return false;
    }
    this.#isAnswered = true;
    try {
      const read = reader.read(memory, length);
      if (reader.ended && !this.#isClosed) this.#finish(read === length);
    } catch (error) {
      this.#fail(error as Error);
    }
    return !this.#isPaused;
  }

  #onEnd(): void {
    try {
      this.#reader?.end();
      if (this.#reader !== undefined) this.#finish(false);
      else this.#fail(new HttpError('HTTP_CUT'));
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  /** The answer is complete. `clean`: nothing came behind it. */
  #finish(clean: boolean): void {
    const job = this.#job;
    const head = this.#head;
    this.#job = undefined;
    this.#reader = undefined;
    this.#head = undefined;
    this.#served += 1;
    this.resume();
    const isFree = clean && head?.keepsAlive === true && this.#isWritten;
    if (isFree) this.#socket.unref();
    else this.#fail(new HttpError('HTTP_CUT'));
    job?.listener.onEnd();
    if (!isFree) return;
    if (this.#socket.writableLength === 0) this.#rest(head.keepAliveSeconds);
    else setImmediate(() => this.#rest(head.keepAliveSeconds));
  }

  /**
   * Idle from now on, if the system has taken all of the request. Over TLS it says so a turn of the event loop later, and the
   * answer may be here before that. What is still not taken then never will be: the other side has answered without it.
   */
  #rest(seconds: number | undefined): void {
    if (this.#isClosed) return;
    if (this.#socket.writableLength === 0) this.#owner.onIdle(this, seconds);
    else this.#fail(new HttpError('HTTP_CUT'));
  }

  #fail(error: Error): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const job = this.#job;
    this.#job = undefined;
    this.#reader = undefined;
    // A session that led nowhere isn't taken up again.
    if (!this.#isConnected) this.#place.session = undefined;
    this.#socket.destroy();
    this.#owner.onClosed(this, job !== undefined && this.#served > 0 && !this.#isAnswered);
    job?.listener.onError(error);
  }
}
