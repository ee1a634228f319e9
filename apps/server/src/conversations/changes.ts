import type { ConversationItem, ConversationTurn, RequestSettings } from '@streambed/protocol/conversations';
import type { Database, Queries } from '../database/database.ts';
import type { Owner } from '../generation/owner.ts';
import { settingsIn } from './branch.ts';
import type { ConversationLimits } from './limits.ts';
import { conversationRow, conversationsOf, lastRev, toItems, turnsOf } from './queries.ts';
import { toTurn } from './rows.ts';

/** What has changed up to `rev`. */
export interface ListChange {
  readonly rev: number;
  readonly reset?: true;
  readonly items: readonly ConversationItem[];
}

/** What has changed in one conversation up to `rev`. */
export interface TreeChange {
  readonly rev: number;
  readonly reset?: true;
  readonly conversation: ConversationItem;
  readonly items: readonly ConversationTurn[];
  readonly settings?: Readonly<Record<string, RequestSettings>>;
}

/** So many conversations stand in one frame; where everything is asked for, the newest of them. */
const maxItems = 500;
/** So much of turns stands in one frame, in characters; a larger turn comes without what it says. */
const maxSize = 256 * 1024;

/** What has changed in an owner's list after a rev; nothing where nothing has. */
export async function listChange(
  db: Database,
  owner: Owner,
  after: number | undefined,
  { undoMs, goneMs }: ConversationLimits,
): Promise<ListChange | undefined> {
  const rev = await lastRev(db, owner);
  if (after === rev) return undefined;
  // Who was away for longer than it is known what has gone gets everything, as who knows more than there is.
  const known = after !== undefined && after <= rev && after > Date.now() - goneMs;
  if (known) {
    const rows = await conversationsOf(db, owner)
      .where('rev', '>', after)
      .selectAll()
      .orderBy('rev')
      .limit(maxItems)
      .execute();
    return { rev: rows.at(-1)?.rev ?? rev, items: await toItems(db, owner, rows, undoMs) };
  }
  const rows = await conversationsOf(db, owner)
    .where('erased_at', 'is', null)
    .selectAll()
    .orderBy('rev', 'desc')
    .limit(maxItems)
    .execute();
  return { rev, reset: true, items: await toItems(db, owner, rows.reverse(), undoMs) };
}

/** What has changed in a conversation after a rev; nothing where nothing has. Throws `SB_NOT_FOUND` once it is gone. */
export async function treeChange(
  db: Queries,
  owner: Owner,
  id: string,
  after: number | undefined,
  undoMs: number,
): Promise<TreeChange | undefined> {
  const row = await conversationRow(db, owner, id, 'topic');
  if (after === row.rev) return undefined;
  const reset = after === undefined || after > row.rev;
  const rows = await turnsOf(db, owner)
    .where('conversation', '=', id)
    .where('rev', '>', reset ? 0 : after)
    .select(['id', 'rev', (of) => of.fn<number>('length', ['content_json']).as('size')])
    .orderBy('rev')
    .execute();
  let size = 0;
  let count = 0;
  for (const turn of rows) {
    size += Math.min(turn.size, maxSize);
    if (size > maxSize && count > 0) break;
    count += 1;
  }
  const first = rows.slice(0, count);
  const turns =
    first.length === 0
      ? []
      : await turnsIn(
          db,
          owner,
          id,
          first.map((turn) => turn.id),
        );
  const [conversation] = await toItems(db, owner, [row], undoMs);
  const settings = await settingsIn(
    db,
    owner,
    id,
    turns.flatMap(({ answer }) => answer?.settings ?? []),
  );
  return {
    rev: count < rows.length ? (first.at(-1)?.rev ?? row.rev) : row.rev,
    ...(reset && { reset }),
    conversation: conversation as ConversationItem,
    items: turns,
    ...(JSON.stringify(settings).length <= maxSize && { settings }),
  };
}

async function turnsIn(
  db: Queries,
  owner: Owner,
  conversation: string,
  ids: readonly string[],
): Promise<readonly ConversationTurn[]> {
  const rows = await turnsOf(db, owner)
    .where('conversation', '=', conversation)
    .where('id', 'in', ids)
    .selectAll()
    .orderBy('rev')
    .execute();
  return rows.map((row) => {
    const turn = toTurn(row);
    if (row.content_json.length <= maxSize) return turn;
    const { content: _, answer, ...rest } = turn;
    if (answer === undefined) return rest;
    const { message: __, ...state } = answer;
    return { ...rest, answer: state };
  });
}
