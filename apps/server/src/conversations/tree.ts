import { StreambedError } from '@streambed/protocol';
import type { ConversationItem, ConversationTree, ConversationTurn } from '@streambed/protocol/conversations';
import type { Queries } from '../database/database.ts';
import type { Owner } from '../generation/owner.ts';
import { settingsIn } from './branch.ts';
import { conversationRow, toItems, turnsOf } from './queries.ts';
import { toTurn } from './rows.ts';

/**
 * A conversation with all its turns, or with those that have changed after a rev. Throws `SB_NOT_FOUND`. Nothing may be
 * written meanwhile: no turn is in it that the rev doesn't count.
 */
export async function conversationTree(
  db: Queries,
  owner: Owner,
  id: string,
  after: number,
  undoMs: number,
): Promise<ConversationTree> {
  const row = await conversationRow(db, owner, id, 'id');
  const [item] = await toItems(db, owner, [row], undoMs);
  const turns = await turnsOf(db, owner)
    .where('conversation', '=', id)
    .where('rev', '>', after > row.rev ? 0 : after)
    .selectAll()
    .orderBy('rev')
    .execute();
  return {
    ...(item as ConversationItem),
    tree: turns.map(toTurn),
    settings: await settingsIn(db, owner, id),
  };
}

/** One turn. Throws `SB_NOT_FOUND`. */
export async function turnIn(db: Queries, owner: Owner, id: string, turn: string): Promise<ConversationTurn> {
  await conversationRow(db, owner, id, 'id');
  const row = await turnsOf(db, owner)
    .where('conversation', '=', id)
    .where('id', '=', turn)
    .selectAll()
    .executeTakeFirst();
  if (row === undefined)
    throw new StreambedError('SB_NOT_FOUND', 'There is no such turn.', { field: 'turn' });
  return toTurn(row);
}
