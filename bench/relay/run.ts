import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeCertificate } from '../../test/support/certificate.ts';
import {
  type Contestant,
  contestantsFor,
  direct,
  type ServerName,
  startServer,
  type Upstream,
} from './contestants.ts';
import type { LoadResult } from './load.ts';
import { type Program, startProgram } from './process.ts';
import { type Row, report } from './report.ts';
import { type Scenario, scenariosOf } from './scenarios.ts';

/**
 * What relaying a token costs, ours beside others: one upstream, one load, the contestants in turn within every round.
 * Two cores: the server has one, the upstream and the load the other. What is counted of a server is its own processor
 * time; of tokens, those that arrived.
 */
const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    scenario: { type: 'string', multiple: true },
    contestant: { type: 'string', multiple: true },
    upstream: { type: 'string', multiple: true },
  },
});

const quickly = {
  scenarios: ['flat-32', 'first-1'],
  upstreams: ['tls'],
  without: ['portkey', 'ai-sdk', 'nginx'],
};
const cores = { server: 0, others: 1 } as const;
/** How long each contestant is warmed up for a scenario, by the clock: servers run for days, not for the first second. */
const warmMs = options.quick ? 2_500 : 5_000;

const scenarios = scenariosOf(options.quick ? 0.25 : 1).filter(({ name }) =>
  (options.scenario ?? (options.quick ? quickly.scenarios : [name])).includes(name),
);
const kinds = (['tls', 'plain'] as const).filter((kind) =>
  (options.upstream ?? (options.quick ? quickly.upstreams : [kind])).includes(kind),
);

