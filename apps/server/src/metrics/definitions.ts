/** One metric, as `/metrics` says it. Labels have few values each: nothing that a caller may choose freely. */
export interface MetricDefinition {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds, in seconds. */
  readonly buckets?: readonly number[];
}

const waits = [0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2.5, 5, 10, 20, 60, 120];
const wholes = [0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60, 120, 300, 600, 1_800, 3_600];
const gaps = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1.2, 2.5, 5, 15, 60];

function counter(name: string, help: string, ...labels: readonly string[]): MetricDefinition {
  return { name, type: 'counter', help, labels };
}

function gauge(name: string, help: string, ...labels: readonly string[]): MetricDefinition {
  return { name, type: 'gauge', help, labels };
}

function histogram(
  name: string,
  help: string,
  buckets: readonly number[],
  ...labels: readonly string[]
): MetricDefinition {
  return { name, type: 'histogram', help, labels, buckets };
}

/** Every metric there is; docs/metrics.md is made from this. */
export const metricDefinitions = {
  requests: counter(
    'streambed_http_requests_total',
    'HTTP requests that were answered, by the door they came in by and their status.',
    'surface',
    'status',
  ),
  refusals: counter(
    'streambed_refusals_total',
    'What was asked and never became a generation, by door and error code.',
    'surface',
    'code',
  ),
  generations: counter(
    'streambed_generations_total',
    'Generations that have ended, by door and how: completed, cancelled, failed, interrupted.',
    'surface',
    'state',
  ),
  embeddings: counter(
    'streambed_embeddings_total',
    'Requests for embeddings that have ended, and how.',
    'state',
  ),
  errors: counter('streambed_errors_total', 'Generations that ended with an error, by its code.', 'code'),
  attempts: counter('streambed_upstream_attempts_total', 'Requests to Bedrock of what has ended.'),
  retries: counter(
    'streambed_upstream_retries_total',
    'Attempts that failed before their first event and were made again, by error code.',
    'code',
  ),
  tokens: counter(
    'streambed_tokens_total',
    'Tokens as they were reported, by model and kind: input, cache_read, cache_write_5m, cache_write_1h, output, thinking.',
    'model',
    'kind',
  ),
  cost: counter(
    'streambed_cost_usd_total',
    'What it cost, in USD, by model and status: exact or estimated. Rounded; the ledger is exact.',
    'model',
    'status',
  ),
  unknownCosts: counter(
    'streambed_unknown_costs_total',
    'How many ended whose cost is not known, by model.',
    'model',
  ),
  firstEvent: histogram(
    'streambed_first_event_seconds',
    'From the acceptance of a generation to the first event of the model, by model.',
    waits,
    'model',
  ),
  duration: histogram(
    'streambed_generation_seconds',
    'From the acceptance of a generation to its end, by how it ended.',
    wholes,
    'state',
  ),
  interEvent: histogram(
    'streambed_inter_event_seconds',
    'Between two readings of events from a model. Events that come together count once.',
    gaps,
  ),
  running: gauge('streambed_generations_running', 'Generations that run now.'),
  queued: gauge('streambed_generations_queued', 'Generations that wait for a place.'),
  upstreamOpen: gauge('streambed_upstream_requests_open', 'Requests to Bedrock that are open now.'),
  sockets: gauge('streambed_sockets', 'WebSockets that are open now.'),
  readers: gauge('streambed_readers', 'Readings of generations under way.'),
  breakers: gauge(
    'streambed_target_breaker',
    'Whether a target is called: 0 yes (closed), 1 it is being tried again (half open), 2 no (open).',
    'target',
    'region',
  ),
  loopStall: gauge(
    'streambed_event_loop_stall_seconds',
    'The longest time since the last scrape in which the process did nothing else.',
  ),
  longStalls: counter(
    'streambed_event_loop_stalls_total',
    'How often the process did nothing else for more than 20 ms.',
  ),
  logMemory: gauge('streambed_log_memory_bytes', 'What the events kept in memory take, about.'),
  logDisk: gauge('streambed_log_disk_bytes', 'What events take of the disk.'),
  usageWaiting: gauge('streambed_usage_waiting', 'Rows of the ledger that are not in the database yet.'),
  usageJournal: gauge('streambed_usage_journal_bytes', "The size of the ledger's journal."),
  usageLost: counter('streambed_usage_lost_total', 'Rows of the ledger that found room nowhere.'),
  storeFailing: gauge(
    'streambed_store_failing',
    '1 where it cannot be written: log, usage_journal, usage_database; database: its file was moved or deleted.',
    'store',
  ),
  cpu: counter('process_cpu_seconds_total', 'CPU time of this process.'),
  memory: gauge('process_resident_memory_bytes', 'Memory of this process.'),
  heap: gauge('nodejs_heap_size_used_bytes', 'Of that, what JavaScript uses.'),
  external: gauge('nodejs_external_memory_bytes', 'Memory of buffers and other objects outside the heap.'),
  started: gauge('process_start_time_seconds', 'When this process began, in seconds since 1970.'),
  resources: gauge('nodejs_active_resources', 'What keeps this process going: sockets, timers, files.'),
} as const satisfies Readonly<Record<string, MetricDefinition>>;

export type MetricKey = keyof typeof metricDefinitions;
