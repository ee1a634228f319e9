import { setTimeout as wait } from 'node:timers/promises';
import { StreambedError } from '@streambed/protocol';
import type { ConversationChange, NewConversation } from '@streambed/protocol/conversations';
import type { Database, Queries } from '../database/database.ts';
import type { ConversationTable } from '../database/tables/conversations.ts';
import { textSearch } from '../database/text-search.ts';
import type { Owner } from '../generation/owner.ts';
import { checkRoom } from './accept.ts';
import { newConversationId } from './ids.ts';
import type { ConversationLimits } from './limits.ts';
import {
  conversationRow,
  conversationsOf,
  nextRev,
  noConversation,
  own,
  removeTurns,
  turnsOf,
  updateConversation,
} from './queries.ts';

/** Makes an empty conversation, or finds the one that has this id. Throws `SB_NOT_FOUND` for one that was deleted. */
export function createConversation(
  db: Database,
  owner: Owner,
  { id = newConversationId(), title = '', pinned = false }: NewConversation,
  limits: ConversationLimits,
): Promise<string> {
  return db.transaction().execute(async (trx) => {
    const known = await conversationsOf(trx, owner).where('id', '=', id).selectAll().executeTakeFirst();
    if (known !== undefined) {
      await conversationRow(trx, owner, id, 'id');
      return id;
    }
    await checkRoom(trx, owner, limits);
    const now = Date.now();
    const row: ConversationTable = {
      ...own(owner),
      id,
      title,
      pinned: pinned ? 1 : 0,
      leaf: null,
      created_at: now,
      updated_at: now,
      deleted_at: null,
      erased_at: null,
      rev: await nextRev(trx, owner),
      turns: 0,
      size: 0,
    };
    await trx.insertInto('conversation').values(row).execute();
    if (title !== '') await textSearch.put(trx, { owner, conversation: id, text: title });
    return id;
  });
}

/** Names, pins, or shows another branch. Throws `SB_NOT_FOUND`. */
export async function changeConversation(
  db: Database,
  owner: Owner,
  id: string,
  { title, pinned, leaf }: ConversationChange,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await conversationRow(trx, owner, id, 'id');
    if (leaf !== undefined) await checkTurn(trx, owner, id, leaf);
    await updateConversation(trx, owner, id)
      .set({
        rev: await nextRev(trx, owner),
        ...(title !== undefined && { title }),
        ...(pinned !== undefined && { pinned: pinned ? 1 : 0 }),
        ...(leaf !== undefined && { leaf }),
      })
      .execute();
    if (title !== undefined) await textSearch.put(trx, { owner, conversation: id, text: title });
  });
}

/** Deletes a conversation in such a way that it can be had back. Throws `SB_NOT_FOUND`. */
export async function deleteConversation(db: Database, owner: Owner, id: string): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await conversationRow(trx, owner, id, 'id');
    const rev = await nextRev(trx, owner);
    await updateConversation(trx, owner, id).set({ deleted_at: Date.now(), rev }).execute();
  });
}

/** Has a deleted conversation back. Throws `SB_NOT_FOUND` where it is gone for good. */
export async function restoreConversation(db: Database, owner: Owner, id: string): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const row = await conversationsOf(trx, owner)
      .where('id', '=', id)
      .where('erased_at', 'is', null)
      .select('deleted_at')
      .executeTakeFirst();
    if (row === undefined) throw noConversation('id');
    if (row.deleted_at === null) return;
    const rev = await nextRev(trx, owner);
    await updateConversation(trx, owner, id).set({ deleted_at: null, rev }).execute();
  });
}

/**
 * Takes everything in a conversation away for good; that it was is still known. Throws `SB_NOT_FOUND`. Its words are taken
 * out of the search by {@link eraseWords}, which takes longer.
 */
export async function eraseConversation(db: Database, owner: Owner, id: string): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const known = await conversationsOf(trx, owner)
      .where('id', '=', id)
      .where('erased_at', 'is', null)
      .select('id')
      .executeTakeFirst();
    if (known === undefined) throw noConversation('id');
    await removeTurns(trx, owner, id);
    const now = Date.now();
    const rev = await nextRev(trx, owner);
    await updateConversation(trx, owner, id)
      .set({ title: '', leaf: null, pinned: 0, turns: 0, size: 0, deleted_at: now, erased_at: now, rev })
      .execute();
  });
}

/** So many texts are taken out of the search before others may write: each takes 10 to 200 ms. */
const textsAtOnce = 1;

/** Long enough for those who wait to write: they look every few milliseconds. */
const gapMs = 15;

/** Takes the words of an erased conversation out of the search, while others may write between any two. */
export async function eraseWords(db: Database, owner: Owner, id: string): Promise<void> {
  for (let more = true; more; ) {
    more = await db.transaction().execute((trx) => textSearch.forgetSome(trx, owner, id, textsAtOnce));
    if (more) await wait(gapMs);
  }
}

async function checkTurn(trx: Queries, owner: Owner, conversation: string, id: string): Promise<void> {
  const turn = await turnsOf(trx, owner)
    .where('conversation', '=', conversation)
    .where('id', '=', id)
    .select('id')
    .executeTakeFirst();
  if (turn !== undefined) return;
  throw new StreambedError('SB_NOT_FOUND', 'There is no such turn in this conversation.', { field: 'leaf' });
}
