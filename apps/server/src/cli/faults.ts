import { requestInHand } from '../http/request-context.ts';

/** So many faults in so long a time: something is broken for good, and a new process may do better. */
const patience = { faults: 20, ms: 60_000 };

export interface FaultsOptions {
  readonly write: (line: string) => void;
  /** Told once, when there have been too many. */
  readonly giveUp: () => void;
  readonly now?: () => number;
}

/**
 * Faults that nobody caught. One is written down with the request that it belongs to, that request fails, and the
 * process lives; too many in a minute, and it is told to end.
 */
export class Faults {
  readonly #options: FaultsOptions;
  #times: number[] = [];
  #givenUp = false;

  constructor(options: FaultsOptions) {
    this.#options = options;
  }

  take(msg: 'uncaughtException' | 'unhandledRejection', fault: unknown): void {
    const { write, giveUp, now = () => performance.now() } = this.#options;
    const request = requestInHand();
    const text = fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
    write(
      JSON.stringify({
        level: 'error',
        time: new Date(),
        msg,
        ...(request !== undefined && { request: request.id, generation: request.generation }),
        fault: text,
      }),
    );
    request?.fail();
    const at = now();
    this.#times = [...this.#times.filter((time) => at - time < patience.ms), at];
    if (this.#times.length < patience.faults || this.#givenUp) return;
    this.#givenUp = true;
    giveUp();
  }
}
