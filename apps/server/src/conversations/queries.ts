import { type GenerationId, StreambedError } from '@streambed/protocol';
import type { ConversationItem } from '@streambed/protocol/conversations';
import type { Queries } from '../database/database.ts';
import type { ConversationTable, TurnTable } from '../database/tables/conversations.ts';
import type { Owner } from '../generation/owner.ts';
import { toItem } from './rows.ts';

/** The rows of an owner's. */
export function own({ project, user }: Owner): { readonly project: string; readonly user: string } {
  return { project, user };
}

/** The columns of `table` that make a row an owner's, as conditions. */
export function conversationsOf(db: Queries, { project, user }: Owner) {
  return db.selectFrom('conversation').where('project', '=', project).where('user', '=', user);
}

export function turnsOf(db: Queries, { project, user }: Owner) {
  return db.selectFrom('turn').where('project', '=', project).where('user', '=', user);
}

export function updateConversation(db: Queries, { project, user }: Owner, id: string) {
  return db
    .updateTable('conversation')
    .where('project', '=', project)
    .where('user', '=', user)
    .where('id', '=', id);
}

export function updateTurn(db: Queries, { project, user }: Owner, id: string) {
  return db.updateTable('turn').where('project', '=', project).where('user', '=', user).where('id', '=', id);
}

/** Takes everything that was said in a conversation away; its words stand in the search still. */
export async function removeTurns(db: Queries, owner: Owner, conversation: string): Promise<void> {
  for (const table of ['turn', 'turn_settings'] as const) {
    await db
      .deleteFrom(table)
      .where('project', '=', owner.project)
      .where('user', '=', owner.user)
      .where('conversation', '=', conversation)
      .execute();
  }
}

/** The row of a conversation that is there; throws `SB_NOT_FOUND` for one that is deleted, too. */
export async function conversationRow(
  db: Queries,
  owner: Owner,
  id: string,
  field = 'conversation',
): Promise<ConversationTable> {
  const row = await conversationsOf(db, owner).where('id', '=', id).selectAll().executeTakeFirst();
  if (row === undefined || row.deleted_at !== null || row.erased_at !== null) throw noConversation(field);
  return row;
}

/** A conversation up to this size is read on the event loop; a larger one beside it. */
const small = { size: 256 * 1024, turns: 200 } as const;

/** Whether the conversation that has a turn takes long to read. */
export async function isLarge(db: Queries, owner: Owner, turn: string): Promise<boolean> {
  const named = turnsOf(db, owner).where('id', '=', turn).select('conversation');
  const row = await conversationsOf(db, owner)
    .where('id', 'in', named)
    .select(['size', 'turns'])
    .executeTakeFirst();
  return row !== undefined && takesLong(row);
}

/** Whether a conversation takes long to read. */
export function takesLong({ size, turns }: Pick<ConversationTable, 'size' | 'turns'>): boolean {
  return size > small.size || turns > small.turns;
}

export function noConversation(field: string): StreambedError {
  return new StreambedError('SB_NOT_FOUND', 'There is no such conversation.', { field });
}

/**
 * The next rev of an owner: it only grows, and it is at least the time in milliseconds, so that a rev tells how long
 * ago its holder last heard of anything.
 */
export async function nextRev(db: Queries, owner: Owner): Promise<number> {
  return Math.max(Date.now(), (await lastRev(db, owner)) + 1);
}

/** The rev of an owner's last change; 0 where there was none. */
export async function lastRev(db: Queries, owner: Owner): Promise<number> {
  const row = await conversationsOf(db, owner)
    .select('rev')
    .orderBy('rev', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.rev ?? 0;
}

/** Conversations as they go out, with what runs in each. */
export async function toItems(
  db: Queries,
  owner: Owner,
  rows: readonly ConversationTable[],
  undoMs: number,
): Promise<readonly ConversationItem[]> {
  const running = rows.length === 0 ? [] : await runningTurns(db, owner);
  return rows.map((row) => {
    const here = running.filter(({ conversation }) => conversation === row.id);
    return toItem(
      row,
      here.map(({ id }) => id as GenerationId),
      undoMs,
    );
  });
}

/** The answers of an owner that run; there are never more than the server may run. */
function runningTurns(db: Queries, owner: Owner): Promise<readonly Pick<TurnTable, 'id' | 'conversation'>[]> {
  return turnsOf(db, owner).where('state', '=', 'running').select(['id', 'conversation']).execute();
}
