import type { ConversationPage, ConversationTree, ConversationTurn } from '@streambed/protocol/conversations';
import { type TreeChange, treeChange } from '../conversations/changes.ts';
import { type ListOptions, listConversations } from '../conversations/listing.ts';
import { type KeptBranch, readBranch } from '../conversations/read-branch.ts';
import { conversationTree, turnIn } from '../conversations/tree.ts';
import type { Queries } from '../database/database.ts';
import type { Owner } from '../generation/owner.ts';
import type { UsageFilter } from '../usage/usage-filter.ts';
import { listUsage, type RecordCursor } from '../usage/usage-listing.ts';
import type { UsageRecord } from '../usage/usage-record.ts';
import { type AskedSums, sumPage, type UsagePage } from '../usage/usage-sums-page.ts';

/** One conversation of an owner's. */
export interface AskedConversation {
  readonly owner: Owner;
  readonly id: string;
  readonly undoMs: number;
}

interface AskedList {
  readonly owner: Owner;
  readonly options: ListOptions;
  readonly undoMs: number;
}

interface AskedRecords {
  readonly filter: UsageFilter;
  readonly limit: number;
  readonly after?: RecordCursor | undefined;
}

/** What may take long to look up. Where it does, a thread does it on a connection of its own. */
export const reads = {
  conversations: (db: Queries, { owner, options, undoMs }: AskedList): Promise<ConversationPage> =>
    listConversations(db, owner, options, undoMs),

  tree: (
    db: Queries,
    { owner, id, after, undoMs }: AskedConversation & { readonly after: number },
  ): Promise<ConversationTree> => conversationTree(db, owner, id, after, undoMs),

  turn: (
    db: Queries,
    { owner, id, turn }: AskedConversation & { readonly turn: string },
  ): Promise<ConversationTurn> => turnIn(db, owner, id, turn),

  change: (
    db: Queries,
    { owner, id, after, undoMs }: AskedConversation & { readonly after?: number | undefined },
  ): Promise<TreeChange | undefined> => treeChange(db, owner, id, after, undoMs),

  branch: (
    db: Queries,
    { owner, answer }: { readonly owner: Owner; readonly answer: string },
  ): Promise<KeptBranch | undefined> => readBranch(db, owner, answer),

  usageSums: (db: Queries, asked: AskedSums): Promise<UsagePage> => sumPage(db, asked),

  usageRecords: (
    db: Queries,
    { filter, limit, after }: AskedRecords,
  ): Promise<{ readonly records: readonly UsageRecord[]; readonly more: boolean }> =>
    listUsage(db, filter, { limit, after }),
} as const;

type Reads = typeof reads;

/** The same as jobs of a thread. */
export type ReadJobs = {
  readonly [Name in keyof Reads]: (input: Parameters<Reads[Name]>[1]) => ReturnType<Reads[Name]>;
};
