import { setImmediate } from 'node:timers/promises';
import { StreambedError } from '@streambed/protocol';
import type { Database } from '../database/database.ts';
import type { Caller } from './caller.ts';
import type { Credential } from './credentials.ts';
import { type Grant, type GrantKind, proofOf, readGrant, sign } from './grant.ts';
import { type Key, type Secret, stateOf } from './key.ts';
import { digestOf, idOfSecret, sameDigest } from './secret.ts';
import { readRev, readSnapshot, type Snapshot } from './snapshot.ts';

/** How often it is looked whether another process has changed something. */
const pollMs = 1_000;
/** Without an answer for so long, what isn't known here may be known there. */
const staleMs = 4_000;
/** So many are told of a change before others have their turn. */
const tellAtOnce = 500;

export interface KeyRingOptions {
  readonly db: Database;
  /** A key that the environment gives: it may do everything, and stands nowhere else. */
  readonly environmentKey?: string | undefined;
  /** Told when the database stops answering, and when it does again. */
  readonly onTrouble?: (trouble: Error | undefined) => void;
  readonly now?: () => number;
}

/** A key that was shown, and which of its secrets. */
interface Shown {
  readonly key: Key;
  readonly secret: Secret;
}

/**
 * Knows every key. It answers from what it read last, without the database: that is read when it has changed, whoever
 * changed it, and while it doesn't answer what was known goes on counting.
 */
export class KeyRing implements Disposable {
  #snapshot: Snapshot;
  readonly #db: Database;
  readonly #environment: Shown | undefined;
  readonly #now: () => number;
  readonly #onTrouble: KeyRingOptions['onTrouble'];
  readonly #listeners = new Set<() => void>();
  readonly #poll: NodeJS.Timeout;
  #refreshing: Promise<void> | undefined;
  #answeredAt = performance.now();
  #troubled = false;

  /** Reads the keys. Throws `SB_STORE_FAILED` where they can't be. */
  static async open(options: KeyRingOptions): Promise<KeyRing> {
    return new KeyRing(options, await readSnapshot(options.db));
  }

  private constructor({ db, environmentKey, onTrouble, now = Date.now }: KeyRingOptions, snapshot: Snapshot) {
    this.#db = db;
    this.#snapshot = snapshot;
    this.#now = now;
    this.#onTrouble = onTrouble;
    this.#environment = environmentKey === undefined ? undefined : fromEnvironment(environmentKey);
    this.#poll = setInterval(() => void this.refresh(), pollMs).unref();
  }

  /** Whether anybody has to say who they are: once there was a key, for ever. */
  get keyed(): boolean {
    return this.#environment !== undefined || this.#snapshot.keys.size > 0;
  }

