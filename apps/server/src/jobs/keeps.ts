import { Bulk, type BulkSource } from '@streambed/bedrock/bulk';
import type { GenerationId } from '@streambed/protocol';
import { type Acceptance, type Accepted, accept } from '../conversations/accept.ts';
import { eraseConversation, eraseWords } from '../conversations/keeping.ts';
import type { ConversationLimits } from '../conversations/limits.ts';
import { eraseAnswer, type Settlement, settle } from '../conversations/settle.ts';
import { takeBack } from '../conversations/take-back.ts';
import type { Database } from '../database/database.ts';
import type { Owner } from '../generation/owner.ts';

interface LargeAcceptance {
  readonly acceptance: Acceptance;
  /** What stand-ins in it stand for. */
  readonly bulk: readonly BulkSource[];
  readonly limits: ConversationLimits;
}

interface Named {
  readonly owner: Owner;
  readonly conversation: string;
}

/** What takes long to write. A thread does it on a connection of its own. */
export const keeps = {
  accept: (db: Database, { acceptance, bulk, limits }: LargeAcceptance): Promise<Accepted> =>
    accept(db, new Bulk(bulk).restore(acceptance), limits),

  takeBack: (db: Database, { owner, accepted }: { readonly owner: Owner; readonly accepted: Accepted }) =>
    takeBack(db, owner, accepted),

  settle: (db: Database, settlement: Settlement): Promise<void> => settle(db, settlement),

  eraseAnswer: (
    db: Database,
    { owner, generation }: { readonly owner: Owner; readonly generation: GenerationId },
  ): Promise<string | undefined> => eraseAnswer(db, owner, generation),

  eraseConversation: (db: Database, { owner, conversation }: Named): Promise<void> =>
    eraseConversation(db, owner, conversation),

  eraseWords: (db: Database, { owner, conversation }: Named): Promise<void> =>
    eraseWords(db, owner, conversation),
} as const;

type Keeps = typeof keeps;

/** The same as jobs of a thread, and what is done with the database as a whole. */
export type KeepJobs = {
  readonly [Name in keyof Keeps]: (input: Parameters<Keeps[Name]>[1]) => ReturnType<Keeps[Name]>;
} & {
  /** Brings what the journal holds to the file; nobody waits for it. */
  readonly bringIn: (input: null) => Promise<void>;
  /** Empties the journal: what was deleted is on disk no more. Rejects with `SB_STORE_FAILED` where others read for too long. */
  readonly forgetJournal: (input: null) => Promise<void>;
};
