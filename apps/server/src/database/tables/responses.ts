/** A stored response of the Responses API: what was asked, and its answer once something went on from it. */
export interface ResponseTable {
  readonly project: string;
  readonly user: string;
  /** The generation that it is. */
  readonly generation: string;
  readonly params_json: string;
  readonly answer_json: string | null;
  readonly started_at: number;
  /** From here on it is counted how long it is kept. */
  readonly used_at: number;
  /** In characters of JSON. */
  readonly size: number;
}
