import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type Emulator, say, startEmulator } from '@streambed/bedrock-emulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lockDatabase } from '../apps/server/test/lock-database.ts';
import { doors } from './fault-matrix/live-through.ts';
import { answer, deltas, nextPrompt, nextText, prompt } from './fault-matrix/scenario.ts';
import { generationOf } from './support/generation-of.ts';
import {
  type ChildServer,
  runToEnd,
  type ServerSettings,
  startAsChild,
  upstreamAt,
} from './support/servers.ts';
import { mountSmallDisk, noSmallDisk, type SmallDisk } from './support/small-disk.ts';

/** A server whose disk takes nothing more: what can be answered is, the rest is refused, and all of it is over with that. */

const admin = 'the-key-of-the-environment';
const bearer = { authorization: `Bearer ${admin}` };
const why = noSmallDisk();
if (why !== undefined) console.warn(`SKIPPED: no disk of its own for a test here (${why})`);

let emulator: Emulator;
let disk: SmallDisk;
beforeAll(async () => {
  emulator = await startEmulator({
    pace: 'instant',
    script: (asked) => (asked.prompt === nextPrompt ? say([nextText]) : say(deltas)),
    keepRequests: 10_000,
  });
  if (why === undefined) disk = await mountSmallDisk(8);
});
afterAll(async () => {
  await emulator?.stop();
  await disk?.[Symbol.asyncDispose]();
});

function settings(): ServerSettings {
  return upstreamAt(emulator.url, {
    within: disk.within,
    env: { STREAMBED_DATA_DIR: disk.path, STREAMBED_API_KEY: admin },
  });
}

const request = { model: 'anthropic', messages: [{ role: 'user', content: prompt }] };

