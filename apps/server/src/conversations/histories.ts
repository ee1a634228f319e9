import type { Bedrock } from '@streambed/bedrock';
import {
  type ClientId,
  type GenerationId,
  type Message,
  type MessagesRequest,
  StreambedError,
} from '@streambed/protocol';
import type { RequestSettings } from '@streambed/protocol/conversations';
import type { OpenDatabase } from '../database/database.ts';
import type { TurnTable } from '../database/tables/conversations.ts';
import type { Owner } from '../generation/owner.ts';
import { readWhole } from '../stream-log/read-whole.ts';
import type { GenerationRecord, StreamLog } from '../stream-log/stream-log.ts';
import { type Accepted, accept, takeBack } from './accept.ts';
import { branchTo, settingsIn } from './branch.ts';
import type { Conversations } from './conversations.ts';
import { answersTools, type Said, toContinuation, toMessages } from './history.ts';
import { newConversationId } from './ids.ts';
import type { KeptRequests } from './kept-requests.ts';
import { conversationRow } from './queries.ts';
import { contentOf } from './rows.ts';
import type { Settling } from './settling.ts';
import type { ToolAnswers } from './tool-answers.ts';

/** What is asked for, as far as it concerns what was said before and what is kept. */
export interface HistoryOrder {
  readonly owner: Owner;
  readonly request: MessagesRequest;
  readonly store?: 'none' | 'resume' | 'conversation';
  readonly conversation?: string;
  readonly parent?: string;
  readonly continues?: string;
  readonly branch?: boolean;
}

/** An order with its history put in. */
export interface Resolved {
  /** All that the model is asked. */
  readonly request: MessagesRequest;
  readonly store?: 'none' | 'resume' | 'conversation';
  readonly record: Pick<GenerationRecord, 'conversation' | 'continues' | 'answers' | 'branch'>;
  /** Stores what is kept in one transaction; what it gives back takes that back. */
  accept?(generation: AcceptedGeneration): Promise<() => Promise<void>>;
}

export interface AcceptedGeneration {
  readonly generation: GenerationId;
  readonly clientId?: ClientId;
  readonly at: number;
}

export interface HistoriesOptions {
  readonly database: OpenDatabase;
  readonly conversations: Conversations;
  readonly settling: Settling;
  readonly bedrock: Pick<Bedrock, 'canPrefill'>;
  readonly requests: KeptRequests;
  readonly toolAnswers: ToolAnswers;
  readonly log: () => StreamLog;
}

/** The answer that an order follows or goes on with, and how it came to it. */
interface Before {
  /** Where it is kept. */
  readonly conversation?: string;
  /** From the first turn to that answer. */
  readonly branch: readonly Said[];
  readonly settings: RequestSettings | undefined;
}

/** Puts the history before what is new, and keeps both. */
export class Histories {
  readonly #options: HistoriesOptions;

  constructor(options: HistoriesOptions) {
    this.#options = options;
  }

  /** Throws what is wrong with the order: `SB_BAD_REQUEST`, `SB_NOT_FOUND`, `SB_STILL_RUNNING`, `SB_EXPIRED`. */
  async resolve(order: HistoryOrder): Promise<Resolved> {
    const { owner, parent, continues } = order;
    if (parent !== undefined && continues !== undefined) {
      throw bad('continues', 'expected parent or continues, not both');
    }
    const base = parent ?? continues;
    const field = parent === undefined ? 'continues' : 'parent';
    const before = base === undefined ? undefined : await this.#before(owner, base, field);
    const conversation = conversationOf(order, before, field);
    const store = conversation === undefined ? order.store : 'conversation';
    const { request, said, how } = this.#ask(order, before);
    // Where the history is of this conversation only what is new is taken in; otherwise all of it.
    const isHere = conversation !== undefined && before?.conversation === conversation;
    const record = {
      ...(conversation !== undefined && { conversation }),
      ...(how !== undefined && { continues: how }),
      ...(base !== undefined && answersTools(order.request.messages) && { answers: base as GenerationId }),
      ...(order.branch === true && { branch: true as const }),
    };
    if (conversation === undefined) return { request, record, ...(store !== undefined && { store }) };

    const { messages: _, ...settings } = request;
    return {
      request,
      record,
      store: 'conversation',
      accept: async ({ generation, clientId, at }) => {
        const accepted = await accept(
          this.#options.database.db,
          {
            owner,
            conversation,
            generation,
            ...(clientId !== undefined && { clientId }),
            ...(isHere && base !== undefined && { parent: base }),
            messages: isHere ? order.request.messages : said,
            model: request.model,
            settings,
            ...(how !== undefined && { continues: how }),
            branch: order.branch ?? false,
            at,
          },
          this.#options.conversations.limits,
        );
        this.#options.settling.expect(generation, owner);
        this.#options.conversations.wakeups.wake(owner);
        return () => this.#takeBack(owner, generation, accepted);
      },
    };
  }

  /** Right before the log is opened: throws `SB_TOOL_ALREADY_ANSWERED`, and keeps what is asked. */
  opening({ generation, store, answers, branch }: GenerationRecord, request: MessagesRequest): Promise<void> {
    const { toolAnswers, requests } = this.#options;
    toolAnswers.check({ ...(answers !== undefined && { answers }), ...(branch !== undefined && { branch }) });
    return store === 'resume' ? requests.keep(generation, request) : Promise.resolve();
  }

  /** The log of a generation is open. */
  opened({ generation, store }: GenerationRecord): void {
    this.#options.settling.opened(generation);
    if (store === 'none') this.#options.requests.forget(generation);
  }

