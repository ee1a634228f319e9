import type { GenerationId } from '@streambed/protocol';
import type {
  ConversationChange,
  ConversationItem,
  ConversationPage,
  NewConversation,
} from '@streambed/protocol/conversations';
import type { OpenDatabase, Queries } from '../database/database.ts';
import { textSearch } from '../database/text-search.ts';
import { nameOfOwner, type Owner } from '../generation/owner.ts';
import { type ReadJobs, reads } from '../jobs/reads.ts';
import { type ListChange, listChange, type TreeChange } from './changes.ts';
import {
  changeConversation,
  createConversation,
  deleteConversation,
  restoreConversation,
} from './keeping.ts';
import type { ConversationLimits } from './limits.ts';
import { type ListOptions, listConversations } from './listing.ts';
import { conversationRow, conversationsOf, lastRev, takesLong, toItems, turnsOf } from './queries.ts';
import { Wakeups } from './wakeups.ts';

/** How a conversation's generations are reached: what runs is cancelled, what was said is erased from the log too. */
export interface Running {
  cancel(generation: GenerationId): void;
  erase(generation: GenerationId, owner: Owner): Promise<void>;
  /** Takes in what it said, if it has ended. */
  settle(generation: GenerationId, owner: Owner): Promise<void>;
}

/** So many conversations are erased in one sweep: each takes the event loop's time. */
const maxErased = 25;

/** What owners have said and been told, kept until they delete it. Anyone else is told that there is nothing. */
export class Conversations {
  readonly limits: ConversationLimits;
  readonly wakeups = new Wakeups();
  readonly #database: OpenDatabase;
  #running: Running = { cancel: () => {}, erase: async () => {}, settle: async () => {} };

  constructor(database: OpenDatabase, limits: ConversationLimits) {
    this.#database = database;
    this.limits = limits;
  }

  /** From now on what runs can be reached. */
  reach(running: Running): void {
    this.#running = running;
  }

