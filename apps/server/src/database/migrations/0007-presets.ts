import type { Kysely } from 'kysely';

/** What is set for questions, under names. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('preset')
    .addColumn('project', 'text', (column) => column.notNull())
    .addColumn('user', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('parameters_json', 'text', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('preset_key', ['project', 'user', 'name'])
    .execute();
}
