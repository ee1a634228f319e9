/** Parameters for questions, under a name that is an owner's own. */
export interface PresetTable {
  readonly project: string;
  readonly user: string;
  readonly name: string;
  readonly parameters_json: string;
  /** Milliseconds since 1970. */
  readonly updated_at: number;
}
