import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Emulator, say, startEmulator } from '@streambed/bedrock-emulator';
import type { RunningServer, ServerLoad } from '../../apps/server/src/server.ts';
import { startInProcess, upstreamAt } from '../support/servers.ts';
import type { BadDay } from './bad-days.ts';
import { httpDoors } from './http-doors.ts';
import { deltas, nextPrompt, nextText, prompt } from './scenario.ts';
import type { Door, Seen } from './seen.ts';
import { socketDoors } from './socket-doors.ts';

export const doors: readonly Door[] = [...socketDoors, ...httpDoors];

/** A row of the usage ledger, as far as it is looked at. */
export interface Row {
  readonly generation: string;
  readonly surface: string;
  readonly state: string;
  readonly error_code: string | null;
  readonly attempts: number;
}

/** One client on one bad day. */
export interface Cell {
  readonly day: string;
  readonly door: string;
  readonly stream: boolean;
  /** Absent: it hung, or its client failed; `trouble` says why. */
  readonly seen?: Seen;
  readonly trouble?: string;
  readonly ms: number;
}

/** What a bad day came to. */
export interface Lived {
  readonly day: BadDay;
  readonly cells: readonly Cell[];
  readonly rows: readonly Row[];
  /** What was held when everybody had gone. */
  readonly left: ServerLoad;
  /** Upstream requests, as the upstream counts them: all of them, and those open at the end. */
  readonly requests: number;
  readonly open: number;
  /** What the server did when it was asked once more. */
  readonly healthy: boolean;
}

/** No client may wait longer; the deadlines of a silent day are far below it. */
export const boundMs = 60_000;

/** A gateway of its own, and every door used in both ways at once. */
export async function liveThrough(day: BadDay): Promise<Lived> {
  const folder = mkdtempSync(join(tmpdir(), 'streambed-bad-day-'));
  try {
    await using emulator = await startEmulator({
      pace: 'instant',
      script: (asked) => (asked.prompt === nextPrompt ? say([nextText]) : say(deltas)),
      faults: ({ body }) => (body.includes(nextPrompt) ? undefined : day.fault),
    });
    const data = join(folder, 'data');
    const server = await startInProcess(
      upstreamAt(emulator.url, { env: { STREAMBED_DATA_DIR: data, ...deadlines(day) } }),
      { bedrock: { retry: { budget: 100_000 }, breaker: { failures: 100_000 }, random: () => 0 } },
    );
    try {
      const cells = await Promise.all(
        doors.flatMap((door) => [true, false].map((stream) => ask(server, day, door, stream))),
      );
      const left = await settled(server, emulator);
      const requests = emulator.requests.length;
      const { open } = emulator;
      const healthy = (await fetch(`${server.url}/readyz`)).ok;
      await server.stop();
      return { day, cells, rows: readLedger(data), left, requests, open, healthy };
    } finally {
      await server.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** How long Bedrock may be silent on a silent day, in milliseconds; all else is answered far sooner. */
export const silence = { first: 1_500, idle: 1_500, total: 4_500 };

/** Short where silence is what happens; otherwise no machine is so busy that they end anything. */
function deadlines({ silent }: BadDay): Readonly<Record<string, string>> {
  const ms = silent ? silence : { first: boundMs, idle: boundMs, total: boundMs };
  return {
    STREAMBED_TIMEOUT_FIRST_EVENT_MS: String(ms.first),
    STREAMBED_TIMEOUT_IDLE_MS: String(ms.idle),
    STREAMBED_TIMEOUT_TOTAL_MS: String(ms.total),
    STREAMBED_DRAIN_MS: '50',
    // Many are refused on purpose.
    STREAMBED_LOG_LEVEL: 'silent',
  };
}

async function ask({ url }: RunningServer, day: BadDay, door: Door, stream: boolean): Promise<Cell> {
  const startedAt = performance.now();
  const cell = { day: day.name, door: door.name, stream };
  const signal = AbortSignal.timeout(boundMs);
  try {
    const seen = await door.ask({ url, prompt, stream, signal });
    return { ...cell, seen, ms: performance.now() - startedAt };
  } catch (thrown) {
    const trouble = signal.aborted ? `hung for ${boundMs} ms` : String(thrown);
    return { ...cell, trouble, ms: performance.now() - startedAt };
  }
}

/** What is still held a while after the last client has gone. */
async function settled(server: RunningServer, emulator: Emulator): Promise<ServerLoad> {
  for (let waited = 0; ; waited += 10) {
    const load = server.load();
    const held = Object.values(load).reduce((sum, count) => sum + count, emulator.open);
    if (held === 0 || waited >= 2_000) return load;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function readLedger(data: string): readonly Row[] {
  const db = new DatabaseSync(join(data, 'streambed.db'), { readOnly: true });
  try {
    return db
      .prepare('select generation, surface, state, error_code, attempts from usage')
      .all() as unknown as Row[];
  } finally {
    db.close();
  }
}
