import { StreambedError } from '@streambed/protocol';
import type { ConversationItem, ConversationPage } from '@streambed/protocol/conversations';
import { sql } from 'kysely';
import type { Queries } from '../database/database.ts';
import { textSearch } from '../database/text-search.ts';
import type { Owner } from '../generation/owner.ts';
import { conversationsOf, lastRev, toItems, turnsOf } from './queries.ts';
import { contentOf } from './rows.ts';
import { excerptOf, textOf } from './said.ts';

export interface ListOptions {
  /** So many on a page: 1 to 200, 50 where it isn't said. */
  readonly limit?: number;
  /** `next` of the page before. */
  readonly before?: string;
  /** Words that all stand in one turn, or in the title. */
  readonly query?: string;
  /** Those that are deleted and can be had back, in place of those that are kept. */
  readonly deleted?: boolean;
}

/** Where a page ends: the order of the list is by these. */
type Cursor = readonly [pinned: 0 | 1, updatedAt: number, id: string];

/** A page of an owner's conversations. */
export async function listConversations(
  db: Queries,
  owner: Owner,
  { limit = 50, before, query, deleted = false }: ListOptions,
  undoMs: number,
): Promise<ConversationPage> {
  const found = query === undefined ? undefined : textSearch.matches(owner, query);
  if (query !== undefined && found === undefined) {
    return { conversations: [], rev: await lastRev(db, owner) };
  }
  let select = conversationsOf(db, owner)
    .where('erased_at', 'is', null)
    .where('deleted_at', deleted ? 'is not' : 'is', null);
  if (found !== undefined) {
    select = select.where('id', 'in', sql<string>`(select conversation from ${found} as found)`);
  }
  if (before !== undefined) {
    const [pinned, updatedAt, id] = readCursor(before);
    select = select.where(sql<boolean>`(pinned, updated_at, id) < (${pinned}, ${updatedAt}, ${id})`);
  }
  const rows = await select
    .selectAll()
    .orderBy('pinned', 'desc')
    .orderBy('updated_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  const page = rows.slice(0, limit);
  const items = await toItems(db, owner, page, undoMs);
  const last = rows.length > limit ? page.at(-1) : undefined;
  return {
    conversations: query === undefined ? items : await withMatches(db, owner, items, query),
    ...(last !== undefined && { next: printCursor([last.pinned, last.updated_at, last.id]) }),
    rev: await lastRev(db, owner),
  };
}

/** Says of each where it was found: in which turn, and what stands around it. */
async function withMatches(
  db: Queries,
  owner: Owner,
  items: readonly ConversationItem[],
  query: string,
): Promise<readonly ConversationItem[]> {
  const found = textSearch.matches(owner, query);
  if (found === undefined || items.length === 0) return items;
  const places = await sql<{ conversation: string; turn: string }>`
    select conversation, max(turn) as turn from ${found} as found
    where conversation in (${sql.join(items.map(({ id }) => id))}) group by conversation`.execute(db);
  const turns = await turnsOf(db, owner)
    .where('id', 'in', ['', ...places.rows.map(({ turn }) => turn)])
    .select(['id', 'conversation', 'content_json'])
    .execute();
  const inTurn = new Map(turns.map((turn) => [turn.conversation, turn]));
  return items.map((item) => {
    const turn = inTurn.get(item.id);
    const text = turn === undefined ? item.title : textOf(contentOf(turn));
    return {
      ...item,
      match: { ...(turn !== undefined && { turn: turn.id }), text: excerptOf(text, query) },
    };
  });
}

function printCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

function readCursor(text: string): Cursor {
  try {
    const cursor: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    const [pinned, updatedAt, id] = cursor as Cursor;
    if (typeof pinned === 'number' && typeof updatedAt === 'number' && typeof id === 'string') {
      return [pinned, updatedAt, id];
    }
  } catch {
    // Said below.
  }
  throw new StreambedError('SB_BAD_REQUEST', 'before: expected what "next" of a page says', {
    field: 'before',
  });
}