  /** Calls `listener` after each change, until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes in what has changed. Never rejects: while the database doesn't answer, what is known stays. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #refresh(): Promise<void> {
    try {
      const changed = (await readRev(this.#db)) !== this.#snapshot.rev;
      if (changed) this.#snapshot = await readSnapshot(this.#db);
      this.#answeredAt = performance.now();
      if (this.#troubled) this.#onTrouble?.(undefined);
      this.#troubled = false;
      if (changed) await this.#tell();
    } catch (thrown) {
      this.#answeredAt = Number.NEGATIVE_INFINITY;
      if (!this.#troubled) this.#onTrouble?.(thrown as Error);
      this.#troubled = true;
    }
  }

  /** Every open socket listens: not all of them at once. */
  async #tell(): Promise<void> {
    let told = 0;
    for (const listener of [...this.#listeners]) {
      if (this.#listeners.has(listener)) listener();
      told += 1;
      if (told % tellAtOnce === 0) await setImmediate();
    }
  }

  /**
   * Whom a credential names. Throws `SB_KEY_UNKNOWN`, `SB_KEY_EXPIRED`, `SB_KEY_REVOKED`, `SB_TOKEN_REFUSED`; and
   * `SB_ACCESS_UNKNOWN` where a database that doesn't answer may know better.
   */
  verify({ by, text }: Credential): Caller {
    if (by !== 'key') return this.#holderOf(by, text);
    const { key, secret } = this.#show(text);
    const expiresAt = earliest(key.expiresAt, secret.expiresAt);
    return {
      owner: key.owner,
      key: key.id,
      by,
      admin: key.admin,
      may: 'generate',
      ...(key.surfaces !== undefined && { surfaces: key.surfaces }),
      models: key.models === undefined ? [] : [key.models],
      limits: key.limits,
      ...(expiresAt !== undefined && { expiresAt }),
    };
  }

  /** Writes a sign-in or token of whoever shows a key; it ends with that key at the latest. Throws as `verify`. */
  grant(
    kind: GrantKind,
    credential: Credential | undefined,
    { expires, ...more }: Omit<Grant, 'key' | 'proof'>,
  ): { readonly text: string; readonly expires: number } {
    const { signingKey } = this.#snapshot;
    // Without keys nobody asks for it; a program that always makes one need not know.
    if (credential === undefined && !this.keyed) {
      return { text: sign(kind, { ...more, key: '', proof: '', expires }, signingKey), expires };
    }
    if (credential?.by !== 'key') {
      throw new StreambedError('SB_KEY_REQUIRED', 'This takes a key itself: no token and no sign-in.');
    }
    const { key, secret } = this.#show(credential.text);
    const end = earliest(expires * 1000, key.expiresAt, secret.expiresAt) ?? 0;
    const grant = { ...more, key: key.id, proof: proofOf(secret.digest), expires: Math.floor(end / 1000) };
    return { text: sign(kind, grant, signingKey), expires: grant.expires };
  }

  /** What a sign-in or token says, if this server wrote it; whether it is still good is not looked at. */
  read(kind: GrantKind, text: string): Grant | undefined {
    return readGrant(kind, text, this.#snapshot.signingKey);
  }

  /** For people: what a key is called. */
  nameOf(id: string): string | undefined {
    return this.#find(id)?.name;
  }

  #holderOf(kind: GrantKind, text: string): Caller {
    const grant = this.read(kind, text);
    if (grant === undefined) throw new StreambedError('SB_TOKEN_REFUSED');
    const { subject, surfaces, models, read, id } = grant;
    const now = this.#now();
    const expiresAt = grant.expires * 1000;
    if (expiresAt <= now || this.#snapshot.ended.has(id)) throw new StreambedError('SB_TOKEN_REFUSED');
    const key = this.#find(grant.key);
    const secret = this.#secretsOf(grant.key).find(({ digest }) => proofOf(digest) === grant.proof);
    if (key === undefined || secret === undefined) throw this.#unknown('SB_TOKEN_REFUSED');
    if (stateOf(key, now) !== 'valid' || isOver(secret, now)) throw new StreambedError('SB_TOKEN_REFUSED');
    const { project, user } = key.owner;
    const both = [key.surfaces, surfaces].filter((list) => list !== undefined);
    const [some, ...others] = both;
    return {
      owner: { project, user: subject === undefined ? user : `${user}/${subject}` },
      key: key.id,
      by: kind,
      // Nothing that a page can reach makes keys.
      admin: false,
      may: read ? 'read' : 'generate',
      ...(some !== undefined && { surfaces: some.filter((it) => others.every((list) => list.includes(it))) }),
      models: [key.models, models].filter((list) => list !== undefined),
      limits: key.limits,
      expiresAt,
    };
  }

  /** The key that a text proves. */
  #show(text: string): Shown {
    const digest = digestOf(text);
    const now = this.#now();
    if (this.#environment !== undefined && sameDigest(digest, this.#environment.secret.digest)) {
      return this.#environment;
    }
    const key = this.#snapshot.keys.get(idOfSecret(text) ?? '');
    // Every secret is looked at: how long it takes must not tell which one it was.
    const secret = this.#secretsOf(key?.id ?? '').filter((one) => sameDigest(one.digest, digest))[0];
    if (key === undefined || secret === undefined) throw this.#unknown('SB_KEY_UNKNOWN');
    const state = stateOf(key, now);
    if (state === 'revoked' || isOver(secret, now)) throw new StreambedError('SB_KEY_REVOKED');
    if (state === 'expired') throw new StreambedError('SB_KEY_EXPIRED');
    return { key, secret };
  }

  #find(id: string): Key | undefined {
    return id === this.#environment?.key.id ? this.#environment.key : this.#snapshot.keys.get(id);
  }

  #secretsOf(id: string): readonly Secret[] {
    if (id === this.#environment?.key.id) return [this.#environment.secret];
    return this.#snapshot.secrets.get(id) ?? [];
  }

  /** What isn't known here may have been made since the database last answered. */
  #unknown(code: 'SB_KEY_UNKNOWN' | 'SB_TOKEN_REFUSED'): StreambedError {
    const stale = performance.now() - this.#answeredAt > staleMs;
    return stale
      ? new StreambedError('SB_ACCESS_UNKNOWN', undefined, { retryAfterSeconds: 2 })
      : new StreambedError(code);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#poll);
    this.#listeners.clear();
  }
}

/** The owner is who everybody is while there are no keys: what they made then is theirs. */
function fromEnvironment(text: string): Shown {
  const digest = digestOf(text);
  return {
    key: {
      // Another key is another id: tokens of the one before it end.
      id: `environment-${digest.toString('hex', 0, 4)}`,
      owner: { project: 'default', user: 'local' },
      name: 'STREAMBED_API_KEY',
      admin: true,
      limits: {},
      createdAt: Date.now(),
    },
    secret: { digest },
  };
}

function isOver({ expiresAt }: Secret, now: number): boolean {
  return expiresAt !== undefined && expiresAt <= now;
}

function earliest(...times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
