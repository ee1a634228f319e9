import { StreambedError } from '@streambed/protocol';
import { sameOwner } from '../generation/owner.ts';
import type { Access, Identified, SocketAccess } from './access.ts';
import { checkSurface } from './access.ts';
import type { Caller } from './caller.ts';

/** How long a client may take to say who it is, how long before the end it is asked again, and the longest a timer runs. */
export interface PresenceTimes {
  readonly lateMs: number;
  readonly warnMs: number;
}

export const defaultPresenceTimes: PresenceTimes = { lateMs: 5_000, warnMs: 60_000 };
const longestMs = 24 * 60 * 60_000;

export interface PresenceOptions {
  readonly access: Access;
  readonly surface: SocketAccess['surface'];
  readonly identified: Identified | undefined;
  readonly closed: AbortSignal;
  readonly times?: PresenceTimes;
  /** Told who it is, where that is said only now. What it throws refuses them, and they may say it again. */
  readonly onIdentified?: (caller: Caller) => void;
  /** Who it is ends then, in milliseconds since 1970. */
  readonly onExpiring?: (expiresAt: number) => void;
  /** Nobody knows any longer who it is. */
  readonly onEnd: (error: StreambedError) => void;
}

/** Who is at the other end of a socket, for as long as that is known. */
export class Presence {
  readonly #options: PresenceOptions;
  #identified: Identified | undefined;
  #timers: NodeJS.Timeout[] = [];

  constructor(options: PresenceOptions) {
    this.#options = options;
    this.#identified = options.identified;
    const { closed, access } = options;
    const stopListening = access.ring.onChange(() => this.#verify());
    closed.addEventListener('abort', () => {
      stopListening();
      this.#stopTimers();
    });
    this.#startTimers();
  }

  /** Throws `SB_KEY_REQUIRED` where it hasn't been said. */
  get caller(): Caller {
    if (this.#identified === undefined) throw new StreambedError('SB_KEY_REQUIRED');
    return this.#identified.caller;
  }

  get known(): boolean {
    return this.#identified !== undefined;
  }

  /** Milliseconds since 1970; undefined: it doesn't end, or isn't known. */
  get expiresAt(): number | undefined {
    return this.#identified?.caller.expiresAt;
  }

  /** Takes a key or client token. It may only be of who was known before. Throws what refuses it. */
  authenticate(token: string): Caller {
    const { access, surface } = this.#options;
    const found = access.identifyText(token);
    checkSurface(found.caller, [surface]);
    if (this.#identified !== undefined && !sameOwner(this.#identified.caller.owner, found.caller.owner)) {
      throw new StreambedError('SB_TOKEN_REFUSED', 'This socket is of somebody else. Open another one.');
    }
    if (this.#identified === undefined) this.#options.onIdentified?.(found.caller);
    this.#identified = found;
    this.#startTimers();
    return found.caller;
  }

  /** Something has changed: whoever is here is looked at again. */
  #verify(): void {
    const { access, surface, onEnd } = this.#options;
    if (this.#identified === undefined) return;
    try {
      const { credential, caller: before } = this.#identified;
      // Since there are keys, nobody is nobody.
      if (credential === undefined) {
        if (access.ring.keyed) throw new StreambedError('SB_KEY_REQUIRED');
        return;
      }
      const caller = access.ring.verify(credential);
      checkSurface(caller, [surface]);
      this.#identified = { credential, caller };
      if (caller.expiresAt !== before.expiresAt) this.#startTimers();
    } catch (thrown) {
      const error = StreambedError.from(thrown);
      if (error.code === 'SB_ACCESS_UNKNOWN') return;
      this.#identified = undefined;
      this.#stopTimers();
      onEnd(error);
    }
  }

  #startTimers(): void {
    this.#stopTimers();
    const { times = defaultPresenceTimes, closed, onExpiring, onEnd } = this.#options;
    if (closed.aborted) return;
    if (this.#identified === undefined) {
      this.#after(times.lateMs, () => onEnd(new StreambedError('SB_KEY_REQUIRED')));
      return;
    }
    const { expiresAt } = this.#identified.caller;
    if (expiresAt === undefined) return;
    const left = expiresAt - Date.now();
    if (left > longestMs) {
      this.#after(longestMs, () => this.#startTimers());
      return;
    }
    this.#after(left - times.warnMs, () => onExpiring?.(expiresAt));
    this.#after(left, () => {
      this.#identified = undefined;
      onEnd(new StreambedError('SB_TOKEN_REFUSED'));
    });
  }

  #after(ms: number, then: () => void): void {
    this.#timers.push(setTimeout(then, Math.max(0, ms)).unref());
  }

  #stopTimers(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers = [];
  }
}
