import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { type Child, startChild } from './child.ts';
import { type Load, run } from './load.ts';

/**
 * Tokens relayed per second of server processor time: ours beside the tutorial's design (`ws` and the official SDK).
 * Same emulator, same run, taking turns; every answer is checked to its last character. The figure is the server
 * process's own user and system time, so what the emulator and the readers cost doesn't count.
 */

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    rounds: { type: 'string' },
    scenario: { type: 'string', multiple: true },
  },
});

interface Scenario extends Load {
  readonly name: string;
  readonly what: string;
}

const size = options.quick ? 0.1 : 1;
const scenarios: readonly Scenario[] = [
  {
    name: 'flat-1',
    what: 'one socket, as fast as it goes',
    sockets: 1,
    prompts: Math.ceil(20 * size),
    tokens: 2000,
  },
  {
    name: 'flat-32',
    what: '32 sockets, as fast as it goes',
    sockets: 32,
    prompts: Math.ceil(5 * size),
    tokens: 500,
  },
  {
    name: 'paced-100',
    what: "100 sockets at a model's pace, 60 tokens a second each",
    sockets: 100,
    prompts: 1,
    tokens: Math.ceil(300 * size),
    perSecond: 60,
  },
].filter(({ name }) => options.scenario === undefined || options.scenario.includes(name));

const contestants = [
  { name: 'streambed', program: './contestants/streambed.ts', args: [] },
  { name: 'ws + AWS SDK', program: './contestants/tutorial.ts', args: [] },
  { name: 'ws + AWS SDK, HTTP/1.1', program: './contestants/tutorial.ts', args: ['--http1'] },
] as const;

interface Row {
  readonly scenario: string;
  readonly contestant: string;
  readonly upstream: 'emulator';
  readonly rounds: number;
  /** In one round. */
  readonly tokens: number;
  /** The median of the rounds, as every figure here. */
  readonly cpuUsPerToken: number;
  readonly tokensPerCpuSecond: number;
  /** By the clock. */
  readonly tokensPerSecond: number;
  /** The cheapest and the dearest round. */
  readonly cpuUsPerTokenRange: readonly [number, number];
}

const rounds = Math.max(1, Number(options.rounds ?? (options.quick ? 1 : 5)));
await using stack = new AsyncDisposableStack();
const upstream = stack.use(await startChild('./upstream.ts', []));
const servers: { readonly name: string; readonly child: Child }[] = [];
for (const { name, program, args } of contestants) {
  servers.push({ name, child: stack.use(await startChild(program, args, upstream.url)) });
}

const rows: Row[] = [];
for (const scenario of scenarios) {
  const measured = new Map<string, { cpu: number[]; speed: number[]; tokens: number }>();
  // Round 0 warms up: the compilers' work is nobody's cost of a token.
  for (let round = 0; round <= rounds; round += 1) {
    for (const { name, child } of servers) {
      const before = await child.cpuUs();
      const { tokens, seconds } = await run(child.url, scenario);
      const cpuUs = (await child.cpuUs()) - before;
      if (round === 0) continue;
      const sums = measured.get(name) ?? { cpu: [], speed: [], tokens };
      measured.set(name, sums);
      sums.cpu.push(cpuUs / tokens);
      sums.speed.push(tokens / seconds);
    }
  }
  for (const [contestant, { cpu, speed, tokens }] of measured) {
    const cpuUsPerToken = median(cpu);
    rows.push({
      scenario: scenario.name,
      contestant,
      upstream: 'emulator',
      rounds,
      tokens,
      cpuUsPerToken: rounded(cpuUsPerToken),
      tokensPerCpuSecond: Math.round(1e6 / cpuUsPerToken),
      tokensPerSecond: Math.round(median(speed)),
      cpuUsPerTokenRange: [rounded(Math.min(...cpu)), rounded(Math.max(...cpu))],
    });
  }
}

console.log(report(rows));
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(rows, undefined, 2)}\n`);

function report(rows: readonly Row[]): string {
  const table = rows.map((row) => {
    const ours = rows.find(
      ({ scenario, contestant }) => scenario === row.scenario && contestant === 'streambed',
    );
    const ratio = row.cpuUsPerToken / (ours?.cpuUsPerToken ?? row.cpuUsPerToken);
    const [low, high] = row.cpuUsPerTokenRange;
    return (
      `| ${row.scenario} | ${row.contestant} | ${count(row.tokensPerCpuSecond)} | ` +
      `${row.cpuUsPerToken.toFixed(1)} (${low.toFixed(1)}–${high.toFixed(1)}) | ${ratio.toFixed(2)} × | ${count(row.tokensPerSecond)} |`
    );
  });
  const legend = scenarios.map(({ name, what }) => `${name}: ${what}`).join('; ');
  return [
    '| scenario | server | tokens per CPU second | CPU µs per token (range) | CPU against ours | tokens per second |',
    '| --- | --- | ---: | ---: | ---: | ---: |',
    ...table,
    '',
    `${legend}. Medians of ${rounds} ${rounds === 1 ? 'round' : 'rounds'} after a warm-up, taking turns; every answer checked to its end.`,
    `Node ${process.versions.node}, ${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown processor'}.`,
  ].join('\n');
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
