/** How one setting is written outside the file. */
export interface Setting {
  /** Its path in the schema. */
  readonly key: string;
  /** Without the dashes. */
  readonly flag?: string;
  /** The first that is set counts. */
  readonly variables: readonly string[];
  /** A flag that takes no value. */
  readonly isSwitch?: boolean;
  /** What `--help` calls its value, and says of it. */
  readonly value?: string;
  readonly help?: string;
}

const timeoutHelp = {
  connect: 'until Bedrock takes the connection (5000)',
  first_event: 'until its first event (120000)',
  idle: 'between two events (300000)',
  total: 'for a whole answer (3600000)',
} as const;

/** Every setting that has a flag or a variable, in the order in which `--help` lists them. */
export const settings: readonly Setting[] = [
  {
    key: 'host',
    flag: 'host',
    variables: ['STREAMBED_HOST', 'HOST'],
    value: 'ADDRESS',
    help: 'where to listen (127.0.0.1; any but loopback needs keys, or --insecure)',
  },
  {
    key: 'port',
    flag: 'port',
    variables: ['STREAMBED_PORT', 'PORT'],
    value: 'N',
    help: 'where to listen (8080; 0 takes a free one)',
  },
  {
    key: 'upstream',
    flag: 'upstream',
    variables: ['STREAMBED_UPSTREAM'],
    value: 'NAME',
    help: 'bedrock or emulator (bedrock where AWS credentials are found)',
  },
  {
    key: 'upstream_client',
    flag: 'upstream-client',
    variables: ['STREAMBED_UPSTREAM_CLIENT'],
    value: 'NAME',
    help: 'direct (sockets of our own) or undici (auto: direct, unless there is a proxy or FIPS is asked for)',
  },
  {
    key: 'region',
    flag: 'region',
    variables: ['AWS_REGION', 'AWS_DEFAULT_REGION'],
    value: 'REGION',
    help: "the AWS region (the profile's, else us-east-1)",
  },
  {
    key: 'drain_ms',
    flag: 'drain-ms',
    variables: ['STREAMBED_DRAIN_MS'],
    value: 'N',
    help: 'how long running answers may take after SIGTERM (30000)',
  },
  {
    key: 'log_level',
    flag: 'log-level',
    variables: ['STREAMBED_LOG_LEVEL'],
    value: 'LEVEL',
    help: 'fatal, error, warn, info, debug, trace or silent (warn)',
  },
  {
    key: 'insecure',
    flag: 'insecure',
    variables: ['STREAMBED_INSECURE'],
    isSwitch: true,
    help: 'serve beyond loopback with no keys: whoever reaches the port spends your money',
  },
  { key: 'api_key', variables: ['STREAMBED_API_KEY'] },
  {
    key: 'public_url',
    flag: 'public-url',
    variables: ['STREAMBED_PUBLIC_URL'],
    value: 'URL',
    help: 'what browsers call this server, behind a proxy',
  },
  {
    key: 'allowed_origins',
    flag: 'allowed-origins',
    variables: ['STREAMBED_ALLOWED_ORIGINS'],
    value: 'LIST',
    help: 'other origins whose pages may use this server',
  },
  {
    key: 'trust_proxy',
    flag: 'trust-proxy',
    variables: ['STREAMBED_TRUST_PROXY'],
    value: 'WHICH',
    help: 'whose X-Forwarded headers count: true, a number of proxies, or addresses (false)',
  },
  {
    key: 'base_path',
    flag: 'base-path',
    variables: ['STREAMBED_BASE_PATH'],
    value: 'PATH',
    help: 'a path in front of every URL',
  },
  {
    key: 'max_connections',
    flag: 'max-connections',
    variables: ['STREAMBED_MAX_CONNECTIONS'],
    value: 'N',
    help: 'sockets at once (10000)',
  },
  {
    key: 'max_connections_per_caller',
    flag: 'max-connections-per-caller',
    variables: ['STREAMBED_MAX_CONNECTIONS_PER_CALLER'],
    value: 'N',
    help: 'of those, what one caller may have (a quarter for each key; all without keys)',
  },
  {
    key: 'max_generations',
    flag: 'max-generations',
    variables: ['STREAMBED_MAX_GENERATIONS'],
    value: 'N',
    help: 'generations at once (1000)',
  },
  {
    key: 'max_generations_per_caller',
    flag: 'max-generations-per-caller',
    variables: ['STREAMBED_MAX_GENERATIONS_PER_CALLER'],
    value: 'N',
    help: 'of those, what one caller may have (a quarter for each key; all without keys)',
  },
  {
    key: 'max_generations_per_socket',
    flag: 'max-generations-per-socket',
    variables: ['STREAMBED_MAX_GENERATIONS_PER_SOCKET'],
    value: 'N',
    help: 'generations at once on one socket (32)',
  },
  {
    key: 'max_queue',
    flag: 'max-queue',
    variables: ['STREAMBED_MAX_QUEUE'],
    value: 'N',
    help: 'generations that may wait for a place (1000)',
  },
  {
    key: 'max_queue_per_caller',
    flag: 'max-queue-per-caller',
    variables: ['STREAMBED_MAX_QUEUE_PER_CALLER'],
    value: 'N',
    help: 'of those, what one caller may have (a quarter for each key; all without keys)',
  },
  {
    key: 'queue_ms',
    flag: 'queue-ms',
    variables: ['STREAMBED_QUEUE_MS'],
    value: 'N',
    help: 'how long a generation may wait for a place; 0: not at all (10000)',
  },
  {
    key: 'resume_seconds',
    flag: 'resume-seconds',
    variables: ['STREAMBED_RESUME_SECONDS'],
    value: 'N',
    help: 'how long an answer that has ended can still be read (600)',
  },
  {
    key: 'status_hold_ms',
    flag: 'status-hold-ms',
    variables: ['STREAMBED_STATUS_HOLD_MS'],
    value: 'N',
    help: 'how long an HTTP status waits for the first event, so that it can say the truth (10000)',
  },
  {
    key: 'merge_deltas',
    flag: 'merge-deltas',
    variables: ['STREAMBED_MERGE_DELTAS'],
    isSwitch: true,
    help: 'send tokens that came together as one event: fewer events, none of them later',
  },
  ...(['connect', 'first_event', 'idle', 'total'] as const).map((part) => ({
    key: `timeouts.${part}_ms`,
    flag: `timeout-${part.replace('_', '-')}-ms`,
    variables: [`STREAMBED_TIMEOUT_${part.toUpperCase()}_MS`],
    value: 'N',
    help: timeoutHelp[part],
  })),
  {
    key: 'web_dir',
    flag: 'web-dir',
    variables: ['STREAMBED_WEB_DIR'],
    value: 'FOLDER',
    help: 'the built web app, in place of our own',
  },
  {
    key: 'data_dir',
    flag: 'data-dir',
    variables: ['STREAMBED_DATA_DIR'],
    value: 'FOLDER',
    help: 'where data is kept, by one server at a time (.streambed)',
  },
  {
    key: 'data_max_mb',
    flag: 'data-max-mb',
    variables: ['STREAMBED_DATA_MAX_MB'],
    value: 'N',
    help: 'how much of the disk the answers may take (2048)',
  },
  {
    key: 'usage_days',
    flag: 'usage-days',
    variables: ['STREAMBED_USAGE_DAYS'],
    value: 'N',
    help: 'how long it is kept what each generation used (400)',
  },
  { key: 'runtime_endpoint', variables: ['AWS_ENDPOINT_URL_BEDROCK_RUNTIME', 'AWS_ENDPOINT_URL'] },
  { key: 'control_endpoint', variables: ['AWS_ENDPOINT_URL_BEDROCK', 'AWS_ENDPOINT_URL'] },
];
