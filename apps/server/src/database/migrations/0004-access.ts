import { randomBytes } from 'node:crypto';
import { type Kysely, sql } from 'kysely';

/** Keys, what proves them, and the sign-ins that were ended. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('access_key')
    .addColumn('project', 'text', (column) => column.notNull())
    .addColumn('user', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('admin', 'integer', (column) => column.notNull())
    .addColumn('models_json', 'text')
    .addColumn('surfaces_json', 'text')
    .addColumn('requests_per_minute', 'bigint')
    .addColumn('tokens_per_minute', 'bigint')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint')
    .addColumn('revoked_at', 'bigint')
    .addPrimaryKeyConstraint('access_key_key', ['id'])
    .execute();
  await db.schema
    .createTable('access_secret')
    .addColumn('project', 'text', (column) => column.notNull())
    .addColumn('user', 'text', (column) => column.notNull())
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint')
    .addPrimaryKeyConstraint('access_secret_key', ['hash'])
    .execute();
  await db.schema
    .createTable('access_ended')
    .addColumn('project', 'text', (column) => column.notNull())
    .addColumn('user', 'text', (column) => column.notNull())
    .addColumn('session', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('access_ended_key', ['session'])
    .execute();
  await db.schema
    .createTable('access_state')
    .addColumn('id', 'integer', (column) => column.notNull())
    .addColumn('rev', 'bigint', (column) => column.notNull())
    .addColumn('signing_key', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('access_state_key', ['id'])
    .execute();
  await sql`insert into access_state (id, rev, signing_key) values (1, 0, ${randomBytes(32).toString('hex')})`.execute(
    db,
  );
}