const folder = mkdtempSync(join(tmpdir(), 'streambed-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const { key, cert } = makeCertificate(['localhost']);
const files = { key: join(folder, 'key.pem'), cert: join(folder, 'cert.pem') };
writeFileSync(files.key, key);
writeFileSync(files.cert, cert);

await using load = await startProgram(new URL('./load.ts', import.meta.url), { core: cores.others });
const rows: Row[] = [];
for (const kind of kinds) rows.push(...(await measureUpstream(kind)));
const what = new Map(scenarios.map((scenario) => [scenario.name, scenario.what]));
console.log(report(rows, what));
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(rows, undefined, 2)}\n`);

async function measureUpstream(kind: Upstream['kind']): Promise<readonly Row[]> {
  const secure = { BENCH_KEY: files.key, BENCH_CERT: files.cert };
  await using fake = await startProgram(new URL('./fake-bedrock.ts', import.meta.url), {
    core: cores.others,
    env: kind === 'tls' ? secure : {},
  });
  // What nobody's server adds: the load straight at an upstream, always the plain one, for the load speaks no TLS.
  await using bare = await startProgram(new URL('./fake-bedrock.ts', import.meta.url), {
    core: cores.others,
  });
  const upstream: Upstream = { kind, url: fake.url, ca: files.cert };
  const wanted = contestantsFor(upstream).filter(
    ({ name }) =>
      options.contestant?.some((one) => name === one || name.startsWith(`${one}/`)) ?? !isLeftOut(name),
  );
  await using stack = new AsyncDisposableStack();
  const servers = new Map<ServerName, Program>();
  for (const server of new Set(wanted.map((contestant) => contestant.server))) {
    const program = await startServer(server, upstream, cores.server);
    if (program === undefined) console.error(`${server} is left out: it is not to be had here`);
    else servers.set(server, stack.use(program));
  }
  const measured: Row[] = [];
  for (const scenario of scenarios) {
    await runOnce(direct, scenario, bare);
    const floor = await runOnce(direct, scenario, bare);
    const rounds = new Map<Contestant, Round[]>();
    for (let round = 0; round <= scenario.rounds; round += 1) {
      for (const contestant of wanted) {
        const server = servers.get(contestant.server);
        if (server === undefined || protocolOf(contestant, scenario) === undefined) continue;
        if (round === 0) await warmUp(contestant, scenario, server);
        else {
          // It has been idle while the others had their turn, and V8 tidies up then.
          await runOnce(contestant, shortened(scenario), server);
          const one = await runOnce(contestant, scenario, server);
          rounds.set(contestant, [...(rounds.get(contestant) ?? []), one]);
        }
      }
    }
    // Not between rounds: with the garbage goes the code that was compiled for it.
    const bytes = new Map<ServerName, number>();
    for (const [name, server] of servers) bytes.set(name, await server.memory());
    for (const [contestant, of] of rounds) {
      measured.push(rowOf(scenario, contestant, kind, of, floor, bytes.get(contestant.server) ?? Number.NaN));
    }
    console.error(`${kind} ${scenario.name}: done`);
  }
  return measured;
}

/** One round that compares every answer, and more of them until the time is up. */
async function warmUp(contestant: Contestant, scenario: Scenario, server: Program): Promise<void> {
  const until = Date.now() + warmMs;
  await runOnce(contestant, scenario, server, true);
  while (Date.now() < until) await runOnce(contestant, scenario, server);
}

/** A quarter of it. */
function shortened(scenario: Scenario): Scenario {
  const { load: whole } = scenario;
  return { ...scenario, load: { ...whole, answers: Math.ceil(whole.answers / 4) } };
}

interface Round {
  readonly result: LoadResult;
  readonly cpuUs: number;
  readonly loadBusy: number;
  readonly stallMs: number;
}

async function runOnce(
  contestant: Contestant,
  scenario: Scenario,
  server: Program,
  verify = false,
): Promise<Round> {
  const { load: asked } = scenario;
  // A flat answer is the same each time: its first run is compared token by token.
  const compare = verify && asked.wanted.stamped !== true;
  await server.stallMs();
  const before = await server.cpuUs();
  const loadBefore = await load.cpuUs();
  const result = await load.do<LoadResult>({
    url: server.url,
    protocol: protocolOf(contestant, scenario),
    ...asked,
    verify: compare,
  });
  const cpuUs = (await server.cpuUs()) - before;
  const loadBusy = ((await load.cpuUs()) - loadBefore) / 1e6 / result.seconds;
  const stallMs = await server.stallMs();
  return { result, cpuUs, loadBusy, stallMs };
}

function protocolOf(contestant: Contestant, { kind }: Scenario): Contestant['whole'] {
  return kind === 'whole' ? contestant.whole : contestant.stream;
}

function rowOf(
  scenario: Scenario,
  contestant: Contestant,
  upstream: Upstream['kind'],
  rounds: readonly Round[],
  floor: Round,
  bytes: number,
): Row {
  const { tokens, answers } = rounds[0]?.result ?? { tokens: 0, answers: 0 };
  const costs = rounds.map(({ cpuUs }) => cpuUs / tokens);
  const middle = (of: (round: Round) => number) => median(rounds.map(of));
  const added = (of: (result: LoadResult) => number) =>
    rounded(middle(({ result }) => of(result)) - of(floor.result));
  const stallMs = middle(({ stallMs: longest }) => longest);
  return {
    scenario: scenario.name,
    contestant: contestant.name,
    upstream,
    rounds: rounds.length,
    tokens,
    streams: scenario.load.streams,
    cpuUsPerToken: rounded(median(costs)),
    cpuUsPerTokenRange: [rounded(Math.min(...costs)), rounded(Math.max(...costs))],
    tokensPerSecond: Math.round(middle(({ result }) => result.tokens / result.seconds)),
    answersPerSecond: Math.round(middle(({ result }) => result.answers / result.seconds)),
    answersPerCpuSecond: Math.round((answers * 1e6) / middle(({ cpuUs }) => cpuUs)),
    ...(scenario.kind === 'first' && {
      ttftAddedP50Ms: added(({ firstMs }) => firstMs.p50),
      ttftAddedP99Ms: added(({ firstMs }) => firstMs.p99),
    }),
    ...(scenario.kind === 'paced' && {
      delayAddedP50Ms: added(({ delayMs }) => delayMs?.p50 ?? Number.NaN),
      delayAddedP99Ms: added(({ delayMs }) => delayMs?.p99 ?? Number.NaN),
    }),
    rssMb: Math.round(bytes / 1024 / 1024),
    ...(Number.isFinite(stallMs) && { stallMs: rounded(stallMs) }),
    loadBusy: rounded(middle(({ loadBusy }) => loadBusy)),
  };
}

function isLeftOut(name: string): boolean {
  return options.quick && quickly.without.includes(name);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
