/**
 * What one generation used, however it ended. Rows are only ever added, and deleted when they are old; none holds a word
 * of what was said. A count that nobody reported is null.
 */
export interface UsageTable {
  readonly generation: string;
  /** An embedding is no generation, but it is billed. */
  readonly kind: 'generation' | 'embedding';
  readonly project: string;
  readonly user: string;
  /** The public id of the key that it was asked with. */
  readonly key: string | null;
  /** The door it came in by. */
  readonly surface: string | null;
  /** As the request names it. */
  readonly model: string;
  /** What was called, and where: the last of its attempts. */
  readonly target: string | null;
  readonly region: string | null;
  readonly state: 'completed' | 'cancelled' | 'failed' | 'interrupted';
  readonly error_code: string | null;
  /** The upstream's own id of the last attempt. */
  readonly request_id: string | null;
  readonly attempts: number | null;
  readonly input_tokens: number | null;
  readonly cache_read_tokens: number | null;
  readonly cache_write_5m_tokens: number | null;
  readonly cache_write_1h_tokens: number | null;
  readonly output_tokens: number | null;
  readonly thinking_tokens: number | null;
  readonly cost_status: 'exact' | 'estimated' | 'unknown';
  /** In 10⁻⁸ USD; null where it is unknown. */
  readonly cost_units: number | null;
  /** The date of the prices. */
  readonly prices: string | null;
  /** These are milliseconds since 1970. */
  readonly started_at: number;
  readonly first_event_at: number | null;
  readonly ended_at: number;
}

/** The columns of the ledger, in the order in which they are written and shown. */
export const usageColumns = [
  'generation',
  'kind',
  'project',
  'user',
  'key',
  'surface',
  'model',
  'target',
  'region',
  'state',
  'error_code',
  'request_id',
  'attempts',
  'input_tokens',
  'cache_read_tokens',
  'cache_write_5m_tokens',
  'cache_write_1h_tokens',
  'output_tokens',
  'thinking_tokens',
  'cost_status',
  'cost_units',
  'prices',
  'started_at',
  'first_event_at',
  'ended_at',
] as const satisfies readonly (keyof UsageTable)[];
