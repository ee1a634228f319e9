import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Emulator, failing, say, startEmulator } from '@streambed/bedrock-emulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { doors } from './fault-matrix/live-through.ts';
import { answer, deltas, nextPrompt, nextText, prompt } from './fault-matrix/scenario.ts';
import { root } from './support/root.ts';

/** A fault that nobody catches, at every door: it is logged with the request's id, that request fails, nothing else does. */

const stalls = 'And then?';
const source = (path: string) => `'${new URL(`file://${root}/apps/server/src/${path}`).href}'`;

/**
 * A server with mistakes in it. For the user `caught` starting a generation throws. For `before` it goes wrong behind its caller's back, and never returns; for `during` something does while the answer comes.
 */
const faulty = `
  import { readConfig } from ${source('config.ts')};
  import { Faults } from ${source('cli/faults.ts')};
  import { GenerationRegistry } from ${source('generation/registry.ts')};
  import { startServer } from ${source('server.ts')};
  import { SegmentStreamLog } from ${source('stream-log/disk/segments.ts')};
  const faults = new Faults({ write: (line) => process.stderr.write(line + '\\n'), giveUp() {} });
  for (const event of ['uncaughtException', 'unhandledRejection']) process.on(event, (fault) => faults.take(event, fault));
  const { start } = GenerationRegistry.prototype;
  GenerationRegistry.prototype.start = function (order) {
    if (order.caller.owner.user === 'caught') return Promise.reject(new TypeError('caught before the answer'));
    if (order.caller.owner.user !== 'before') return start.call(this, order);
    setImmediate(() => { throw new Error('before the answer'); });
    return new Promise(() => {});
  };
  const { open, append } = SegmentStreamLog.prototype;
  const marked = new Set();
  SegmentStreamLog.prototype.open = function (record, holder) {
    if (record.owner.user === 'during') marked.add(record.generation);
    return open.call(this, record, holder);
  };
  SegmentStreamLog.prototype.append = function (id, batch) {
    if (marked.delete(id)) setImmediate(() => void Promise.reject(new Error('during the answer')));
    return append.call(this, id, batch);
  };
  const identify = (headers) => ({ project: 'p', user: headers['x-user'] ?? 'somebody' });
  const server = await startServer(readConfig({ argv: ['--port', '0', '--log-level', 'error'] }), { identify });
  process.on('SIGUSR2', () => process.stdout.write(JSON.stringify(server.load()) + '\\n'));
  process.stdout.write(server.url + '\\n');
`;

let emulator: Emulator;
let child: ReturnType<typeof startFaulty>;
let url: string;
const logged: string[] = [];
const folder = mkdtempSync(join(tmpdir(), 'streambed-faulty-'));

function startFaulty() {
  const file = join(folder, 'faulty.mjs');
  writeFileSync(file, faulty);
  return spawn(process.execPath, [file], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      AWS_BEARER_TOKEN_BEDROCK: 'a-key-that-opens-nothing',
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: emulator.url,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

beforeAll(async () => {
  emulator = await startEmulator({
    pace: 'instant',
    script: ({ prompt: asked }) =>
      asked === stalls
        ? failing(say(deltas), { type: 'stall', after: 4 })
        : say(asked === nextPrompt ? [nextText] : deltas),
  });
  child = startFaulty();
  child.stderr.setEncoding('utf8').on('data', (text: string) => logged.push(...text.trim().split('\n')));
  const gone = once(child, 'exit').then(() => {
    throw new Error(logged.join('\n'));
  });
  const [line] = (await Promise.race([once(child.stdout, 'data'), gone])) as [Buffer];
  gone.catch(() => {});
  url = line.toString().trim();
});
afterAll(async () => {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
  await emulator.stop();
  rmSync(folder, { recursive: true, force: true });
});

function ask(door: (typeof doors)[number], user: string, stream: boolean, text: string) {
  const signal = AbortSignal.timeout(15_000);
  return door.ask({ url, prompt: text, stream, headers: { 'x-user': user }, signal });
}

/** The last fault of a kind that was logged since the last time one was asked for. */
async function faultLogged(kind: string): Promise<unknown> {
  const find = () => logged.findLast((line) => line.includes(`${kind} the answer`));
  await expect.poll(find).toBeDefined();
  const fault: unknown = JSON.parse(find() ?? '');
  logged.splice(0);
  return fault;
}

describe.each(doors)('$name', (door) => {
  test.each([true, false])(
    'a fault before the answer is an answer that says so (streamed: %s)',
    async (stream) => {
      const { end, says, text } = await ask(door, 'before', stream, prompt);
      expect([['refused', 'error inside'].includes(end), text]).toEqual([true, '']);
      // Bedrock's clients would ask again after a 500.
      expect(says).toMatch(/^500$|^424$|SB_INTERNAL/);
      expect(await faultLogged('before')).toMatchObject({
        level: 'error',
        msg: 'uncaughtException',
        request: expect.stringMatching(/^(req|ses)_/),
      });
    },
  );

  test('a fault that is caught is logged the same way, with its stack', async () => {
    const { says } = await ask(door, 'caught', true, prompt);
    expect(says).toMatch(/^500$|^424$|SB_INTERNAL/);
    expect(await faultLogged('caught before')).toMatchObject({
      level: 'error',
      msg: 'fault',
      request: expect.stringMatching(/^(req|ses)_/),
      err: { type: 'TypeError', stack: expect.stringContaining('faulty.mjs') },
    });
  });

  test('a fault during the answer ends it as failed, with what came', async () => {
    const { end, text, says } = await ask(door, 'during', true, stalls);
    expect([end, answer.startsWith(text)]).toEqual(['error inside', true]);
    expect(says).toMatch(/SB_INTERNAL|error|Exception/i);
    expect(await faultLogged('during')).toMatchObject({
      msg: 'unhandledRejection',
      request: expect.stringMatching(/^(req|ses)_/),
      generation: expect.stringMatching(/^gen_/),
    });
  });

  test('everybody else is answered', async () => {
    expect(await ask(door, 'somebody', true, prompt)).toMatchObject({ end: 'complete', text: answer });
  });
});

test('nothing is left of all that, and every generation has its row', async () => {
  const look = async () => {
    child.kill('SIGUSR2');
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    return JSON.parse(line.toString()) as object;
  };
  await expect.poll(look).toEqual({ generations: 0, waiting: 0, upstream: 0, sockets: 0 });
  expect(emulator.open).toBe(0);
  const usage = await fetch(`${url}/streambed/v1/usage/records?limit=1000`);
  if (!usage.ok) throw new Error(await usage.text());
  const { records } = (await usage.json()) as { records: readonly Record<string, unknown>[] };
  const failed = records.filter(({ state }) => state === 'failed');
  expect(new Set(failed.map(({ error_code: code }) => code))).toEqual(new Set(['SB_INTERNAL']));
  expect(failed.length).toBeGreaterThanOrEqual(doors.length);
  expect(records.every(({ state }) => state === 'failed' || state === 'completed')).toBe(true);
});