  /** A page of the list. A search is given up when the signal is aborted. */
  list(owner: Owner, options: ListOptions = {}, signal?: AbortSignal): Promise<ConversationPage> {
    const { undoMs } = this.limits;
    if (options.query === undefined) return listConversations(this.#db, owner, options, undoMs);
    const asked = { owner, options, undoMs };
    return this.#database.reader.value('conversations', asked, { asker: nameOfOwner(owner), signal });
  }

  /** The list's rev as it stands. */
  listRev(owner: Owner): Promise<number> {
    return lastRev(this.#db, owner);
  }

  /** How one conversation stands. Throws `SB_NOT_FOUND`. */
  async item(owner: Owner, id: string): Promise<ConversationItem> {
    const row = await conversationRow(this.#db, owner, id, 'id');
    const [item] = await toItems(this.#db, owner, [row], this.limits.undoMs);
    return item as ConversationItem;
  }

  /** A conversation with all its turns, or with those that have changed after a rev, as JSON. Throws `SB_NOT_FOUND`. */
  async tree(owner: Owner, id: string, after = 0, signal?: AbortSignal): Promise<Uint8Array> {
    const running = await this.#generationsOf(owner, id, true);
    // An end that its readers have seen is here too, a moment before it would be by itself.
    await Promise.allSettled(running.map((generation) => this.#running.settle(generation, owner)));
    return this.#look('tree', { owner, id, after, undoMs: this.limits.undoMs }, signal);
  }

  /** One turn, as JSON. Throws `SB_NOT_FOUND`. */
  turn(owner: Owner, id: string, turn: string, signal?: AbortSignal): Promise<Uint8Array> {
    return this.#look('turn', { owner, id, turn, undoMs: this.limits.undoMs }, signal);
  }

  /** Makes an empty one, or finds the one with this id. */
  async create(owner: Owner, made: NewConversation): Promise<ConversationItem> {
    return this.#changed(owner, await createConversation(this.#db, owner, made, this.limits));
  }

  /** Names it, pins it, or shows another branch. Throws `SB_NOT_FOUND`. */
  async change(owner: Owner, id: string, change: ConversationChange): Promise<ConversationItem> {
    await changeConversation(this.#db, owner, id, change);
    return this.#changed(owner, id);
  }

  /** Deletes it, and cancels what runs in it; it can be had back for a while. Throws `SB_NOT_FOUND`. */
  async remove(owner: Owner, id: string): Promise<ConversationItem> {
    await deleteConversation(this.#db, owner, id);
    for (const generation of await this.#generationsOf(owner, id, true)) this.#running.cancel(generation);
    this.wakeups.wake(owner);
    const row = await conversationsOf(this.#db, owner)
      .where('id', '=', id)
      .selectAll()
      .executeTakeFirstOrThrow();
    const [item] = await toItems(this.#db, owner, [row], this.limits.undoMs);
    return item as ConversationItem;
  }

  /** Has a deleted one back. Throws `SB_NOT_FOUND`. */
  async restore(owner: Owner, id: string): Promise<ConversationItem> {
    await restoreConversation(this.#db, owner, id);
    return this.#changed(owner, id);
  }

  /** Takes everything in it away for good, here and in the stream log. Throws `SB_NOT_FOUND`. */
  async erase(owner: Owner, id: string): Promise<void> {
    const generations = await this.#generationsOf(owner, id, false);
    const asker = { asker: nameOfOwner(owner) };
    const { keeper } = this.#database;
    await keeper.value('eraseConversation', { owner, conversation: id }, asker);
    this.wakeups.wake(owner);
    await keeper.value('eraseWords', { owner, conversation: id }, asker);
    await this.#database.forgetJournal();
    await Promise.all(generations.map((generation) => this.#running.erase(generation, owner)));
  }

  /** Takes the content of one answer away. Gives back whether it was in a conversation. */
  async eraseAnswer(owner: Owner, generation: GenerationId): Promise<boolean> {
    const turn = await turnsOf(this.#db, owner).where('id', '=', generation).select('id').executeTakeFirst();
    if (turn === undefined) return false;
    const asker = { asker: nameOfOwner(owner) };
    const conversation = await this.#database.keeper.value('eraseAnswer', { owner, generation }, asker);
    // What is undefined there comes back as null.
    if (typeof conversation !== 'string') return false;
    await this.#database.forgetJournal();
    this.wakeups.wake(owner);
    return true;
  }

  /** What changes in the list after a rev (absent: everything there is), until the signal. */
  watchList(owner: Owner, after: number | undefined, signal: AbortSignal): AsyncGenerator<ListChange> {
    let rev = after;
    return this.wakeups.follow(owner, signal, async () => {
      const change = await listChange(this.#db, owner, rev, this.limits);
      rev = change?.rev ?? rev;
      return change;
    });
  }

  /** What changes in one conversation after a rev, until the signal or until it is gone: then it throws `SB_NOT_FOUND`. */
  watchTree(
    owner: Owner,
    id: string,
    after: number | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<TreeChange> {
    let rev = after;
    return this.wakeups.follow(owner, signal, async () => {
      const asked = { owner, id, after: rev, undoMs: this.limits.undoMs };
      const found = await this.#look('change', asked, signal).catch((thrown: unknown) => {
        if (signal.aborted) return undefined;
        throw thrown;
      });
      if (found === undefined) return undefined;
      const change = JSON.parse(Buffer.from(found).toString('utf8')) as TreeChange | null;
      rev = change?.rev ?? rev;
      return change ?? undefined;
    });
  }

  /** Erases what was deleted long enough ago. */
  async sweep(now = Date.now()): Promise<void> {
    const old = await this.#db
      .selectFrom('conversation')
      .where('deleted_at', '<=', now - this.limits.undoMs)
      .where('erased_at', 'is', null)
      .select(['project', 'user', 'id'])
      .limit(maxErased)
      .execute();
    for (const { project, user, id } of old) await this.erase({ project, user }, id);
    await this.#eraseLeftWords();
    await this.#db
      .deleteFrom('conversation')
      // Longer than a list may have been away and still be told.
      .where('erased_at', '<=', now - this.limits.goneMs - 24 * 60 * 60_000)
      .execute();
  }

  /** What a process that was killed while it erased has left. */
  async #eraseLeftWords(): Promise<void> {
    const left = await textSearch.ofErased(this.#db, maxErased);
    for (const { owner, conversation } of left) {
      const asker = { asker: nameOfOwner(owner) };
      await this.#database.keeper.value('eraseWords', { owner, conversation }, asker);
    }
    if (left.length > 0) await this.#database.forgetJournal();
  }

  /** Looks something up in one conversation: a large one is read by the thread. */
  async #look<Name extends 'tree' | 'turn' | 'change'>(
    name: Name,
    asked: Parameters<ReadJobs[Name]>[0],
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array> {
    const { owner, id } = asked;
    const row = await conversationsOf(this.#db, owner)
      .where('id', '=', id)
      .select(['size', 'turns'])
      .executeTakeFirst();
    if (row !== undefined && takesLong(row)) {
      return this.#database.reader.bytes(name, asked, { asker: nameOfOwner(owner), signal });
    }
    // Nobody else has the connection meanwhile: no turn is there that the rev doesn't count.
    const found = await this.#db
      .connection()
      .execute((trx) => (reads[name] as (db: Queries, asked: object) => Promise<unknown>)(trx, asked));
    return new TextEncoder().encode(JSON.stringify(found ?? null));
  }

  get #db() {
    return this.#database.db;
  }

  #changed(owner: Owner, id: string): Promise<ConversationItem> {
    this.wakeups.wake(owner);
    return this.item(owner, id);
  }

  async #generationsOf(owner: Owner, id: string, onlyRunning: boolean): Promise<readonly GenerationId[]> {
    const rows = await turnsOf(this.#db, owner)
      .where('conversation', '=', id)
      .where('state', onlyRunning ? '=' : '<>', onlyRunning ? 'running' : 'kept')
      .select('id')
      .execute();
    return rows.map((row) => row.id as GenerationId);
  }
}
