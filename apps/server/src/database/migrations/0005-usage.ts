import type { Kysely } from 'kysely';

/** What generations used. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('usage')
    .addColumn('generation', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('project', 'text', (column) => column.notNull())
    .addColumn('user', 'text', (column) => column.notNull())
    .addColumn('key', 'text')
    .addColumn('surface', 'text')
    .addColumn('model', 'text', (column) => column.notNull())
    .addColumn('target', 'text')
    .addColumn('region', 'text')
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('error_code', 'text')
    .addColumn('request_id', 'text')
    .addColumn('attempts', 'integer')
    .addColumn('input_tokens', 'bigint')
    .addColumn('cache_read_tokens', 'bigint')
    .addColumn('cache_write_5m_tokens', 'bigint')
    .addColumn('cache_write_1h_tokens', 'bigint')
    .addColumn('output_tokens', 'bigint')
    .addColumn('thinking_tokens', 'bigint')
    .addColumn('cost_status', 'text', (column) => column.notNull())
    .addColumn('cost_units', 'bigint')
    .addColumn('prices', 'text')
    .addColumn('started_at', 'bigint', (column) => column.notNull())
    .addColumn('first_event_at', 'bigint')
    .addColumn('ended_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('usage_key', ['generation'])
    .execute();
  await db.schema.createIndex('usage_by_end').on('usage').columns(['ended_at', 'generation']).execute();
}
