import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type EncodedEvent, encodeEvent, type GenerationId } from '@streambed/protocol';
import { SegmentStreamLog } from '../apps/server/src/stream-log/disk/segments.ts';
import { MemoryStreamLog } from '../apps/server/src/stream-log/memory.ts';
import type { GenerationRecord, StreamLog } from '../apps/server/src/stream-log/stream-log.ts';

/**
 * What the stream log costs: processor time for an event, and how long an event takes from `append` to its reader, in
 * memory only and with segment files. 500 streams with a reader each; 50 events a second each, then as fast as it goes.
 * The same with no log at all is what the bench itself costs: it is taken off.
 */

const { values: options } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const streams = 500;
const perSecond = 50;
const seconds = options.quick ? 1 : 10;
const flatEvents = options.quick ? 40 : 400;

const owner = { project: 'bench', user: 'bench' };
const holder = { cancel: () => {} };
const { signal } = new AbortController();
const piece: EncodedEvent = encodeEvent({
  type: 'content_block_delta',
  index: 0,
  delta: { type: 'text_delta', text: ' token' },
});
const end: EncodedEvent = encodeEvent({
  type: 'generation_stop',
  state: 'completed',
  stop_reason: 'end_turn',
  usage: {},
  cost: { status: 'unknown' },
  timing: { total_ms: 1 },
});

interface Figures {
  readonly events: number;
  readonly seconds: number;
  readonly cpuUsPerEvent: number;
  readonly delays: readonly number[];
}

/** One stream: appends events, and notes how long each took to its reader. */
interface Stream {
  append(event: EncodedEvent): Promise<void> | undefined;
  readonly read: Promise<void>;
}

type OpenStream = (delays: number[]) => Promise<Stream>;

/** Gives events to nobody. */
const withoutLog: OpenStream = async (delays) => ({
  append: async () => {
    const at = performance.now();
    delays.push(performance.now() - at);
  },
  read: Promise.resolve(),
});

const through =
  (log: StreamLog, opened: GenerationId[]): OpenStream =>
  async (delays) => {
    const generation = `gen_bench_${crypto.randomUUID()}` as GenerationId;
    opened.push(generation);
    const record = {
      generation,
      owner,
      model: 'bench',
      store: 'resume',
      startedAt: Date.now(),
      node: 'bench',
    };
    await log.open(record as GenerationRecord, holder);
    const sent: number[] = [];
    const read = async () => {
      for await (const { first, events } of log.read(generation, { after: 0, signal })) {
        const now = performance.now();
        for (let index = 0; index < events.length; index += 1) {
          delays.push(now - (sent[first + index - 1] as number));
        }
      }
    };
    return {
      append: (event) => {
        sent.push(performance.now());
        return log.append(generation, [event]);
      },
      read: read(),
    };
  };

/** Runs streams through their whole life, and measures what lies between their opening and the end of their reading. */
async function measure(
  open: OpenStream,
  write: (streams: readonly Stream[]) => Promise<number>,
): Promise<Figures> {
  const delays: number[] = [];
  const all = await Promise.all(Array.from({ length: streams }, () => open(delays)));
  const cpu = process.cpuUsage();
  const started = performance.now();
  const events = await write(all);
  const wall = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  await Promise.all(all.map(({ append }) => append(end)));
  await Promise.all(all.map(({ read }) => read));
  return {
    events,
    seconds: wall,
    cpuUsPerEvent: (user + system) / events,
    delays: delays.sort((a, b) => a - b),
  };
}

/** Each stream appends at its own pace, the streams evenly apart; one timer drives them all. */
async function paced(all: readonly Stream[]): Promise<number> {
  const every = 1000 / perSecond / streams;
  const count = seconds * perSecond * streams;
  const busy: (Promise<void> | undefined)[] = [];
  const start = performance.now();
  for (let event = 0; event < count; ) {
    const due = Math.min(count, Math.ceil((performance.now() - start) / every));
    for (; event < due; event += 1) {
      const index = event % streams;
      const stream = all[index] as Stream;
      // Only where the log holds a stream up for a whole round does this wait for anything.
      await busy[index];
      busy[index] = stream.append(piece);
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(busy);
  return count;
}

async function flat(all: readonly Stream[], each = flatEvents): Promise<number> {
  await Promise.all(
    all.map(async (stream) => {
      for (let event = 0; event < each; event += 1) await stream.append(piece);
    }),
  );
  return each * all.length;
}

const folder = mkdtempSync(join(tmpdir(), 'streambed-bench-log-'));
try {
  const logs = [
    { name: 'none', make: async () => undefined },
    { name: 'memory', make: async () => new MemoryStreamLog() },
    { name: 'segments', make: () => SegmentStreamLog.open({ dir: folder }) },
  ] as const;
  console.log(
    '| load | log | events a second | CPU µs an event | of it the log | p50 ms | p99 ms | max ms |',
  );
  console.log('| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |');
  for (const [load, run] of [
    [`${streams} × ${perSecond}/s`, paced],
    ['flat out', flat],
  ] as const) {
    let bare = 0;
    for (const { name, make } of logs) {
      const log = await make();
      const opened: GenerationId[] = [];
      const open = log === undefined ? withoutLog : through(log, opened);
      // The compilers' work is nobody's cost of an event.
      await measure(open, (all) => flat(all, 20));
      const { events, seconds: wall, cpuUsPerEvent, delays } = await measure(open, run);
      if (log === undefined) bare = cpuUsPerEvent;
      const at = (part: number) => (delays[Math.floor((delays.length - 1) * part)] ?? 0).toFixed(2);
      const times =
        log === undefined ? ['', '', '', ''] : [(cpuUsPerEvent - bare).toFixed(2), at(0.5), at(0.99), at(1)];
      console.log(
        `| ${[load, name, Math.round(events / wall).toLocaleString('en-US'), cpuUsPerEvent.toFixed(2), ...times].join(' | ')} |`,
      );
      for (const generation of opened) await log?.erase(generation);
      await log?.close();
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
