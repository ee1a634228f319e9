import { StreambedError } from '@streambed/protocol';
import { sql, type Transaction } from 'kysely';
import type { Database } from '../database/database.ts';
import type { AccessKeyTable } from '../database/tables/access.ts';
import type { Tables } from '../database/tables.ts';
import type { Owner } from '../generation/owner.ts';
import type { Key, KeyTerms } from './key.ts';
import { digestOf, makeSecret } from './secret.ts';
import { readKeys, toKey } from './snapshot.ts';

/** A data folder holds so many keys, revoked ones included: each server keeps all of them in memory. */
const maxKeys = 10_000;

/** What a new key is. Without a user it is a user of its own. */
export interface NewKey extends KeyTerms {
  readonly project: string;
  readonly user?: string;
}

/** A key and what proves it: nothing of ours ever says that again. */
export interface MadeKey {
  readonly key: Key;
  readonly secret: string;
}

/** What of a key can be changed; null takes a limit away. */
export interface KeyChange {
  readonly name?: string;
  readonly models?: readonly string[] | null;
  readonly surfaces?: Key['surfaces'] | null;
  readonly requestsPerMinute?: number | null;
  readonly tokensPerMinute?: number | null;
  readonly expiresAt?: number | null;
}

type Change = Transaction<Tables>;

/** The keys of a data folder. A server may be running on it, and notices each change within about a second. */
export class KeyStore {
  readonly #db: Database;
  readonly #now: () => number;

  constructor(db: Database, now: () => number = Date.now) {
    this.#db = db;
    this.#now = now;
  }

  list(): Promise<readonly Key[]> {
    return readKeys(this.#db);
  }

  /** Throws `SB_BAD_REQUEST` where there are too many. */
  create({ project, user, ...terms }: NewKey): Promise<MadeKey> {
    const { id, text } = makeSecret();
    const owner = { project, user: user ?? `key-${id}` };
    const row = toRow({ ...terms, id, owner, createdAt: this.#now() });
    return this.#change(async (change) => {
      const { count } = await change
        .selectFrom('access_key')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow();
      if (count >= maxKeys) {
        throw new StreambedError(
          'SB_BAD_REQUEST',
          `There are ${maxKeys} keys already, as many as there may be.`,
        );
      }
      await change.insertInto('access_key').values(row).execute();
      await this.#addSecret(change, owner, id, text);
      return { key: toKey(row), secret: text };
    });
  }

  /** Throws `SB_NOT_FOUND`, as all of these do. */
  update(id: string, change: KeyChange): Promise<Key> {
    return this.#change(async (trx) => {
      await rowOf(trx, id);
      const { name, models, surfaces, requestsPerMinute, tokensPerMinute, expiresAt } = change;
      const set = {
        ...(name !== undefined && { name }),
        ...(models !== undefined && { models_json: models && JSON.stringify(models) }),
        ...(surfaces !== undefined && { surfaces_json: surfaces && JSON.stringify(surfaces) }),
        ...(requestsPerMinute !== undefined && { requests_per_minute: requestsPerMinute }),
        ...(tokensPerMinute !== undefined && { tokens_per_minute: tokensPerMinute }),
        ...(expiresAt !== undefined && { expires_at: expiresAt }),
      };
      if (Object.keys(set).length > 0) {
        await trx.updateTable('access_key').set(set).where('id', '=', id).execute();
      }
      return toKey(await rowOf(trx, id));
    });
  }

  /** Makes a new secret; those there are end after `graceMs`. */
  rotate(id: string, graceMs: number): Promise<MadeKey> {
    const { text } = makeSecret(id);
    const end = this.#now() + graceMs;
    return this.#change(async (change) => {
      const row = await rowOf(change, id);
      if (row.revoked_at !== null) throw new StreambedError('SB_KEY_REVOKED');
      await change
        .deleteFrom('access_secret')
        .where('key', '=', id)
        .where('expires_at', '<=', this.#now())
        .execute();
      await change
        .updateTable('access_secret')
        .set({ expires_at: end })
        .where('key', '=', id)
        .where(({ eb, or }) => or([eb('expires_at', 'is', null), eb('expires_at', '>', end)]))
        .execute();
      await this.#addSecret(change, row, id, text);
      return { key: toKey(row), secret: text };
    });
  }

  /** Ends a key for good, with its tokens and sign-ins. Idempotent. */
  revoke(id: string): Promise<Key> {
    return this.#change(async (change) => {
      const row = await rowOf(change, id);
      if (row.revoked_at !== null) return toKey(row);
      const revoked = { ...row, revoked_at: this.#now() };
      await change
        .updateTable('access_key')
        .set({ revoked_at: revoked.revoked_at })
        .where('id', '=', id)
        .execute();
      return toKey(revoked);
    });
  }

  /** Ends a sign-in before its time; those that are over by now are forgotten. */
  endSession(session: string, { project, user }: Owner, expiresAt: number): Promise<void> {
    return this.#change(async (change) => {
      await change.deleteFrom('access_ended').where('expires_at', '<=', this.#now()).execute();
      await change
        .insertInto('access_ended')
        .values({ project, user, session, expires_at: expiresAt })
        .onConflict((conflict) => conflict.column('session').doNothing())
        .execute();
    });
  }

  /** Every change is one transaction, and every server learns of it by the rev. */
  #change<T>(work: (change: Change) => Promise<T>): Promise<T> {
    return this.#db.transaction().execute(async (change) => {
      const result = await work(change);
      await change.updateTable('access_state').set({ rev: sql<number>`rev + 1` }).execute();
      return result;
    });
  }

  async #addSecret(change: Change, { project, user }: Owner, key: string, text: string): Promise<void> {
    const hash = digestOf(text).toString('hex');
    await change
      .insertInto('access_secret')
      .values({ project, user, key, hash, created_at: this.#now(), expires_at: null })
      .execute();
  }
}

async function rowOf(change: Change, id: string): Promise<AccessKeyTable> {
  const row = await change.selectFrom('access_key').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw new StreambedError('SB_NOT_FOUND', 'There is no key with this id.');
  return row;
}

function toRow({
  id,
  owner,
  name,
  admin,
  models,
  surfaces,
  limits,
  createdAt,
  expiresAt,
}: Key): AccessKeyTable {
  return {
    ...owner,
    id,
    name,
    admin: admin ? 1 : 0,
    models_json: models === undefined ? null : JSON.stringify(models),
    surfaces_json: surfaces === undefined ? null : JSON.stringify(surfaces),
    requests_per_minute: limits.requestsPerMinute ?? null,
    tokens_per_minute: limits.tokensPerMinute ?? null,
    created_at: createdAt,
    expires_at: expiresAt ?? null,
    revoked_at: null,
  };
}
