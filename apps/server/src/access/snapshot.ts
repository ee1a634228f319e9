import type { Database } from '../database/database.ts';
import type { AccessKeyTable } from '../database/tables/access.ts';
import type { SurfaceName } from './caller.ts';
import type { Key, Secret } from './key.ts';

/** Everything that it takes to know who asks, as it was at one moment. */
export interface Snapshot {
  readonly rev: number;
  readonly keys: ReadonlyMap<string, Key>;
  /** By the key that they prove. */
  readonly secrets: ReadonlyMap<string, readonly Secret[]>;
  /** Sign-ins that were ended before their time. */
  readonly ended: ReadonlySet<string>;
  readonly signingKey: Buffer;
}

/** Grows with each change that any process makes. */
export async function readRev(db: Database): Promise<number> {
  const { rev } = await db.selectFrom('access_state').select('rev').executeTakeFirstOrThrow();
  return rev;
}

/** Reads everything. What changes meanwhile may be in it already, under the rev before. */
export async function readSnapshot(db: Database): Promise<Snapshot> {
  const state = await db.selectFrom('access_state').selectAll().executeTakeFirstOrThrow();
  const keys = await readKeys(db);
  const secretRows = await db.selectFrom('access_secret').selectAll().execute();
  const ended = await db.selectFrom('access_ended').select('session').execute();
  const secrets = new Map<string, Secret[]>();
  for (const { key, hash, expires_at: expiresAt } of secretRows) {
    const list = secrets.get(key) ?? [];
    list.push({ digest: Buffer.from(hash, 'hex'), ...(expiresAt !== null && { expiresAt }) });
    secrets.set(key, list);
  }
  return {
    rev: state.rev,
    keys: new Map(keys.map((key) => [key.id, key])),
    secrets,
    ended: new Set(ended.map(({ session }) => session)),
    signingKey: Buffer.from(state.signing_key, 'hex'),
  };
}

/** Every key there ever was, in the order in which they were made. */
export async function readKeys(db: Database): Promise<readonly Key[]> {
  const rows = await db.selectFrom('access_key').selectAll().orderBy('created_at').orderBy('id').execute();
  return rows.map(toKey);
}

export function toKey(row: AccessKeyTable): Key {
  const { id, project, user, name, models_json: models, surfaces_json: surfaces } = row;
  return {
    id,
    owner: { project, user },
    name,
    admin: row.admin === 1,
    ...(models !== null && { models: JSON.parse(models) as string[] }),
    ...(surfaces !== null && { surfaces: JSON.parse(surfaces) as SurfaceName[] }),
    limits: {
      ...(row.requests_per_minute !== null && { requestsPerMinute: row.requests_per_minute }),
      ...(row.tokens_per_minute !== null && { tokensPerMinute: row.tokens_per_minute }),
    },
    createdAt: row.created_at,
    ...(row.expires_at !== null && { expiresAt: row.expires_at }),
    ...(row.revoked_at !== null && { revokedAt: row.revoked_at }),
  };
}
