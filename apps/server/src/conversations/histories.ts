import { type Bedrock, Bulk } from '@streambed/bedrock';
import {
  type ClientId,
  type GenerationId,
  type Message,
  type MessagesRequest,
  StreambedError,
} from '@streambed/protocol';
import { nameOfOwner, type Owner } from '../generation/owner.ts';
import type { GenerationRecord } from '../stream-log/stream-log.ts';
import { type Acceptance, type Accepted, accept } from './accept.ts';
import type { Conversations } from './conversations.ts';
import { type Before, type BeforeSources, findBefore } from './find-before.ts';
import { answersTools, toContinuation, toMessages } from './history.ts';
import { newConversationId } from './ids.ts';
import { takeBack } from './take-back.ts';
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
  /** What stand-ins in the request stand for. */
  readonly bulk?: Bulk | undefined;
}

/** An order with its history put in. */
export interface Resolved {
  /** All that the model is asked. */
  readonly request: MessagesRequest;
  readonly store?: 'none' | 'resume' | 'conversation';
  /** What stand-ins in the request stand for. */
  readonly bulk: Bulk | undefined;
  readonly record: Pick<GenerationRecord, 'conversation' | 'continues' | 'answers' | 'branch'>;
  /** Stores what is kept in one transaction; what it gives back takes that back. */
  accept?(generation: AcceptedGeneration): Promise<() => Promise<void>>;
}

export interface AcceptedGeneration {
  readonly generation: GenerationId;
  readonly clientId?: ClientId;
  readonly at: number;
}

export interface HistoriesOptions extends BeforeSources {
  readonly conversations: Conversations;
  readonly bedrock: Pick<Bedrock, 'canPrefill'>;
  readonly toolAnswers: ToolAnswers;
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
    const before = base === undefined ? undefined : await findBefore(this.#options, owner, base, field);
    const conversation = conversationOf(order, before, field);
    const store = conversation === undefined ? order.store : 'conversation';
    const { request, said, how } = this.#ask(order, before);
    const bulk = Bulk.join(before?.bulk, order.bulk);
    // Where the history is of this conversation only what is new is taken in; otherwise all of it.
    const isHere = conversation !== undefined && before?.conversation === conversation;
    const record = {
      ...(conversation !== undefined && { conversation }),
      ...(how !== undefined && { continues: how }),
      ...(base !== undefined && answersTools(order.request.messages) && { answers: base as GenerationId }),
      ...(order.branch === true && { branch: true as const }),
    };
    if (conversation === undefined) return { request, record, bulk, ...(store !== undefined && { store }) };

    const { messages: _, ...settings } = request;
    return {
      request,
      record,
      bulk,
      store: 'conversation',
      accept: async ({ generation, clientId, at }) => {
        const acceptance: Acceptance = {
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
        };
        const stoodFor = bulk?.isIn(acceptance) === true ? bulk : undefined;
        const accepted = await this.#accept(acceptance, stoodFor);
        this.#options.settling.expect(generation, owner);
        return () => this.#takeBack(owner, generation, accepted, stoodFor !== undefined);
      },
    };
  }

  /** Right before the log is opened: throws `SB_TOOL_ALREADY_ANSWERED`, and keeps what is asked. */
  opening(
    { generation, store, answers, branch }: GenerationRecord,
    request: MessagesRequest,
    isLarge: boolean,
  ): Promise<void> {
    const { toolAnswers, requests } = this.#options;
    toolAnswers.check({ ...(answers !== undefined && { answers }), ...(branch !== undefined && { branch }) });
    // Nothing can follow a large one that no conversation keeps: writing it would hold up everybody.
    return store === 'resume' && !isLarge ? requests.keep(generation, request) : Promise.resolve();
  }

  /** The log of a generation is open. */
  opened({ generation, store, owner, conversation }: GenerationRecord): void {
    this.#options.settling.opened(generation);
    if (conversation !== undefined) this.#options.conversations.wakeups.wake(owner);
    if (store === 'none') this.#options.requests.forget(generation);
  }

  /** A generation has ended: what it said goes into its conversation. */
  ended({ generation, owner, conversation }: GenerationRecord): void {
    if (conversation === undefined) return;
    // Where the disk fails it is tried again later, and until then it is read from the log.
    this.#options.settling.settle(generation, owner).catch(() => {});
  }

  /** What is large is taken in by the thread, which looks at its bytes where they are. */
  #accept(acceptance: Acceptance, bulk: Bulk | undefined): Promise<Accepted> {
    const { database, conversations } = this.#options;
    const { limits } = conversations;
    if (bulk === undefined) return accept(database.db, acceptance, limits);
    const asker = { asker: nameOfOwner(acceptance.owner) };
    return database.keeper.value('accept', { acceptance, bulk: bulk.sources, limits }, asker);
  }

  async #takeBack(
    owner: Owner,
    generation: GenerationId,
    accepted: Accepted,
    isLarge: boolean,
  ): Promise<void> {
    const { settling, database } = this.#options;
    try {
      if (isLarge) {
        await database.keeper.value('takeBack', { owner, accepted }, { asker: nameOfOwner(owner) });
      } else await takeBack(database.db, owner, accepted);
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

function bad(field: string, what: string): StreambedError {
  return new StreambedError('SB_BAD_REQUEST', `${field}: ${what}`, { field });
}
