import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { GenerationStop } from '@streambed/protocol';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type OpenDatabase, openDatabase } from '../database/database.ts';
import type { WriteAt } from '../stream-log/disk/disk-write.ts';
import { MemoryStreamLog } from '../stream-log/memory.ts';
import { readUsageJournal } from './usage-journal.ts';
import { journalPath, UsageLedger, type UsageLedgerOptions } from './usage-ledger.ts';
import type { Asked, UsageRecord } from './usage-record.ts';

const stop: GenerationStop = {
  type: 'generation_stop',
  state: 'completed',
  stop_reason: 'end_turn',
  usage: { input_tokens: 10, output_tokens: 5 },
  cost: { status: 'exact', usd: '0.00001000', prices: '2026-08-01' },
  timing: { total_ms: 900 },
};
const emptyLog = { find: async () => undefined };

function asked(id: string): Asked {
  return {
    id,
    kind: 'generation',
    owner: { project: 'p', user: 'u' },
    surface: 'openai',
    model: 'anthropic',
    startedAt: Date.now(),
  };
}

function aFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'streambed-usage-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

interface Opened extends AsyncDisposable {
  readonly ledger: UsageLedger;
  readonly database: OpenDatabase;
  /** What was said of its troubles, in order. */
  readonly says: readonly string[];
  readonly told: readonly UsageRecord[];
  rows(): Promise<readonly UsageRecord[]>;
}