async function ask(server: ChildServer, method: string, path: string, body?: object) {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { ...bearer, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

/** What is to be kept for good, and how it is answered where it can be. */
const keeping: readonly (readonly [method: string, path: string, body: object, good: number])[] = [
  ['POST', '/streambed/v1/keys', { name: 'another' }, 201],
  ['POST', '/streambed/v1/conversations', { title: 'another' }, 201],
  ['PATCH', '/streambed/v1/conversations/before', { title: 'renamed' }, 200],
  ['POST', '/v1/responses', { model: 'anthropic', input: prompt, store: true }, 200],
  [
    'POST',
    '/streambed/v1/generations',
    { request, stream: false, store: 'conversation', conversation: 'before' },
    200,
  ],
  ['POST', '/streambed/v1/generations', { request, stream: false, conversation: 'new' }, 200],
];
const reading = [
  '/streambed/v1/conversations',
  '/streambed/v1/conversations/before',
  '/streambed/v1/conversations?q=Go',
  '/streambed/v1/keys',
  '/streambed/v1/models',
  '/v1/models',
  '/readyz',
  '/healthz',
];

/** Every door, streamed and whole, by a client that wants nothing kept beyond the server's memory. */
async function expectAnswers({ url }: ChildServer): Promise<void> {
  const seen = await Promise.all(
    doors.flatMap((door) =>
      [true, false].map(async (stream) => {
        const signal = AbortSignal.timeout(20_000);
        const { end, text } = await door.ask({ url, prompt, stream, headers: bearer, signal });
        return { door: door.name, stream, end, text };
      }),
    ),
  );
  expect(seen).toEqual(seen.map((one) => ({ ...one, end: 'complete', text: answer })));
}

async function expectKept(server: ChildServer): Promise<void> {
  const statuses = [];
  for (const [method, path, body] of keeping) {
    statuses.push([path, (await ask(server, method, path, body)).status]);
  }
  expect(statuses).toEqual(keeping.map(([, path, , good]) => [path, good]));
}

/** Everything that wants a place on the disk is refused with a clear 503; everything else goes on. */
async function expectRefusedClearly(server: ChildServer): Promise<void> {
  await expectAnswers(server);
  for (const [method, path, body] of keeping) {
    const { status, text, headers } = await ask(server, method, path, body);
    expect([path, status, text]).toEqual([path, 503, expect.stringMatching(/cannot (be used|write)/)]);
    expect(headers.get('x-should-retry')).toBe('true');
  }
  for (const path of reading) expect([path, (await ask(server, 'GET', path)).status]).toEqual([path, 200]);
  const made = await ask(server, 'POST', '/streambed/v1/tokens', { subject: 'anna' });
  expect(made.status).toBe(201);
  const { token } = JSON.parse(made.text) as { token: string };
  const asked = await fetch(`${server.url}/v1/models`, { headers: { authorization: `Bearer ${token}` } });
  expect(asked.status).toBe(200);
  const usage = await ask(server, 'GET', '/streambed/v1/usage');
  expect([usage.status, usage.text]).toEqual([503, expect.stringContaining('its sums would be wrong')]);
  expect((await ask(server, 'GET', '/metrics')).text).toMatch(
    /streambed_store_failing\{store="usage_database"\} 1/,
  );
}

/** Whatever Bedrock was asked has its one row in the ledger, as soon as there is room again. */
async function expectLedger(server: ChildServer): Promise<void> {
  await expect
    .poll(async () => (await ask(server, 'GET', '/streambed/v1/usage')).status, { timeout: 40_000 })
    .toBe(200);
  const { text } = await ask(server, 'GET', '/streambed/v1/usage/records?limit=1000');
  const { records } = JSON.parse(text) as { records: readonly { generation: string }[] };
  const rows = records.map(({ generation }) => generation);
  expect(new Set(rows).size).toBe(rows.length);
  expect(emulator.requests.map(generationOf).filter((name) => !rows.includes(name))).toEqual([]);
}

/** As seen by a program of its own, within the disk: the database is sound. */
function expectSound(): void {
  const [program = '', ...before] = [...disk.within, process.execPath];
  const check = `
    const file = new (require('node:sqlite').DatabaseSync)(process.argv[1]);
    console.log(file.prepare('pragma integrity_check').get().integrity_check);
  `;
  const { stdout } = spawnSync(program, [...before, '--eval', check, join(disk.path, 'streambed.db')]);
  expect(String(stdout).trim()).toBe('ok');
}

/** Each day of it follows from the one before: one disk, one data folder. */
describe.skipIf(why !== undefined)('a disk', () => {
  let server: ChildServer;
  afterAll(() => server?.[Symbol.asyncDispose]());

  test('that is full: what can be answered is, the rest is a clear 503, and it goes on when there is room', async () => {
    server = await startAsChild(settings());
    await ask(server, 'POST', '/streambed/v1/conversations', { id: 'before', title: 'Go on' });
    disk.fill();
    await expectRefusedClearly(server);
    disk.free();
    await expectKept(server);
    await expectAnswers(server);
    await expectLedger(server);
  }, 90_000);

  test('whose database another program has locked: the same, and all is written once it lets go', async () => {
    {
      await using _locked = await lockDatabase(disk.path, disk.within);
      await expectRefusedClearly(server);
    }
    await expectKept(server);
    await expectAnswers(server);
    await expectLedger(server);
  }, 90_000);

  test('that is full while the server is killed and started again: it starts, and has what it had', async () => {
    disk.fill();
    server.signal('SIGKILL');
    await server.exited;
    server = await startAsChild(settings());
    await expectAnswers(server);
    // What the database had taken in before has left it some room of its own.
    for (const [method, path, body, good] of keeping) {
      const { status, text } = await ask(server, method, path, body);
      if (status !== good)
        expect([path, status, text]).toEqual([path, 503, expect.stringMatching(/cannot (be used|write)/)]);
    }
    for (const path of reading) expect([path, (await ask(server, 'GET', path)).status]).toEqual([path, 200]);
    server.signal('SIGTERM');
    expect((await server.exited).code).toBe(0);
    disk.free();
    expectSound();
  }, 90_000);

  test('that is read-only is one clear line at the start, and spoils nothing', async () => {
    disk.makeReadOnly(true);
    const { code, output } = await runToEnd(settings());
    disk.makeReadOnly(false);
    expect([code, output]).toEqual([1, expect.stringMatching(/^streambed: data_dir: [^\n]+--data-dir\n$/)]);
    server = await startAsChild(settings());
    const { text } = await ask(server, 'GET', '/streambed/v1/conversations/before');
    expect(JSON.parse(text)).toMatchObject({ title: 'renamed' });
    await expectKept(server);
    await expectAnswers(server);
    server.signal('SIGTERM');
    expect((await server.exited).code).toBe(0);
    expectSound();
  }, 90_000);
});
