import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { JobThread, type JobThreadOptions } from './job-thread.ts';

type TestJobs = {
  readonly say: (input: string) => Promise<string>;
  readonly bytes: (input: number) => Promise<Uint8Array>;
  readonly refuse: (input: string) => Promise<never>;
  readonly fail: (input: string) => Promise<never>;
  readonly spin: (input: null) => Promise<never>;
  readonly hold: (gate: Int32Array<SharedArrayBuffer>) => Promise<string>;
  readonly die: (input: null) => Promise<never>;
  readonly said: (input: null) => Promise<readonly string[]>;
};

const folder = mkdtempSync(join(tmpdir(), 'streambed-thread-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'jobs.mjs');
writeFileSync(
  file,
  `import { serveJobs } from ${JSON.stringify(import.meta.resolve('./serve-jobs.ts'))};
import { StreambedError } from ${JSON.stringify(import.meta.resolve('../../../../packages/protocol/src/index.ts'))};
const said = [];
serveJobs((greeting, { checkWanted }) => ({
  say: async (name) => { said.push(name); return greeting + ', ' + name; },
  bytes: async (length) => new Uint8Array(length).fill(7),
  refuse: async (field) => { throw new StreambedError('SB_NOT_FOUND', 'Nothing.', { field, retryAfterSeconds: 3 }); },
  fail: async (message) => { throw new Error(message); },
  spin: async () => { for (;;) checkWanted(); },
  hold: async (gate) => { Atomics.wait(gate, 0, 0); return 'opened'; },
  die: async () => process.exit(3),
  said: async () => said,
}));
`,
);

function start(options: Partial<JobThreadOptions<string>> = {}) {
  return new JobThread<TestJobs, string>({
    file,
    data: 'Hello',
    most: 8,
    deadlineMs: 30_000,
    ...options,
  });
}

const one = { asker: 'one' };

/** A job that holds the thread until it is let go. */
function holder(thread: JobThread<TestJobs, string>) {
  const gate = new Int32Array(new SharedArrayBuffer(4));
  return {
    held: thread.value('hold', gate, { asker: 'holder' }),
    release: () => {
      Atomics.store(gate, 0, 1);
      Atomics.notify(gate, 0);
    },
  };
}

test('a job is done elsewhere, and what came of it comes back', async () => {
  await using thread = start();
  expect(await thread.value('say', 'world', one)).toBe('Hello, world');
  expect(await thread.bytes('bytes', 70_000, one)).toEqual(new Uint8Array(70_000).fill(7));
  await expect(thread.value('refuse', 'id', one)).rejects.toMatchObject({
    code: 'SB_NOT_FOUND',
    message: 'Nothing.',
    field: 'id',
    retryAfterSeconds: 3,
  });
  await expect(thread.value('fail', 'secret', one)).rejects.toMatchObject({
    code: 'SB_INTERNAL',
    message: expect.not.stringContaining('secret'),
  });
  expect(thread.size).toBe(0);
});

test('askers have their turn one after the other, and no more may wait than there is room for', async () => {
  await using thread = start({ most: 4 });
  const { held, release } = holder(thread);
  const asked = ['a1', 'a2', 'a3'].map((name) => thread.value('say', name, { asker: 'a' }));
  asked.push(thread.value('say', 'b1', { asker: 'b' }));
  await expect(thread.value('say', 'c1', { asker: 'c' })).rejects.toMatchObject({
    code: 'SB_BUSY',
    retryAfterSeconds: expect.any(Number),
  });
  release();
  expect(await held).toBe('opened');
  await Promise.all(asked);
  expect(await thread.value('said', null, one)).toEqual(['a1', 'b1', 'a2', 'a3']);
});

test('what nobody waits for any more is not begun, and what is under way is given up', async () => {
  await using thread = start();
  const { held, release } = holder(thread);
  const leaving = new AbortController();
  const dropped = thread.value('say', 'nobody', { asker: 'a', signal: leaving.signal });
  const stays = thread.value('say', 'somebody', { asker: 'b' });
  leaving.abort(new Error('left'));
  await expect(dropped).rejects.toThrow('left');
  expect(thread.size).toBe(2);
  release();
  await held;
  await stays;
  const gone = new AbortController();
  const spinning = thread.value('spin', null, { asker: 'a', signal: gone.signal });
  gone.abort(new Error('left too'));
  await expect(spinning).rejects.toThrow('left too');
  expect(await thread.value('said', null, one)).toEqual(['somebody']);
  await expect(thread.value('say', 'x', { asker: 'a', signal: gone.signal })).rejects.toThrow('left too');
});

test('what takes too long is refused, and the thread goes on', async () => {
  await using thread = start({ deadlineMs: 1_500 });
  // It may take longer to start.
  const begun = () => thread.value('say', 'first', one).catch(() => undefined);
  await expect.poll(begun, { timeout: 15_000 }).toBe('Hello, first');
  await expect(thread.value('spin', null, one)).rejects.toMatchObject({ code: 'SB_BUSY' });
  expect(await thread.value('say', 'then', one)).toBe('Hello, then');
});

test('a thread that dies takes one job with it, and the next has another', async () => {
  await using thread = start();
  const dying = thread.value('die', null, one);
  const next = thread.value('say', 'again', one);
  await expect(dying).rejects.toMatchObject({ code: 'SB_INTERNAL' });
  expect(await next).toBe('Hello, again');
  expect(await thread.value('said', null, one)).toEqual(['again']);
});

test('when the server stops, who waits is told so, and nothing is left', async () => {
  const thread = start();
  const { held, release } = holder(thread);
  const waiting = thread.value('say', 'late', one);
  const refused = [held, waiting].map((job) => expect(job).rejects.toMatchObject({ code: 'SB_DRAINING' }));
  const ended = thread[Symbol.asyncDispose]();
  await Promise.all(refused);
  release();
  await ended;
  await expect(thread.value('say', 'later', one)).rejects.toMatchObject({ code: 'SB_DRAINING' });
});
