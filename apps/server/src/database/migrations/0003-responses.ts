import type { Kysely } from 'kysely';

/** Stored responses of the Responses API. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('response')
    .addColumn('project', 'text', (column) => column.notNull())
    .addColumn('user', 'text', (column) => column.notNull())
    .addColumn('generation', 'text', (column) => column.notNull())
    .addColumn('params_json', 'text', (column) => column.notNull())
    .addColumn('answer_json', 'text')
    .addColumn('started_at', 'bigint', (column) => column.notNull())
    .addColumn('used_at', 'bigint', (column) => column.notNull())
    .addColumn('size', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('response_key', ['generation'])
    .execute();
  await db.schema.createIndex('response_by_use').on('response').columns(['used_at']).execute();
}
