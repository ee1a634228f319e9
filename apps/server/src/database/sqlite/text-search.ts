import { createHash } from 'node:crypto';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { nameOfOwner, type Owner } from '../../generation/owner.ts';
import type { SearchText } from '../text-search.ts';

/** So much of one text can be found, in characters: reading it in takes the event loop's time. */
const maxText = 64 * 1024;
/** So many words of a query count. */
const maxWords = 16;

/** Scripts that put no space between words: there each character is a word to be found. */
const spaceless =
  '[\\p{Script_Extensions=Han}\\p{Script_Extensions=Hiragana}\\p{Script_Extensions=Katakana}\\p{Script_Extensions=Thai}]';
const spacelessCharacter = new RegExp(spaceless, 'gu');
const queryParts = new RegExp(`${spaceless}+|(?:(?!${spaceless})[^\\s"])+`, 'gu');

/** Search by FTS5: `search_text` holds the words, under the ids of `search_entry`, which says whose they are. */
export const sqliteTextSearch = {
  async make(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('search_entry')
      .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
      .addColumn('project', 'text', (column) => column.notNull())
      .addColumn('user', 'text', (column) => column.notNull())
      .addColumn('conversation', 'text', (column) => column.notNull())
      .addColumn('turn', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createIndex('search_entry_by_name')
      .on('search_entry')
      .columns(['project', 'user', 'conversation', 'turn'])
      .unique()
      .execute();
    await sql`create virtual table search_text using fts5 (
      owner, text, tokenize = 'unicode61 remove_diacritics 2'
    )`.execute(db);
    // A deleted word is taken out of the index, not only marked. That costs some 10 ms for a page of text.
    await sql`insert into search_text (search_text, rank) values ('secure-delete', 1)`.execute(db);
  },

  async indexBeginnings<DB>(db: Kysely<DB>): Promise<void> {
    await sql`alter table search_text rename to search_text_before`.execute(db);
    await sql`create virtual table search_text using fts5 (
      owner, text, tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2'
    )`.execute(db);
    await sql`insert into search_text (search_text, rank) values ('secure-delete', 1)`.execute(db);
    await sql`insert into search_text (rowid, owner, text)
      select rowid, owner, text from search_text_before order by rowid`.execute(db);
    await sql`drop table search_text_before`.execute(db);
  },

  async put<DB>(db: Kysely<DB>, { owner, conversation, turn = '', text }: SearchText): Promise<void> {
    await this.forget(db, owner, conversation, turn);
    const words = text.slice(0, maxText).replace(spacelessCharacter, ' $& ');
    if (!/[\p{L}\p{N}]/u.test(words)) return;
    const { project, user } = owner;
    const made = await sql<{ id: number }>`
      insert into search_entry (project, "user", conversation, turn)
      values (${project}, ${user}, ${conversation}, ${turn}) returning id`.execute(db);
    const id = made.rows[0]?.id ?? 0;
    await sql`insert into search_text (rowid, owner, text) values (${id}, ${nameOf(owner)}, ${words})`.execute(
      db,
    );
  },

  async forget<DB>(
    db: Kysely<DB>,
    { project, user }: Owner,
    conversation: string,
    turn?: string,
  ): Promise<void> {
    const those = sql`project = ${project} and "user" = ${user} and conversation = ${conversation}
      ${turn === undefined ? sql`` : sql`and turn = ${turn}`}`;
    await sql`delete from search_text where rowid in (select id from search_entry where ${those})`.execute(
      db,
    );
    await sql`delete from search_entry where ${those}`.execute(db);
  },

  async forgetSome<DB>(
    db: Kysely<DB>,
    { project, user }: Owner,
    conversation: string,
    most: number,
  ): Promise<boolean> {
    const { rows } = await sql<{ id: number }>`
      select id from search_entry
      where project = ${project} and "user" = ${user} and conversation = ${conversation}
      limit ${most}`.execute(db);
    for (const { id } of rows) {
      await sql`delete from search_text where rowid = ${id}`.execute(db);
      await sql`delete from search_entry where id = ${id}`.execute(db);
    }
    return rows.length === most;
  },

  async ofErased<DB>(db: Kysely<DB>, most: number) {
    const { rows } = await sql<Owner & { conversation: string }>`
      select distinct entry.project, entry."user", entry.conversation
      from conversation join search_entry as entry
        on entry.project = conversation.project and entry."user" = conversation."user"
        and entry.conversation = conversation.id
      where conversation.erased_at is not null limit ${most}`.execute(db);
    return rows.map(({ project, user, conversation }) => ({ owner: { project, user }, conversation }));
  },

  matches(owner: Owner, query: string): RawBuilder<{ conversation: string; turn: string }> | undefined {
    const words = (query.match(queryParts) ?? [])
      .filter((part) => /[\p{L}\p{N}]/u.test(part))
      .slice(0, maxWords)
      .map(toPhrase);
    if (words.length === 0) return undefined;
    const match = `owner : "${nameOf(owner)}" AND text : (${words.join(' AND ')})`;
    return sql`(select search_entry.conversation, search_entry.turn from search_text
      join search_entry on search_entry.id = search_text.rowid where search_text match ${match})`;
  },
};

/** As FTS5 wants it: a beginning of a word, or characters that stand side by side. */
function toPhrase(part: string): string {
  const apart = part.replace(spacelessCharacter, ' $& ').trim();
  return apart === part ? `"${part}"*` : `"${apart}"`;
}

/** An owner as one word that the index takes for one. */
function nameOf(owner: Owner): string {
  return createHash('sha256').update(nameOfOwner(owner)).digest('hex').slice(0, 24);
}
