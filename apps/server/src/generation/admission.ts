import { StreambedError } from '@streambed/protocol';
import type { Caller } from '../access/caller.ts';
import { callerName, shareOf } from './caller-share.ts';

export interface AdmissionLimits {
  /** Generations running at once in this process. */
  readonly generations: number;
  /** Of those, what one caller may have; absent: see `shareOf`. */
  readonly generationsPerCaller?: number | undefined;
  /** Generations that one socket has asked for and that have not ended. */
  readonly generationsPerSocket: number;
  /** Those that wait for a place. */
  readonly queue: number;
  /** Of those, what one caller may have; absent: see `shareOf`. */
  readonly queuePerCaller?: number | undefined;
  /** How long one may wait, in milliseconds; 0: nobody waits. */
  readonly queueMs: number;
}

/** How much one socket has asked for and not got to its end. Owned by the socket, counted by {@link Admission}. */
export interface SocketLoad {
  running: number;
}

/** Who wants a place. */
export interface Entrant {
  readonly caller: Pick<Caller, 'key' | 'owner'>;
  readonly socket: SocketLoad;
  /** Ends the wait at once, with its reason. */
  readonly signal?: AbortSignal;
  /** Told where it has to wait. */
  readonly onQueued?: (() => void) | undefined;
}

/** Gives a place back. Idempotent. */
export type Leave = () => void;

interface Waiting {
  readonly name: string;
  /** Whether its caller may have one more. */
  readonly hasRoom: () => boolean;
  readonly grant: () => void;
  readonly refuse: (error: unknown) => void;
}

/** How long places were held lately: a newer one counts for so much. */
const newest = 0.2;

/** What a caller is told to wait, at most, in seconds. */
const mostSeconds = 60;

/**
 * Decides who may start one more generation, and when. Where there is no place a few may wait for one: first come first
 * served for one caller, in turn between callers, so that nobody's hundred stand before somebody else's one.
 */
export class Admission {
  readonly limits: AdmissionLimits;
  #running = 0;
  #waiting = 0;
  #draining = false;
  #betweenMs = 1000;
  #leftAt = 0;
  readonly #runningOf = new Map<string, number>();
  /** In the order in which callers get their turn. */
  readonly #queues = new Map<string, Waiting[]>();

  constructor(limits: AdmissionLimits) {
    this.limits = limits;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting;
  }

  get draining(): boolean {
    return this.#draining;
  }

  /** From now on nothing new is admitted; who waits is refused. */
  drain(): void {
    this.#draining = true;
    for (const queue of [...this.#queues.values()]) for (const one of [...queue]) one.refuse(draining());
  }

  /** Throws `SB_DRAINING` where the server leaves: for what is no generation. */
  check(): void {
    if (this.#draining) throw draining();
  }

  /**
   * Takes a place, at once or after a while, and gives what gives it back. Rejects with `SB_DRAINING`, with
   * `SB_TOO_MANY_GENERATIONS` that says whose limit it is and when to try again, or with the signal's reason.
   */
  async enter({ caller, socket, signal, onQueued }: Entrant): Promise<Leave> {
    this.check();
    signal?.throwIfAborted();
    const leave = this.enterNow({ caller, socket });
    if (leave !== undefined) return leave;
    const name = callerName(caller);
    const share = this.#shareOf(caller);
    this.#checkQueue(caller, name, share);
    socket.running += 1;
    try {
      await this.#wait(name, share, signal, onQueued);
    } catch (thrown) {
      socket.running -= 1;
      throw thrown;
    }
    return this.#leaveOf(name, socket);
  }

  /** Takes a place where there is one, as `enter` does; undefined where it would have to be waited for. */
  enterNow({ caller, socket }: Pick<Entrant, 'caller' | 'socket'>): Leave | undefined {
    this.check();
    const name = callerName(caller);
    const { generationsPerSocket } = this.limits;
    if (socket.running >= generationsPerSocket) {
      throw this.#tooMany(
        `This socket already has ${generationsPerSocket} generations running, as many as it may. Wait until one ends.`,
      );
    }
    if (!this.#hasRoom(name, this.#shareOf(caller))) return undefined;
    socket.running += 1;
    this.#take(name);
    return this.#leaveOf(name, socket);
  }

  #shareOf(caller: Entrant['caller']): number {
    return shareOf(caller, this.limits.generations, this.limits.generationsPerCaller);
  }

  /** Gives back a place that was taken. */
  #leaveOf(name: string, socket: SocketLoad): Leave {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      socket.running -= 1;
      this.#giveBack(name);
    };
  }

