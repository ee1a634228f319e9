import type { Database } from '../database/database.ts';
import { textSearch } from '../database/text-search.ts';
import type { Owner } from '../generation/owner.ts';
import type { Accepted } from './accept.ts';
import { conversationsOf, nextRev, removeTurns, turnsOf, updateConversation } from './queries.ts';

/** Takes back an acceptance that came to nothing, as far as nothing else has been built on it. */
export async function takeBack(
  db: Database,
  owner: Owner,
  { conversation, turns, isNew, leaf }: Accepted,
): Promise<void> {
  const { project, user } = owner;
  await db.transaction().execute(async (trx) => {
    const rev = await nextRev(trx, owner);
    let removed = 0;
    let size = 0;
    for (const id of turns.toReversed()) {
      const here = turnsOf(trx, owner).where('conversation', '=', conversation);
      const child = await here.where('parent', '=', id).select('id').executeTakeFirst();
      const turn = await here.where('id', '=', id).select('content_json').executeTakeFirst();
      if (child !== undefined || turn === undefined) break;
      await textSearch.forget(trx, owner, conversation, id);
      await trx
        .deleteFrom('turn')
        .where('project', '=', project)
        .where('user', '=', user)
        .where('id', '=', id)
        .execute();
      removed += 1;
      size += turn.content_json.length;
    }
    const row = await conversationsOf(trx, owner)
      .where('id', '=', conversation)
      .selectAll()
      .executeTakeFirst();
    if (row === undefined) return;
    if (isNew && row.turns === removed) {
      // Nobody has been told of it: its name is free.
      await removeTurns(trx, owner, conversation);
      await textSearch.forget(trx, owner, conversation);
      await trx
        .deleteFrom('conversation')
        .where('project', '=', project)
        .where('user', '=', user)
        .where('id', '=', conversation)
        .execute();
      return;
    }
    const shown = turns.includes(row.leaf ?? '') ? { leaf } : {};
    await updateConversation(trx, owner, conversation)
      .set({ turns: row.turns - removed, size: row.size - size, rev, ...shown })
      .execute();
  });
}