  /** A generation has ended: what it said goes into its conversation. */
  ended({ generation, owner, conversation }: GenerationRecord): void {
    if (conversation === undefined) return;
    // Where the disk fails it is tried again later, and until then it is read from the log.
    this.#options.settling.settle(generation, owner).catch(() => {});
  }

  async #takeBack(owner: Owner, generation: GenerationId, accepted: Accepted): Promise<void> {
    const { settling, database } = this.#options;
    try {
      await takeBack(database.db, owner, accepted);
      settling.forget(generation);
    } catch {
      // The disk fails: it stands there as one that was interrupted, once that can be written.
      settling.opened(generation);
    }
    this.#options.conversations.wakeups.wake(owner);
  }

  /** The whole request, and what is said in it without what is only for the model. */
  #ask(
    { request, continues }: HistoryOrder,
    before: Before | undefined,
  ): { request: MessagesRequest; said: readonly Message[]; how?: 'prefill' | 'asked' } {
    if (before === undefined) return { request, said: request.messages };
    if (continues === undefined) {
      const { system, tools } = before.settings ?? {};
      const inherited = { ...(system !== undefined && { system }), ...(tools !== undefined && { tools }) };
      const messages = toMessages(before.branch, request.messages);
      return { request: { ...inherited, ...request, messages }, said: messages };
    }
    const { messages: _, ...given } = request;
    const asked = { ...before.settings, ...given };
    const said = toMessages(before.branch, []);
    const canPrefill = this.#options.bedrock.canPrefill({ ...asked, messages: said });
    const { messages, how } = toContinuation(before.branch, canPrefill);
    return { request: { ...asked, messages }, said, how };
  }

  async #before(owner: Owner, name: string, field: 'parent' | 'continues'): Promise<Before> {
    const { db } = this.#options.database;
    let branch = await branchTo(db, owner, name);
    if (branch.at(-1)?.state === 'running') {
      await this.#options.settling.settle(name as GenerationId, owner);
      branch = await branchTo(db, owner, name);
    }
    const last = branch.at(-1);
    if (last === undefined) return this.#beforeInLog(owner, name as GenerationId, field);
    await conversationRow(db, owner, last.conversation, field);
    if (last.state === 'running') throw new StreambedError('SB_STILL_RUNNING', undefined, { field });
    if (field === 'continues') checkUnfinished(last.state, JSON.parse(last.stop_json ?? '{}'));
    return {
      conversation: last.conversation,
      branch: branch.map((turn) => ({
        role: turn.role,
        content: contentOf(turn),
        state: turn.state,
        continues: turn.continues,
      })),
      settings: await this.#settingsOf(owner, last),
    };
  }

  /** What was said up to a generation that no conversation keeps: its request and its log, as long as there are both. */
  async #beforeInLog(owner: Owner, generation: GenerationId, field: 'parent' | 'continues'): Promise<Before> {
    const log = this.#options.log();
    const view = await log.find(owner, { generation });
    if (view === undefined) throw new StreambedError('SB_NOT_FOUND', undefined, { field });
    if (view.expired) throw new StreambedError('SB_EXPIRED', undefined, { field });
    if (view.record.store === 'none') throw notStored(field);
    if (view.stop === undefined) throw new StreambedError('SB_STILL_RUNNING', undefined, { field });
    if (field === 'continues') checkUnfinished(view.stop.state, view.stop);
    const request = await this.#options.requests.read(generation);
    if (request === undefined) throw new StreambedError('SB_EXPIRED', undefined, { field });
    const { message } = await readWhole(log, generation, new AbortController().signal);
    const { messages, ...settings } = request;
    const asked = messages.map(({ role, content }) => said(role, content, 'kept'));
    const answer = said('assistant', message?.content ?? [], view.stop.state);
    // Where it was asked to go on, that stands in its request.
    const joined =
      view.record.continues === 'prefill' ? { ...answer, continues: 'prefill' as const } : answer;
    return { branch: [...asked, joined], settings };
  }

  async #settingsOf(
    owner: Owner,
    { conversation, settings }: TurnTable,
  ): Promise<RequestSettings | undefined> {
    if (settings === null) return undefined;
    return (await settingsIn(this.#options.database.db, owner, conversation, [settings]))[settings];
  }
}

/** Where it is kept, if it is; throws for an order that contradicts itself. */
function conversationOf(
  { conversation, store }: HistoryOrder,
  before: Before | undefined,
  field: string,
): string | undefined {
  if (conversation !== undefined && store !== undefined && store !== 'conversation') {
    throw bad('store', 'expected "conversation", since a conversation is named');
  }
  if (
    conversation !== undefined &&
    before?.conversation !== undefined &&
    before.conversation !== conversation
  ) {
    throw bad(field, 'expected a generation of the conversation that is named');
  }
  if (conversation !== undefined) return conversation;
  if (store === 'conversation') return before?.conversation ?? newConversationId();
  return store === undefined ? before?.conversation : undefined;
}

/** Only what was cut off can be gone on with. */
function checkUnfinished(state: Said['state'], { stop_reason }: { readonly stop_reason?: unknown }): void {
  const isCut = state === 'cancelled' || state === 'failed' || state === 'interrupted';
  if (isCut || stop_reason === 'max_tokens' || stop_reason === 'pause_turn') return;
  throw bad('continues', 'expected an answer that was cut off; this one has come to its end');
}

function notStored(field: string): StreambedError {
  const message = `${field}: that generation was stored as "none", so what it was asked is not known any more. Send the whole conversation in request.messages.`;
  return new StreambedError('SB_UNSUPPORTED', message, { field });
}

function said(role: Said['role'], content: Said['content'], state: Said['state']): Said {
  return { role, content, state, continues: null };
}

function bad(field: string, what: string): StreambedError {
  return new StreambedError('SB_BAD_REQUEST', `${field}: ${what}`, { field });
}
