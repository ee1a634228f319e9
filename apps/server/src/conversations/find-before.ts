import { Bulk, type BulkSource } from '@streambed/bedrock';
import { type GenerationId, StreambedError } from '@streambed/protocol';
import type { RequestSettings } from '@streambed/protocol/conversations';
import type { OpenDatabase } from '../database/database.ts';
import { nameOfOwner, type Owner } from '../generation/owner.ts';
import { readWhole } from '../stream-log/read-whole.ts';
import type { StreamLog } from '../stream-log/stream-log.ts';
import type { Said } from './history.ts';
import type { KeptRequests } from './kept-requests.ts';
import { conversationRow, isLarge } from './queries.ts';
import { type KeptBranch, readBranch } from './read-branch.ts';
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
  /** What stand-ins in all this stand for. */
  readonly bulk?: Bulk | undefined;
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
  let found = await keptBranch(sources, owner, name);
  if (found?.kept.state === 'running') {
    // It may have ended a moment ago.
    await sources.settling.settle(name as GenerationId, owner);
    found = await keptBranch(sources, owner, name);
  }
  if (found === undefined) return findInLog(sources, owner, name as GenerationId, field);
  const { kept, bulk } = found;
  const { conversation, state, stop = {}, said, settings } = kept;
  await conversationRow(sources.database.db, owner, conversation, field);
  if (state === 'running') throw new StreambedError('SB_STILL_RUNNING', undefined, { field });
  if (field === 'continues') checkUnfinished(state, stop);
  // The end of the words that are gone on with is looked at.
  const branch =
    field === 'continues' && bulk !== undefined
      ? said.map((turn, place) => (place === said.length - 1 ? bulk.restore(turn) : turn))
      : said;
  return { conversation, branch, settings, bulk };
}

/** Reads a branch of a conversation: that of a large one by the thread, with stand-ins for its long strings. */
async function keptBranch(
  { database }: BeforeSources,
  owner: Owner,
  answer: string,
): Promise<{ readonly kept: KeptBranch; readonly bulk?: Bulk } | undefined> {
  const { db, reader } = database;
  if (!(await isLarge(db, owner, answer))) {
    const kept = await readBranch(db, owner, answer);
    return kept === undefined ? undefined : { kept };
  }
  const { bytes, aside } = await reader.withAside('branch', { owner, answer }, { asker: nameOfOwner(owner) });
  const kept = JSON.parse(Buffer.from(bytes.buffer).toString('utf8')) as KeptBranch | null;
  if (kept === null) return undefined;
  const sources = aside as readonly BulkSource[];
  return { kept, ...(sources.length > 0 && { bulk: new Bulk(sources) }) };
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
