import type { ErrorInfo } from '@streambed/protocol';
import type { ConversationItem } from '@streambed/protocol/conversations';
import type { Conversation, ConversationState, Question, Turn } from '../conversation.ts';
import type { Readable } from '../store.ts';

export interface HeldConversationState extends ConversationState {
  /**
   * `new`: the server has nothing of it yet. `loading`: it is being read. `kept`: it is shown, and stays what it is on
   * the server. `gone`: it was deleted, here or elsewhere, or there is none of that name. `failed`: see `error`.
   */
  readonly phase: 'new' | 'loading' | 'kept' | 'gone' | 'failed';
  /** Its title and all else that lists show; absent while there is nothing of it. */
  readonly item: ConversationItem | undefined;
  readonly error: ErrorInfo | undefined;
}

/** What another page needs to ask a question that may not have left this one: plain data. */
export interface PendingQuestion extends Question {
  readonly key: string;
  readonly after?: string | undefined;
  readonly again?: string | undefined;
  readonly stream: boolean;
  /** The generation that is followed, or gone on with. */
  readonly parent?: string | undefined;
  /** Set where it is gone on with. */
  readonly continues?: 'prefill' | 'asked' | undefined;
  /** It answers tool calls that have an answer. */
  readonly branch?: boolean | undefined;
}

/** A conversation that the server keeps: the same in every tab. It is asked and shown as any other. */
export interface HeldConversation
  extends Omit<Conversation, 'get' | 'subscribe' | 'save' | 'clear'>,
    Readable<HeldConversationState> {
  readonly id: string;
  /** Goes on with an answer that was cut off (the last by default); it becomes a turn of its own, without a question. */
  continue(change?: Partial<Pick<Question, 'model' | 'settings'>> & { readonly key?: string }): boolean;
  /**
   * Asks several models the same at once (the words and files are the first one's): their answers are versions beside
   * each other. They stand in place of the turn `instead`, or after what is shown. Gives their keys; none where nothing
   * can be asked now.
   */
  compare(questions: readonly Question[], instead?: string): readonly string[];
  /** Asks once more in the place of the turn `key`, whatever is on its way beside it. Gives the new turn's key. */
  askBeside(
    key: string,
    change?: Partial<Pick<Question, 'model' | 'stream' | 'settings'>>,
  ): string | undefined;
  /** One turn, of any branch, as it grows; undefined while there is none of that key. */
  turn(key: string): Readable<Turn | undefined>;
  /** Stops the answer of one turn, of any branch. */
  stopTurn(key: string): void;
  /** What a page that goes away should keep: the questions that the server has not accepted yet. */
  pending(): readonly PendingQuestion[];
  /** Reads it anew after a failure. */
  reload(): void;
  /** Looks no longer; what runs goes on, on the server. */
  close(): void;
}

export interface HeldOptions {
  /** Absent: a new one. */
  readonly id?: string | undefined;
  readonly pending?: readonly PendingQuestion[] | undefined;
  /** Told of what lists show of it. */
  readonly onItem?: ((item: ConversationItem) => void) | undefined;
}
