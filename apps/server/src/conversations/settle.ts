import type { AssistantMessage, GenerationId, GenerationStop } from '@streambed/protocol';
import type { Database } from '../database/database.ts';
import { textSearch } from '../database/text-search.ts';
import type { Owner } from '../generation/owner.ts';
import { nextRev, turnsOf, updateConversation, updateTurn } from './queries.ts';
import { digestOf, textOf } from './said.ts';

/** How an answer ended, and all it said. */
export interface Settlement {
  readonly owner: Owner;
  readonly generation: GenerationId;
  /** Absent where it said nothing at all. */
  readonly message?: AssistantMessage;
  readonly stop: GenerationStop;
  readonly at: number;
}

/** Puts an answer that has ended in its place, once: whoever comes later changes nothing. */
export async function settle(
  db: Database,
  { owner, generation, message, stop, at }: Settlement,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const turn = await turnsOf(trx, owner)
      .where('id', '=', generation)
      .where('state', '=', 'running')
      .select('conversation')
      .executeTakeFirst();
    if (turn === undefined) return;
    const { conversation } = turn;
    const { content = [], ...rest } = message ?? {};
    const json = JSON.stringify(content);
    const rev = await nextRev(trx, owner);
    await updateTurn(trx, owner, generation)
      .set({
        state: stop.state,
        digest: digestOf({ role: 'assistant', content }),
        content_json: json,
        message_json: message === undefined ? null : JSON.stringify(rest),
        stop_json: JSON.stringify(stop),
        ended_at: at,
        rev,
      })
      .execute();
    await updateConversation(trx, owner, conversation)
      .set((of) => ({ rev, updated_at: at, size: of('size', '+', json.length) }))
      .execute();
    await textSearch.put(trx, { owner, conversation, turn: generation, text: textOf(content) });
  });
}

/** Takes the content of one answer away; its place stays. Gives back whether there was one. */
export async function eraseAnswer(
  db: Database,
  owner: Owner,
  generation: GenerationId,
): Promise<string | undefined> {
  return db.transaction().execute(async (trx) => {
    const turn = await turnsOf(trx, owner)
      .where('id', '=', generation)
      .where('state', '<>', 'kept')
      .select(['conversation', 'content_json'])
      .executeTakeFirst();
    if (turn === undefined) return undefined;
    const rev = await nextRev(trx, owner);
    await updateTurn(trx, owner, generation)
      .set({ state: 'erased', digest: '', content_json: '[]', message_json: null, stop_json: null, rev })
      .execute();
    await updateConversation(trx, owner, turn.conversation)
      .set((of) => ({ rev, size: of('size', '-', turn.content_json.length - 2) }))
      .execute();
    await textSearch.forget(trx, owner, turn.conversation, generation);
    return turn.conversation;
  });
}