  #hasRoom(name: string, share: number): boolean {
    return this.#running < this.limits.generations && (this.#runningOf.get(name) ?? 0) < share;
  }

  #take(name: string): void {
    this.#running += 1;
    this.#runningOf.set(name, (this.#runningOf.get(name) ?? 0) + 1);
  }

  #giveBack(name: string): void {
    this.#running -= 1;
    const left = (this.#runningOf.get(name) ?? 1) - 1;
    if (left === 0) this.#runningOf.delete(name);
    else this.#runningOf.set(name, left);
    const now = performance.now();
    this.#betweenMs += newest * (Math.min(now - this.#leftAt, mostSeconds * 1000) - this.#betweenMs);
    this.#leftAt = now;
    this.#next();
  }

  /** Throws where nobody more may wait. */
  #checkQueue(caller: Entrant['caller'], name: string, share: number): void {
    const { generations, queue, queuePerCaller, queueMs } = this.limits;
    const isOwn = this.#running < generations || (this.#runningOf.get(name) ?? 0) >= share;
    const full = isOwn && share < generations ? ownFull(share) : allFull(generations);
    const mayWait = shareOf(caller, queue, queuePerCaller);
    const waits = this.#queues.get(name)?.length ?? 0;
    if (queueMs > 0 && waits < mayWait && this.#waiting < queue) return;
    throw this.#tooMany(queueMs > 0 ? `${full} As many wait for a place as may.` : full);
  }

  /** Resolves with the place taken. */
  async #wait(
    name: string,
    share: number,
    signal: AbortSignal | undefined,
    onQueued: (() => void) | undefined,
  ): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting: Waiting = {
      name,
      hasRoom: () => this.#hasRoom(name, share),
      grant: () => {
        settle();
        this.#take(name);
        resolve();
      },
      refuse: (error) => {
        settle();
        reject(error);
      },
    };
    const { generations, queueMs } = this.limits;
    const late = setTimeout(() => {
      const full = this.#running < generations ? ownFull(share) : allFull(generations);
      waiting.refuse(this.#tooMany(`${full} None became free within ${queueMs} ms.`));
    }, queueMs).unref();
    const onAbort = () => waiting.refuse(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    const settle = () => {
      clearTimeout(late);
      signal?.removeEventListener('abort', onAbort);
      this.#leaveQueue(waiting);
    };
    const queue = this.#queues.get(name) ?? [];
    queue.push(waiting);
    this.#queues.set(name, queue);
    this.#waiting += 1;
    onQueued?.();
    await promise;
  }

  #leaveQueue(waiting: Waiting): void {
    const queue = this.#queues.get(waiting.name) ?? [];
    const index = queue.indexOf(waiting);
    if (index < 0) return;
    queue.splice(index, 1);
    this.#waiting -= 1;
    if (queue.length === 0) this.#queues.delete(waiting.name);
    else if (index === 0) {
      // Whoever had a turn stands behind the others.
      this.#queues.delete(waiting.name);
      this.#queues.set(waiting.name, queue);
    }
  }

  /** Gives the places that are free to those whose turn it is. */
  #next(): void {
    for (;;) {
      const next = this.#whoseTurn();
      if (next === undefined) return;
      next.grant();
    }
  }

  #whoseTurn(): Waiting | undefined {
    for (const [first] of this.#queues.values()) {
      if (first?.hasRoom()) return first;
    }
    return undefined;
  }

  #tooMany(message: string): StreambedError {
    const seconds = Math.ceil((this.#betweenMs * (this.#waiting + 1)) / 1000);
    const retryAfterSeconds = Math.min(Math.max(seconds, 1), mostSeconds);
    return new StreambedError('SB_TOO_MANY_GENERATIONS', message, { retryAfterSeconds });
  }
}

function draining(): StreambedError {
  return new StreambedError('SB_DRAINING', undefined, { retryAfterSeconds: 1 });
}

function allFull(generations: number): string {
  return `This server already runs ${generations} generations, as many as it may.`;
}

function ownFull(share: number): string {
  return `You already have ${share} generations running, as many as one caller may.`;
}
