import { type GenerationId, StreambedError } from '@streambed/protocol';
import type { RequestSettings } from '@streambed/protocol/conversations';
import type { OpenDatabase } from '../database/database.ts';
import type { TurnTable } from '../database/tables/conversations.ts';
import type { Owner } from '../generation/owner.ts';
import { readWhole } from '../stream-log/read-whole.ts';
import type { StreamLog } from '../stream-log/stream-log.ts';
import { branchTo, settingsIn } from './branch.ts';
import type { Said } from './history.ts';
import type { KeptRequests } from './kept-requests.ts';
import { conversationRow } from './queries.ts';
import { contentOf } from './rows.ts';
import type { Settling } from './settling.ts';

/** Where answers are found. */
export interface BeforeSources {
  readonly database: OpenDatabase;
  readonly settling: Settling;
  readonly requests: KeptRequests;
  readonly log: () => StreamLog;
}

/** What of an order names it. */
export type BeforeField = 'parent' | 'continues';

/** The answer that an order follows or goes on with, and how it came to it. */
export interface Before {
  /** Where it is kept. */
  readonly conversation?: string;
  /** From the first turn to that answer. */
  readonly branch: readonly Said[];
  readonly settings: RequestSettings | undefined;
}

/**
 * Finds the answer that is named. Throws `SB_NOT_FOUND`, `SB_STILL_RUNNING`, `SB_EXPIRED`, `SB_UNSUPPORTED` where it was
 * not stored, and `SB_BAD_REQUEST` where there is nothing to go on with.
 */
export async function findBefore(
  sources: BeforeSources,
  owner: Owner,
  name: string,
  field: BeforeField,
): Promise<Before> {
  const { db } = sources.database;
  let branch = await branchTo(db, owner, name);
  if (branch.at(-1)?.state === 'running') {
    // It may have ended a moment ago.
    await sources.settling.settle(name as GenerationId, owner);
    branch = await branchTo(db, owner, name);
  }
  const last = branch.at(-1);
  if (last === undefined) return findInLog(sources, owner, name as GenerationId, field);
  await conversationRow(db, owner, last.conversation, field);
  if (last.state === 'running') throw new StreambedError('SB_STILL_RUNNING', undefined, { field });
  if (field === 'continues') checkUnfinished(last.state, JSON.parse(last.stop_json ?? '{}'));
  return {
    conversation: last.conversation,
    branch: branch.map((turn) => {
      const { role, state, continues } = turn;
      return { role, content: contentOf(turn), state, continues };
    }),
    settings: await settingsOf(sources, owner, last),
  };
}

/** What was said up to a generation that no conversation keeps: its request and its log, as long as there are both. */
async function findInLog(
  sources: BeforeSources,
  owner: Owner,
  generation: GenerationId,
  field: BeforeField,
): Promise<Before> {
  const log = sources.log();
  const view = await log.find(owner, { generation });
  if (view === undefined) throw new StreambedError('SB_NOT_FOUND', undefined, { field });
  if (view.expired) throw new StreambedError('SB_EXPIRED', undefined, { field });
  if (view.record.store === 'none') throw notStored(field);
  if (view.stop === undefined) throw new StreambedError('SB_STILL_RUNNING', undefined, { field });
  if (field === 'continues') checkUnfinished(view.stop.state, view.stop);
  const request = await sources.requests.read(generation);
  if (request === undefined) throw new StreambedError('SB_EXPIRED', undefined, { field });
  const { message } = await readWhole(log, generation, new AbortController().signal);
  const { messages, ...settings } = request;
  const asked = messages.map(
    ({ role, content }): Said => ({ role, content, state: 'kept', continues: null }),
  );
  const answer: Said = {
    role: 'assistant',
    content: message?.content ?? [],
    state: view.stop.state,
    // Where it was asked to go on, that stands in its request.
    continues: view.record.continues === 'prefill' ? 'prefill' : null,
  };
  return { branch: [...asked, answer], settings };
}

async function settingsOf(
  { database }: BeforeSources,
  owner: Owner,
  { conversation, settings }: TurnTable,
): Promise<RequestSettings | undefined> {
  if (settings === null) return undefined;
  return (await settingsIn(database.db, owner, conversation, [settings]))[settings];
}

/** Only what was cut off can be gone on with. */
function checkUnfinished(state: Said['state'], { stop_reason }: { readonly stop_reason?: unknown }): void {
  const isCut = state === 'cancelled' || state === 'failed' || state === 'interrupted';
  if (isCut || stop_reason === 'max_tokens' || stop_reason === 'pause_turn') return;
  const message = 'continues: expected an answer that was cut off; this one has come to its end';
  throw new StreambedError('SB_BAD_REQUEST', message, { field: 'continues' });
}

function notStored(field: string): StreambedError {
  const message = `${field}: that generation was stored as "none", so what it was asked is not known any more. Send the whole conversation in request.messages.`;
  return new StreambedError('SB_UNSUPPORTED', message, { field });
}
