import type { Kysely } from 'kysely';
import type { Owner } from '../generation/owner.ts';
import { sqliteTextSearch } from './sqlite/text-search.ts';

/** Words of something of an owner's, to be found again. */
export interface SearchText {
  readonly owner: Owner;
  readonly conversation: string;
  /** The turn that says it; none for a title. */
  readonly turn?: string;
  readonly text: string;
}

/** Where the words of conversations stand. How a database searches is its own; this is what we ask of each. */
export interface TextSearch {
  /** Makes what it needs, within a migration. */
  make(db: Kysely<unknown>): Promise<void>;
  /** Makes beginnings of one and two letters words of their own, within a migration: each would stand for thousands. */
  indexBeginnings<DB>(db: Kysely<DB>): Promise<void>;
  /** Takes a text in, in place of the one that stood under the same names. */
  put<DB>(db: Kysely<DB>, text: SearchText): Promise<void>;
  /** Forgets every word of a conversation, or of one turn of it. */
  forget<DB>(db: Kysely<DB>, owner: Owner, conversation: string, turn?: string): Promise<void>;
  /** Forgets so many texts of a conversation at most; gives back whether there may be more. */
  forgetSome<DB>(db: Kysely<DB>, owner: Owner, conversation: string, most: number): Promise<boolean>;
  /** Conversations that are erased and whose words are here still, so many at most. */
  ofErased<DB>(
    db: Kysely<DB>,
    most: number,
  ): Promise<readonly { readonly owner: Owner; readonly conversation: string }[]>;
  /**
   * A subquery of `(conversation, turn)` in which all words of `query` stand, each at the beginning of a word there.
   * Nothing where there is no word in it.
   */
  matches(owner: Owner, query: string): ReturnType<typeof sqliteTextSearch.matches>;
}

export const textSearch: TextSearch = sqliteTextSearch;
