import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Emulator, startEmulator } from '@streambed/bedrock-emulator';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ChildServer, startAsChild, startInProcess, upstreamAt } from '../../../test/support/servers.ts';
import { runScenario } from './run-scenario.ts';
import { loadScenarios, type Scenario } from './scenario.ts';

/** Our own server against the conformance kit. */
let emulator: Emulator;
let url = '';
let stop = () => Promise.resolve();
beforeAll(async () => {
  emulator = await startEmulator({ pace: { firstTokenMs: 40, tokensPerSecond: 500, jitter: 0.2 } });
  const server = await startInProcess(upstreamAt(emulator.url));
  url = `${server.url.replace('http', 'ws')}/ws`;
  stop = server.stop;
});
afterAll(async () => {
  await stop();
  await emulator?.stop();
});

const needs =
  (...wanted: readonly string[]) =>
  (scenario: Scenario) =>
    wanted.length === 0
      ? scenario.needs.length === 0
      : wanted.every((need) => scenario.needs.some((has) => has === need));
const scenarios = loadScenarios();

test('every scenario says what it promises, and no two the same', () => {
  const titles = scenarios.map(({ title }) => title);
  expect(new Set(titles).size).toBe(titles.length);
  expect(titles).toHaveLength(28);
});

test.for(scenarios.filter(needs()))('$name: $title', { timeout: 30_000 }, (scenario) =>
  runScenario(scenario, { url, patienceMs: 15_000 }),
);

// Pings come every 15 s; here from a server with a faster heart.
test.for(scenarios.filter(needs('slow')))('$name: $title', { timeout: 30_000 }, async (scenario) => {
  await using quick = await startInProcess(upstreamAt(emulator.url), { connection: { heartbeatMs: 200 } });
  await runScenario(scenario, { url: `${quick.url.replace('http', 'ws')}/ws` });
});

test.for(scenarios.filter(needs('control')))('$name: $title', { timeout: 40_000 }, async (scenario) => {
  const data = mkdtempSync(join(tmpdir(), 'streambed-data-'));
  const env = { STREAMBED_DATA_DIR: data };
  let server: ChildServer = await startAsChild(upstreamAt(emulator.url, { env }));
  const { port } = new URL(server.url);
  try {
    await runScenario(scenario, {
      url: `${server.url.replace('http', 'ws')}/ws`,
      patienceMs: 15_000,
      control: {
        kill: async () => {
          server.signal('SIGKILL');
          await server.exited;
        },
        terminate: async () => server.signal('SIGTERM'),
        start: async () => {
          await server.exited;
          server = await startAsChild(upstreamAt(emulator.url, { argv: ['--port', port], env }));
        },
      },
    });
  } finally {
    await server[Symbol.asyncDispose]();
    rmSync(data, { recursive: true, force: true });
  }
});
