/** How an answer ended, as its client sees it. */
export type SeenEnd =
  /** Whole, with the ecosystem's own good end. */
  | 'complete'
  /** An HTTP status, or a frame, that says there is no answer. */
  | 'refused'
  /** The ecosystem's error, in the answer itself. */
  | 'error inside'
  /** The connection, or the body, just stopped. */
  | 'cut off';

/** What one client saw of its one answer. */
export interface Seen {
  readonly end: SeenEnd;
  /** The status, or the name of the error. */
  readonly says: string;
  /** The text of the answer, as far as it came. */
  readonly text: string;
  readonly generation?: string | undefined;
}

export interface Question {
  readonly url: string;
  readonly prompt: string;
  readonly stream: boolean;
  /** What the request says beside that: a key. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends the wait. */
  readonly signal: AbortSignal;
}

/** One door of the gateway, used as its clients use it. */
export interface Door {
  readonly name: string;
  ask(question: Question): Promise<Seen>;
}