async function open(dir: string, options: Partial<UsageLedgerOptions> = {}): Promise<Opened> {
  const database = await openDatabase({ dir, log: { info: () => {} } });
  const says: string[] = [];
  const told: UsageRecord[] = [];
  const say = (what: string) => (trouble: Error | undefined) =>
    void says.push(`${what} ${trouble === undefined ? 'works' : 'fails'}`);
  const ledger = await UsageLedger.open({
    database,
    dir,
    days: 400,
    troubles: {
      journal: say('journal'),
      database: say('database'),
      lost: (rows) => void says.push(`lost ${rows}`),
    },
    onRecord: (record) => void told.push(record),
    limits: { flushMs: 60_000 },
    ...options,
  });
  return {
    ledger,
    database,
    says,
    told,
    rows: () => database.db.selectFrom('usage').selectAll().orderBy('generation').execute(),
    async [Symbol.asyncDispose]() {
      await ledger[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** The folder as a process leaves it that is killed now. */
async function killed(it: Opened, dir: string): Promise<string> {
  const left = aFolder();
  cpSync(dir, left, { recursive: true });
  await it[Symbol.asyncDispose]();
  return left;
}

const names = (rows: readonly UsageRecord[]) => rows.map(({ generation }) => generation);

test('what ended is in the journal at once and in the database once it is flushed', async () => {
  const dir = aFolder();
  await using it = await open(dir);
  expect(it.ledger.began(asked('gen_1'))).toBeUndefined();
  expect((await readUsageJournal(journalPath(dir))).begun.size).toBe(1);
  expect(it.ledger.ended(asked('gen_1'), stop)).toBeUndefined();
  expect((await readUsageJournal(journalPath(dir))).ended).toMatchObject([{ generation: 'gen_1' }]);
  expect(await it.rows()).toEqual([]);
  await it.ledger.flushed();
  expect(await it.rows()).toMatchObject([{ generation: 'gen_1', state: 'completed', cost_units: 1_000 }]);
  expect(it.told).toHaveLength(1);
});

test('a journal that was deleted is made anew, with all that must stand in it', async () => {
  const dir = aFolder();
  await using it = await open(dir);
  it.ledger.began(asked('gen_1'));
  it.ledger.began(asked('gen_2'));
  it.ledger.ended(asked('gen_2'), stop);
  rmSync(journalPath(dir));
  await it.ledger.ended(asked('gen_1'), stop);
  const { begun, ended } = await readUsageJournal(journalPath(dir));
  expect([begun.size, new Set(names(ended))]).toEqual([0, new Set(['gen_1', 'gen_2'])]);
  expect(it.says).toEqual([]);
});

test('where nobody waits for them, rows go to the database a few at a time', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  await using it = await open(aFolder());
  for (let index = 0; index < 40; index += 1) {
    it.ledger.began(asked(`gen_${index}`));
    it.ledger.ended(asked(`gen_${index}`), stop);
  }
  const counts: number[] = [];
  for (const ms of [59_999, 1, 20, 20]) {
    await vi.advanceTimersByTimeAsync(ms);
    counts.push((await it.rows()).length);
  }
  expect(counts).toEqual([0, 16, 32, 40]);
});

test('an end that is told of twice is one row', async () => {
  await using it = await open(aFolder());
  it.ledger.began(asked('gen_1'));
  it.ledger.ended(asked('gen_1'), stop);
  it.ledger.ended(asked('gen_1'), { ...stop, state: 'failed' });
  await it.ledger.flushed();
  expect(await it.rows()).toMatchObject([{ state: 'completed' }]);
  expect(it.told).toHaveLength(1);
});

test('killed before the database had it: the next process takes it in, and what ran is interrupted', async () => {
  const first = aFolder();
  const before = await open(first);
  before.ledger.began(asked('gen_1'));
  before.ledger.began(asked('gen_2'));
  before.ledger.ended(asked('gen_1'), stop);
  const dir = await killed(before, first);
  {
    await using next = await open(dir);
    expect(await next.rows()).toMatchObject([{ generation: 'gen_1', state: 'completed' }]);
    await next.ledger.settle(emptyLog);
    expect(await next.rows()).toMatchObject([
      { generation: 'gen_1' },
      { generation: 'gen_2', state: 'interrupted', cost_status: 'unknown', input_tokens: null },
    ]);
  }
  expect(await readUsageJournal(journalPath(dir))).toEqual({ begun: new Map(), ended: [], end: 0 });
});

test('killed between the log and the journal: the end is read from the log', async () => {
  const dir = aFolder();
  const before = await open(dir);
  before.ledger.began(asked('gen_1'));
  await using next = await open(await killed(before, dir));
  const at = { record: record('gen_1'), head: 1, stop, endedAt: 77, expired: false };
  await next.ledger.settle({ find: async () => at });
  expect(await next.rows()).toMatchObject([{ state: 'completed', output_tokens: 5, ended_at: 77 }]);
});

test('what the log has kept gets its row even where the journal is gone', async () => {
  await using it = await open(aFolder());
  const at = { record: record('gen_1'), head: 1, stop, endedAt: 77, expired: false };
  it.ledger.tell(at);
  await it.ledger.settle(emptyLog);
  expect(await it.rows()).toMatchObject([{ generation: 'gen_1', state: 'completed', ended_at: 77 }]);
});

test('readers see an end only once it is written down', async () => {
  const dir = aFolder();
  const gate = Promise.withResolvers<void>();
  let isSlow = false;
  const slow: WriteAt = async (file, bytes, position) => {
    if (isSlow) await gate.promise;
    await file.write(bytes, 0, bytes.length, position);
  };
  await using it = await open(dir, { writeAt: slow });
  isSlow = true;
  const log = new MemoryStreamLog({ beforeEnds: it.ledger.beforeEnds });
  await log.open(record('gen_1'), { cancel: () => {} });
  const appended = log.append(record('gen_1').generation, [{ event: stop, json: JSON.stringify(stop) }]);
  expect((await log.find(record('gen_1').owner, { generation: record('gen_1').generation }))?.head).toBe(0);
  gate.resolve();
  await appended;
  expect((await readUsageJournal(journalPath(dir))).ended).toHaveLength(1);
});

test('a database that is locked holds up nobody: rows wait, and are written once it works', async () => {
  const dir = aFolder();
  await using it = await open(dir);
  const other = new DatabaseSync(join(dir, 'streambed.db'));
  other.exec('begin immediate');
  it.ledger.began(asked('gen_1'));
  it.ledger.ended(asked('gen_1'), stop);
  await expect(it.ledger.flushed()).rejects.toMatchObject({ code: 'SB_STORE_FAILED' });
  expect(it.ledger.waiting).toBe(1);
  other.exec('rollback');
  other.close();
  await it.ledger.flushed();
  expect(names(await it.rows())).toEqual(['gen_1']);
  expect(it.says).toEqual(['database fails', 'database works']);
}, 30_000);

test('past what may wait in memory rows are in the journal alone, and none is lost', async () => {
  const dir = aFolder();
  await using it = await open(dir, { limits: { flushMs: 60_000, waiting: 3 } });
  for (let index = 0; index < 10; index += 1) {
    await it.ledger.began(asked(`gen_${index}`));
    await it.ledger.ended(asked(`gen_${index}`), stop);
  }
  expect(it.ledger.waiting).toBe(10);
  await it.ledger.flushed();
  expect(await it.rows()).toHaveLength(10);
  expect(it.says).toEqual([]);
});

test('killed with more rows than may wait, under a database that still fails: they are kept, and more beside them', async () => {
  const first = aFolder();
  const before = await open(first);
  for (let index = 0; index < 10; index += 1) {
    await before.ledger.began(asked(`gen_${index}`));
    await before.ledger.ended(asked(`gen_${index}`), stop);
  }
  const dir = await killed(before, first);
  const file = new DatabaseSync(join(dir, 'streambed.db'));
  file.exec('begin immediate');
  await using next = await open(dir, { limits: { flushMs: 60_000, waiting: 3 } });
  await next.ledger.began(asked('gen_x'));
  await next.ledger.ended(asked('gen_x'), stop);
  expect(next.ledger.waiting).toBe(11);
  expect((await readUsageJournal(journalPath(dir))).ended).toHaveLength(11);
  file.exec('rollback');
  file.close();
  await next.ledger.flushed();
  expect(await next.rows()).toHaveLength(11);
  expect(next.says).toEqual(['database fails', 'database works']);
}, 30_000);

test('a journal that cannot be written is reported, and rows still reach the database', async () => {
  let works = false;
  const writeAt: WriteAt = (file, bytes, position) => {
    if (!works) throw new Error('no space left');
    return file.write(bytes, 0, bytes.length, position).then(() => {});
  };
  await using it = await open(aFolder(), { writeAt });
  await it.ledger.began(asked('gen_1'));
  await it.ledger.ended(asked('gen_1'), stop);
  await it.ledger.flushed();
  expect(await it.rows()).toHaveLength(1);
  expect(it.says).toEqual(['journal fails']);
  works = true;
  await it.ledger.began(asked('gen_2'));
  expect(it.says).toEqual(['journal fails', 'journal works']);
});

test('where neither has room, it is said how many rows are lost', async () => {
  const writeAt: WriteAt = () => {
    throw new Error('no space left');
  };
  await using it = await open(aFolder(), { writeAt, limits: { flushMs: 60_000, waiting: 1 } });
  for (const id of ['gen_1', 'gen_2', 'gen_3']) {
    await it.ledger.began(asked(id));
    await it.ledger.ended(asked(id), stop);
  }
  await it.ledger.flushed();
  expect(names(await it.rows())).toEqual(['gen_1']);
  expect(it.says).toEqual(['journal fails', 'lost 1', 'lost 1']);
});

test('what is in memory alone when it is closed is said to be lost', async () => {
  const writeAt: WriteAt = () => {
    throw new Error('no space left');
  };
  const dir = aFolder();
  const it = await open(dir, { writeAt });
  await it.ledger.began(asked('gen_1'));
  await it.ledger.ended(asked('gen_1'), stop);
  {
    using other = new DatabaseSync(join(dir, 'streambed.db'));
    other.exec('begin immediate');
    await it.ledger[Symbol.asyncDispose]();
  }
  await it.database[Symbol.asyncDispose]();
  expect(it.says.at(-1)).toBe('lost 1');
});

test('a damaged or cut journal is read as far as it is whole', async () => {
  const dir = aFolder();
  writeFileSync(journalPath(dir), Buffer.from('not a journal at all'));
  await using it = await open(dir);
  it.ledger.began(asked('gen_1'));
  it.ledger.ended(asked('gen_1'), stop);
  await it.ledger.flushed();
  expect(await it.rows()).toHaveLength(1);
});

test('the journal does not grow with what is in the database already', async () => {
  await using it = await open(aFolder());
  for (let round = 0; round < 40; round += 1) {
    for (let index = 0; index < 100; index += 1) {
      const id = `gen_${round}_${index}`;
      await it.ledger.began(asked(id));
      await it.ledger.ended(asked(id), stop);
    }
    await it.ledger.flushed();
  }
  expect(await it.rows()).toHaveLength(4_000);
  expect(it.ledger.journalBytes).toBeLessThan(1.5 * 1024 * 1024);
});

test('rows that are too old are deleted, others stay', async () => {
  await using it = await open(aFolder(), { days: 1 });
  const day = 24 * 60 * 60_000;
  const rows = Array.from({ length: 450 }, (_, index) => ({
    record: record(`gen_${String(index).padStart(3, '0')}`),
    head: 1,
    stop,
    endedAt: Date.now() - (index < 420 ? 2 * day : 0),
    expired: false,
  }));
  for (const view of rows) it.ledger.tell(view);
  await it.ledger.settle(emptyLog);
  expect(await it.rows()).toHaveLength(450);
  await it.ledger.sweep();
  expect(names(await it.rows())).toEqual(rows.slice(420).map((view) => view.record.generation));
});

function record(id: string) {
  return {
    generation: id as Parameters<MemoryStreamLog['erase']>[0],
    owner: { project: 'p', user: 'u' },
    model: 'anthropic',
    store: 'none' as const,
    startedAt: 50,
    node: 'node_1',
  };
}
