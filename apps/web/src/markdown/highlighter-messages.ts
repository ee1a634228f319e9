/** A piece of a line, and the CSS colour of it. */
export interface Token {
  readonly text: string;
  readonly color: string | undefined;
}
export type Line = readonly Token[];

/** To the worker: the code of block `id` is what it was up to `from`, then `text`. Without `text`: it is over. */
export interface HighlightRequest {
  readonly id: number;
  readonly language: string;
  readonly from: number;
  readonly text: string | undefined;
}

/** From the worker: the lines from `from` on. Without `lines`: there is no grammar for it. */
export interface HighlightReply {
  readonly id: number;
  readonly from: number;
  readonly lines: readonly Line[] | undefined;
}
