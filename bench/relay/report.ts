import { availableParallelism, cpus } from 'node:os';

/** One measurement: a scenario, a contestant, an upstream. Everything is the median of the rounds. */
export interface Row {
  readonly scenario: string;
  readonly contestant: string;
  readonly upstream: 'tls' | 'plain';
  readonly rounds: number;
  /** Of one round. */
  readonly tokens: number;
  readonly streams: number;
  readonly cpuUsPerToken: number;
  /** The cheapest and the dearest round. */
  readonly cpuUsPerTokenRange: readonly [number, number];
  readonly tokensPerSecond: number;
  readonly answersPerSecond: number;
  readonly answersPerCpuSecond: number;
  /** From the asking to the first token, what the load and the upstream take by themselves taken off. */
  readonly ttftAddedP50Ms?: number;
  readonly ttftAddedP99Ms?: number;
  /** From the writing of a token by the upstream to its arrival, likewise. */
  readonly delayAddedP50Ms?: number;
  readonly delayAddedP99Ms?: number;
  /** The server's resident set after the scenario. */
  readonly rssMb: number;
  /** The longest its event loop stood still; of servers in Node that the bench starts itself. */
  readonly stallMs?: number;
  /** The load's own share of a processor. Near 1 it is the load that was measured. */
  readonly loadBusy: number;
}

/** The tables as Markdown, each scenario's contestants beside each other. */
export function report(rows: readonly Row[], what: ReadonlyMap<string, string>): string {
  const keys = [...new Set(rows.map(({ upstream, scenario }) => `${upstream} ${scenario}`))];
  const tables = keys.map((key) => {
    const [upstream = '', scenario = ''] = key.split(' ');
    const all = rows.filter((row) => row.upstream === upstream && row.scenario === scenario);
    return `### ${scenario}, ${upstream === 'tls' ? 'TLS' : 'plain HTTP'} upstream: ${what.get(scenario)}\n\n${table(all)}`;
  });
  return `${tables.join('\n\n')}\n\n${machine()}\n`;
}

/** What the figures were taken on. */
export function machine(): string {
  return `Node ${process.versions.node}, ${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown processor'}, ${new Date().toISOString().slice(0, 10)}.`;
}

function table(rows: readonly Row[]): string {
  const paced = rows.some(({ delayAddedP99Ms }) => delayAddedP99Ms !== undefined);
  const first = rows.some(({ ttftAddedP50Ms }) => ttftAddedP50Ms !== undefined);
  const tutorial = rows.find(({ contestant }) => contestant === 'tutorial')?.cpuUsPerToken;
  const columns: readonly (readonly [string, (row: Row) => string])[] = [
    ['server', (row) => row.contestant],
    [
      'CPU µs a token',
      (row) => `${figure(row.cpuUsPerToken)} (${row.cpuUsPerTokenRange.map(figure).join('–')})`,
    ],
    ['tutorial ÷ this', (row) => (tutorial === undefined ? '' : `${figure(tutorial / row.cpuUsPerToken)} ×`)],
    ['tokens a second', (row) => row.tokensPerSecond.toLocaleString('en-US')],
    ['answers a CPU second', (row) => row.answersPerCpuSecond.toLocaleString('en-US')],
    ...(first
      ? ([
          ['first token added, p50 / p99 ms', (row: Row) => pair(row.ttftAddedP50Ms, row.ttftAddedP99Ms)],
        ] as const)
      : []),
    ...(paced
      ? ([
          ['token delay added, p50 / p99 ms', (row: Row) => pair(row.delayAddedP50Ms, row.delayAddedP99Ms)],
        ] as const)
      : []),
    ['RSS MB', (row) => String(row.rssMb)],
    ['longest stall ms', (row) => (row.stallMs === undefined ? '' : figure(row.stallMs))],
  ];
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(columns.map(([name]) => name)),
    line(columns.map((_, index) => (index === 0 ? '---' : '---:'))),
    ...rows.map((row) => line(columns.map(([, cell]) => cell(row)))),
  ].join('\n');
}

function pair(p50: number | undefined, p99: number | undefined): string {
  return p50 === undefined || p99 === undefined ? '' : `${figure(p50)} / ${figure(p99)}`;
}

function figure(value: number): string {
  return Math.abs(value) >= 100
    ? value.toFixed(0)
    : Math.abs(value) >= 10
      ? value.toFixed(1)
      : value.toFixed(2);
}
