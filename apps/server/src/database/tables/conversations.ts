/** Whose a row is. */
interface Owned {
  readonly project: string;
  readonly user: string;
}

/** Times are milliseconds since 1970, yes and no are 1 and 0, texts named `_json` are JSON: every database has these. */
export interface ConversationTable extends Owned {
  readonly id: string;
  readonly title: string;
  readonly pinned: 0 | 1;
  /** The last turn of the branch that is shown. */
  readonly leaf: string | null;
  readonly created_at: number;
  readonly updated_at: number;
  /** Deleted, but it can still be had back. */
  readonly deleted_at: number | null;
  /** Nothing of it is left but that it was. */
  readonly erased_at: number | null;
  /** Grows with each change of anything of this owner. */
  readonly rev: number;
  readonly turns: number;
  /** What its turns hold, in characters. */
  readonly size: number;
}

export type TurnState = 'kept' | 'running' | 'completed' | 'cancelled' | 'failed' | 'interrupted' | 'erased';

/** What one speaker said. The answer of a generation has the generation's id. */
export interface TurnTable extends Owned {
  readonly conversation: string;
  readonly id: string;
  readonly parent: string | null;
  /** 1 for a turn without a parent. */
  readonly depth: number;
  readonly role: 'user' | 'assistant' | 'system';
  /** Of role and content: equal for turns that say the same. */
  readonly digest: string;
  /** Content blocks, or one text. */
  readonly content_json: string;
  /** `kept` is what was sent; the others are an answer's. */
  readonly state: TurnState;
  /** It answers the tool calls of its parent. */
  readonly answers_tools: 0 | 1;
  readonly client_id: string | null;
  readonly model: string | null;
  /** Which {@link TurnSettingsTable} it was asked with. */
  readonly settings: string | null;
  /** How it goes on where its parent, an answer too, stopped. */
  readonly continues: 'prefill' | 'asked' | null;
  /** An answer without its content. */
  readonly message_json: string | null;
  /** Its `generation_stop`. */
  readonly stop_json: string | null;
  readonly created_at: number;
  readonly ended_at: number | null;
  readonly rev: number;
}

/** A request without its messages, once for all answers of a conversation that were asked with it. */
export interface TurnSettingsTable extends Owned {
  readonly conversation: string;
  readonly digest: string;
  readonly request_json: string;
}
