import type { ClientId } from '@streambed/protocol';
import { nameOfId, type Owner } from './owner.ts';

/** Ids that were cancelled before they were seen: remembered for a minute, and so many of them. */
export class CancelledAhead {
  readonly #ms = 60_000;
  readonly #most = 10_000;
  readonly #until = new Map<string, number>();

  add(owner: Owner, id: ClientId): void {
    const now = performance.now();
    for (const [name, until] of this.#until) {
      if (until > now && this.#until.size < this.#most) break;
      this.#until.delete(name);
    }
    this.#until.set(nameOfId(owner, id), now + this.#ms);
  }

  has(owner: Owner, id: ClientId): boolean {
    return (this.#until.get(nameOfId(owner, id)) ?? 0) > performance.now();
  }

  /** Whether it is cancelled; asked once, it is forgotten. */
  take(owner: Owner, id: ClientId): boolean {
    const name = nameOfId(owner, id);
    const until = this.#until.get(name) ?? 0;
    this.#until.delete(name);
    return until > performance.now();
  }
}
