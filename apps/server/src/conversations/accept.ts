import type { ClientId, GenerationId, Message } from '@streambed/protocol';
import { StreambedError } from '@streambed/protocol';
import type { RequestSettings } from '@streambed/protocol/conversations';
import type { Database, Queries } from '../database/database.ts';
import type { ConversationTable, TurnTable } from '../database/tables/conversations.ts';
import { textSearch } from '../database/text-search.ts';
import type { Owner } from '../generation/owner.ts';
import { requestDigest } from '../generation/request-digest.ts';
import { answersTools } from './history.ts';
import { newTurnId } from './ids.ts';
import type { ConversationLimits } from './limits.ts';
import { conversationsOf, nextRev, noConversation, own, turnsOf, updateConversation } from './queries.ts';
import { digestOf, textOf, titleOf } from './said.ts';

/** What is taken into a conversation when a generation is accepted: what was said, and a place for the answer. */
export interface Acceptance {
  readonly owner: Owner;
  readonly conversation: string;
  readonly generation: GenerationId;
  readonly clientId?: ClientId;
  /** The answer that `messages` follow; none: they are everything from the beginning. */
  readonly parent?: string;
  readonly messages: readonly Message[];
  readonly model: string;
  readonly settings: RequestSettings;
  readonly continues?: 'prefill' | 'asked';
  /** Whether tool calls may be answered that have an answer. */
  readonly branch: boolean;
  readonly at: number;
}

/** What an acceptance has made, so that it can be taken back. */
export interface Accepted {
  readonly conversation: string;
  readonly turns: readonly string[];
  readonly isNew: boolean;
  readonly leaf: string | null;
}

/**
 * Takes in what a generation begins with, in one transaction: its conversation where it is new, the turns that are not
 * there yet (what is said again in the same place is the same turn: its answers are versions), and the answer to come.
 * Throws `SB_NOT_FOUND`, `SB_TOOL_ALREADY_ANSWERED` or `SB_CONVERSATION_FULL`.
 */
