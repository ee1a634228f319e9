import type { Kysely } from 'kysely';
import { textSearch } from '../text-search.ts';

/** Conversations, their turns, and the words in them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('conversation')
    .addColumn('project', 'text', (column) => column.notNull())
    .addColumn('user', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('title', 'text', (column) => column.notNull())
    .addColumn('pinned', 'integer', (column) => column.notNull())
    .addColumn('leaf', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addColumn('deleted_at', 'bigint')
    .addColumn('erased_at', 'bigint')
    .addColumn('rev', 'bigint', (column) => column.notNull())
    .addColumn('turns', 'integer', (column) => column.notNull())
    .addColumn('size', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('conversation_key', ['project', 'user', 'id'])
    .execute();
  await db.schema
    .createIndex('conversation_by_rev')
    .on('conversation')
    .columns(['project', 'user', 'rev'])
    .execute();
  await db.schema
    .createIndex('conversation_by_time')
    .on('conversation')
    .columns(['project', 'user', 'pinned', 'updated_at', 'id'])
    .execute();
  await db.schema
    .createIndex('conversation_by_deletion')
    .on('conversation')
    .columns(['deleted_at', 'erased_at'])
    .execute();
  await db.schema
    .createTable('turn')
    .addColumn('project', 'text', (column) => column.notNull())
    .addColumn('user', 'text', (column) => column.notNull())
    .addColumn('conversation', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('parent', 'text')
    .addColumn('depth', 'integer', (column) => column.notNull())
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('digest', 'text', (column) => column.notNull())
    .addColumn('content_json', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('answers_tools', 'integer', (column) => column.notNull())
    .addColumn('client_id', 'text')
    .addColumn('model', 'text')
    .addColumn('settings', 'text')
    .addColumn('continues', 'text')
    .addColumn('message_json', 'text')
    .addColumn('stop_json', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('ended_at', 'bigint')
    .addColumn('rev', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('turn_key', ['project', 'user', 'id'])
    .execute();
  await db.schema
    .createIndex('turn_by_rev')
    .on('turn')
    .columns(['project', 'user', 'conversation', 'rev'])
    .execute();
  await db.schema
    .createIndex('turn_by_parent')
    .on('turn')
    .columns(['project', 'user', 'conversation', 'parent', 'digest'])
    .execute();
  await db.schema.createIndex('turn_by_state').on('turn').columns(['state']).execute();
  await db.schema
    .createTable('turn_settings')
    .addColumn('project', 'text', (column) => column.notNull())
    .addColumn('user', 'text', (column) => column.notNull())
    .addColumn('conversation', 'text', (column) => column.notNull())
    .addColumn('digest', 'text', (column) => column.notNull())
    .addColumn('request_json', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('turn_settings_key', ['project', 'user', 'conversation', 'digest'])
    .execute();
  await textSearch.make(db);
}
