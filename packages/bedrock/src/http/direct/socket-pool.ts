import type { AnswerListener, Sending, WireCall } from '../wire.ts';
import { Connection, type ConnectionOwner, type Job, type Place } from './connection.ts';
import type { DirectOptions } from './direct-wire.ts';
import { HttpError } from './http-error.ts';

/** An idle connection is kept so long, … */
const idleMs = 30_000;
/** … or as long as the other side says it keeps it, but for so long as a request may be on its way. */
const safetyMs = 2_000;

/** The connections to one origin. The one that was used last is used first, so that those not needed end. */
export class SocketPool implements ConnectionOwner {
  readonly #place: Place;
  readonly #most: number;
  readonly #open = new Set<Connection>();
  /** Those that nobody uses, and until when they may be; the one used last at the end. */
  #idle: { readonly connection: Connection; readonly until: number }[] = [];
  readonly #queue = new Set<PooledSending>();
  #sweep: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(origin: string, { trust, connections }: DirectOptions) {
    const { protocol, hostname, port } = new URL(origin);
    const secure = protocol === 'https:';
    this.#place = {
      secure,
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: port === '' ? (secure ? 443 : 80) : Number(port),
      trust,
      session: undefined,
    };
    this.#most = connections;
  }

  /** Whether it has no connection. */
  get isEmpty(): boolean {
    return this.#open.size === 0;
  }

  send(call: WireCall, listener: AnswerListener): Sending {
    const sending = new PooledSending(call, listener, this.#queue);
    const connection = this.#takeIdle();
    if (connection !== undefined) {
      sending.connection = connection;
      connection.send(sending);
      return sending;
    }
    listener.onConnecting();
    if (this.#open.size < this.#most) this.#connect(sending);
    else this.#queue.add(sending);
    return sending;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#sweep);
    const closed = new HttpError('HTTP_CLOSED');
    for (const { listener } of this.#queue) listener.onError(closed);
    this.#queue.clear();
    for (const connection of this.#open) connection.close(closed);
  }

  onIdle(connection: Connection, seconds: number | undefined): void {
    const next = this.#takeQueued();
    if (next !== undefined) {
      next.connection = connection;
      connection.send(next);
      return;
    }
    const ms = Math.min(idleMs, seconds === undefined ? idleMs : seconds * 1000 - safetyMs);
    if (ms <= 0) connection.close(new HttpError('HTTP_CUT'));
    else {
      this.#idle.push({ connection, until: performance.now() + ms });
      this.#sweep ??= setTimeout(() => this.#endIdle(), ms).unref();
    }
  }

  onClosed(connection: Connection, wasStale: boolean): void {
    this.#open.delete(connection);
    this.#idle = this.#idle.filter((idle) => idle.connection !== connection);
    if (this.#isClosed) return;
    // It may have been read all the same, so whoever asked decides whether to ask again, and that counts as an attempt. It is made on
    // a new connection: those that nobody used will be closed as well.
    if (wasStale) for (const idle of this.#idle.splice(0)) idle.connection.close(new HttpError('HTTP_CUT'));
    const next = this.#takeQueued();
    if (next !== undefined) this.#connect(next);
  }

  #connect(sending: PooledSending): void {
    const connection = new Connection(this.#place, this, sending);
    sending.connection = connection;
    this.#open.add(connection);
  }

  #takeIdle(): Connection | undefined {
    const now = performance.now();
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (idle.until > now) return idle.connection;
      idle.connection.close(new HttpError('HTTP_CUT'));
    }
    return undefined;
  }

  #takeQueued(): PooledSending | undefined {
    const [next] = this.#queue;
    if (next !== undefined) this.#queue.delete(next);
    return next;
  }

  #endIdle(): void {
    this.#sweep = undefined;
    const now = performance.now();
    const ended = this.#idle.filter(({ until }) => until <= now);
    for (const { connection } of ended) connection.close(new HttpError('HTTP_CUT'));
    const next = Math.min(...this.#idle.map(({ until }) => until));
    if (next !== Infinity) this.#sweep = setTimeout(() => this.#endIdle(), next - now).unref();
  }
}

/** A request, in whatever connection it is. */
class PooledSending implements Sending, Job {
  readonly call: WireCall;
  readonly listener: AnswerListener;
  connection: Connection | undefined;
  readonly #queue: Set<PooledSending>;

  constructor(call: WireCall, listener: AnswerListener, queue: Set<PooledSending>) {
    this.call = call;
    this.listener = listener;
    this.#queue = queue;
  }

  pause(): void {
    this.#carrier?.pause();
  }

  resume(): void {
    this.#carrier?.resume();
  }

  abort(reason: Error): void {
    if (this.#queue.delete(this)) this.listener.onError(reason);
    else this.#carrier?.close(reason);
  }

  /** Its connection, while that is busy with it and not with the next request. */
  get #carrier(): Connection | undefined {
    return this.connection?.carries(this) === true ? this.connection : undefined;
  }
}