export function accept(db: Database, order: Acceptance, limits: ConversationLimits): Promise<Accepted> {
  const { owner, conversation, generation, messages, at } = order;
  return db.transaction().execute(async (trx): Promise<Accepted> => {
    const known = await conversationsOf(trx, owner)
      .where('id', '=', conversation)
      .selectAll()
      .executeTakeFirst();
    if (known !== undefined && (known.deleted_at !== null || known.erased_at !== null)) {
      throw noConversation('conversation');
    }
    if (known === undefined) await checkRoom(trx, owner, limits);
    let rev = await nextRev(trx, owner);
    const place = await placeOf(trx, order);
    if (order.parent !== undefined && !order.branch && answersTools(messages)) {
      await checkUnanswered(trx, order, order.parent);
    }

    const made: TurnTable[] = [];
    let parent = place.parent;
    let depth = place.depth;
    for (const message of place.missing) {
      depth += 1;
      const turn = userTurn(order, message, { parent, depth, rev });
      made.push(turn);
      parent = turn.id;
      rev += 1;
    }
    const settings = requestDigest(order.settings);
    made.push(answerTurn(order, { parent, depth: depth + 1, rev, settings }));

    const size = made.reduce((sum, turn) => sum + turn.content_json.length, 0);
    const title = titleOf(messages);
    const row: ConversationTable = known ?? {
      ...own(owner),
      id: conversation,
      title,
      pinned: 0,
      leaf: null,
      created_at: at,
      updated_at: at,
      deleted_at: null,
      erased_at: null,
      rev,
      turns: 0,
      size: 0,
    };
    const turns = row.turns + made.length;
    if (turns > limits.turns || depth + 1 > limits.depth || row.size + size > limits.size) {
      throw new StreambedError('SB_CONVERSATION_FULL', undefined, { field: 'conversation' });
    }
    const named = row.title !== '' ? row.title : title;
    const next = { title: named, leaf: generation, updated_at: at, rev, turns, size: row.size + size };
    if (known === undefined)
      await trx
        .insertInto('conversation')
        .values({ ...row, ...next })
        .execute();
    else await updateConversation(trx, owner, conversation).set(next).execute();
    await trx
      .insertInto('turn_settings')
      .values({
        ...own(owner),
        conversation,
        digest: settings,
        request_json: JSON.stringify(order.settings),
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    for (const turn of made) {
      await trx.insertInto('turn').values(turn).execute();
      if (turn.state !== 'kept') continue;
      const text = textOf(JSON.parse(turn.content_json));
      await textSearch.put(trx, { owner, conversation, turn: turn.id, text });
    }
    if (known?.title !== named) await textSearch.put(trx, { owner, conversation, text: named });
    return {
      conversation,
      turns: made.map(({ id }) => id),
      isNew: known === undefined,
      leaf: known?.leaf ?? null,
    };
  });
}

/** Throws `SB_CONVERSATION_FULL` where an owner has as many conversations as there may be. */
export async function checkRoom(trx: Queries, owner: Owner, limits: ConversationLimits): Promise<void> {
  const { count } = await conversationsOf(trx, owner)
    .where('erased_at', 'is', null)
    .select((of) => of.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  if (count < limits.conversations) return;
  const message = `There are ${limits.conversations} conversations here, as many as there may be. Delete some first.`;
  throw new StreambedError('SB_CONVERSATION_FULL', message, { field: 'conversation' });
}

/** Where the new turns go: after the turns that say the same already. */
async function placeOf(
  trx: Queries,
  { owner, conversation, parent, messages }: Acceptance,
): Promise<{ parent: string | null; depth: number; missing: readonly Message[] }> {
  let last: { id: string; depth: number } | undefined;
  if (parent !== undefined) {
    last = await turnsOf(trx, owner)
      .where('conversation', '=', conversation)
      .where('id', '=', parent)
      .select(['id', 'depth'])
      .executeTakeFirst();
    if (last === undefined) throw new StreambedError('SB_NOT_FOUND', undefined, { field: 'parent' });
  }
  for (const [place, message] of messages.entries()) {
    const same: { id: string; depth: number } | undefined = await turnsOf(trx, owner)
      .where('conversation', '=', conversation)
      .where('parent', last === undefined ? 'is' : '=', last?.id ?? null)
      .where('digest', '=', digestOf(message))
      .select(['id', 'depth'])
      .executeTakeFirst();
    if (same === undefined) {
      return { parent: last?.id ?? null, depth: last?.depth ?? 0, missing: messages.slice(place) };
    }
    last = same;
  }
  return { parent: last?.id ?? null, depth: last?.depth ?? 0, missing: [] };
}

/** The first answer to a set of tool calls wins. */
async function checkUnanswered(
  trx: Queries,
  { owner, conversation }: Acceptance,
  parent: string,
): Promise<void> {
  const answered = await turnsOf(trx, owner)
    .where('conversation', '=', conversation)
    .where('parent', '=', parent)
    .where('answers_tools', '=', 1)
    .select('id')
    .executeTakeFirst();
  if (answered !== undefined) {
    throw new StreambedError('SB_TOOL_ALREADY_ANSWERED', undefined, { field: 'parent' });
  }
}

interface Place {
  readonly parent: string | null;
  readonly depth: number;
  readonly rev: number;
}

function userTurn({ owner, conversation, at }: Acceptance, message: Message, place: Place): TurnTable {
  return {
    ...own(owner),
    ...place,
    conversation,
    id: newTurnId(),
    role: message.role,
    digest: digestOf(message),
    content_json: JSON.stringify(message.content),
    state: 'kept',
    answers_tools: answersTools([message]) ? 1 : 0,
    client_id: null,
    model: null,
    settings: null,
    continues: null,
    message_json: null,
    stop_json: null,
    created_at: at,
    ended_at: null,
  };
}

function answerTurn(order: Acceptance, place: Place & { readonly settings: string }): TurnTable {
  return {
    ...own(order.owner),
    ...place,
    conversation: order.conversation,
    id: order.generation,
    role: 'assistant',
    digest: '',
    content_json: '[]',
    state: 'running',
    answers_tools: 0,
    client_id: order.clientId ?? null,
    model: order.model,
    continues: order.continues ?? null,
    message_json: null,
    stop_json: null,
    created_at: order.at,
    ended_at: null,
  };
}
