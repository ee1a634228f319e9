import { StreambedError } from '@streambed/protocol';

export interface AdmissionLimits {
  /** Generations running at once in this process. */
  readonly generations: number;
  /** Generations running at once that one socket has asked for. */
  readonly generationsPerSocket: number;
}

/** How much one socket has running. Owned by the socket, counted by {@link Admission}. */
export interface SocketLoad {
  running: number;
}

/** Decides whether one more generation may start. */
export class Admission {
  readonly limits: AdmissionLimits;
  #running = 0;
  #draining = false;

  constructor(limits: AdmissionLimits) {
    this.limits = limits;
  }

  get running(): number {
    return this.#running;
  }

  get draining(): boolean {
    return this.#draining;
  }

  /** From now on nothing new is admitted. */
  drain(): void {
    this.#draining = true;
  }

  /**
   * Takes a place and returns what gives it back. Throws `SB_DRAINING`, or `SB_TOO_MANY_GENERATIONS` that says whose
   * limit it is.
   */
  enter(socket: SocketLoad): () => void {
    if (this.#draining) throw new StreambedError('SB_DRAINING');
    const { generations, generationsPerSocket } = this.limits;
    if (socket.running >= generationsPerSocket) {
      throw new StreambedError(
        'SB_TOO_MANY_GENERATIONS',
        `This socket already has ${generationsPerSocket} generations running, as many as it may. Wait until one ends.`,
      );
    }
    if (this.#running >= generations) {
      throw new StreambedError(
        'SB_TOO_MANY_GENERATIONS',
        `This server already runs ${generations} generations, as many as it may. Try again shortly.`,
        { retryAfterSeconds: 1 },
      );
    }
    socket.running += 1;
    this.#running += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      socket.running -= 1;
      this.#running -= 1;
    };
  }
}
