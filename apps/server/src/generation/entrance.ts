import { type ClientId, StreambedError } from '@streambed/protocol';
import type { Admission, Leave } from './admission.ts';
import { CancelledAhead } from './cancelled-ahead.ts';
import { nameOfId, type Owner } from './owner.ts';
import type { StartOrder } from './start-order.ts';

/** The way to a place to run at, on which a start can be cancelled by its caller's own id: before it came, too. */
export class Entrance {
  readonly #admission: Admission;
  /** Those that wait for a place. */
  readonly #queuedById = new Map<string, AbortController>();
  readonly #cancelledAhead = new CancelledAhead();

  constructor(admission: Admission) {
    this.#admission = admission;
  }

  /**
   * Waits for a place, and gives what gives it back. What is cancelled by then needs none: it only gets its end.
   * Rejects as {@link Admission.enter} does, and with `SB_CANCELLED` once who asked is gone.
   */
  async enter({
    caller,
    clientId,
    socket,
    gone,
    onQueued,
  }: Pick<StartOrder, 'caller' | 'clientId' | 'socket' | 'gone' | 'onQueued'>): Promise<Leave> {
    const { owner } = caller;
    const isCancelled = () => clientId !== undefined && this.#cancelledAhead.has(owner, clientId);
    if (isCancelled() && !this.#admission.draining) return () => {};
    const hasLeft = () => gone?.aborted === true;
    if (hasLeft()) throw new StreambedError('SB_CANCELLED');
    const leave = this.#admission.enterNow({ caller, socket });
    if (leave !== undefined) return leave;
    const given = new AbortController();
    const name = clientId === undefined ? undefined : nameOfId(owner, clientId);
    if (name !== undefined) this.#queuedById.set(name, given);
    const signal = gone === undefined ? given.signal : AbortSignal.any([given.signal, gone]);
    try {
      return await this.#admission.enter({ caller, socket, signal, onQueued });
    } catch (thrown) {
      if (given.signal.aborted) return () => {};
      throw hasLeft() ? new StreambedError('SB_CANCELLED') : thrown;
    } finally {
      if (name !== undefined) this.#queuedById.delete(name);
    }
  }

  /** Cancels what waits under this id, or starts under it within a minute. */
  cancel(owner: Owner, id: ClientId): void {
    this.#cancelledAhead.add(owner, id);
    this.#queuedById.get(nameOfId(owner, id))?.abort();
  }

  /** Whether what starts under this id is cancelled already; asked once, that is forgotten. */
  takeCancelled(owner: Owner, id: ClientId): boolean {
    return this.#cancelledAhead.take(owner, id);
  }
}
