import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type EncodedEvent, encodeEvent, type GenerationId } from '@streambed/protocol';
import { MemoryStreamLog } from '../apps/server/src/stream-log/memory.ts';
import { SegmentStreamLog } from '../apps/server/src/stream-log/segments.ts';
import type { StreamLog } from '../apps/server/src/stream-log/stream-log.ts';

/**
 * What the stream log costs: processor time for an event, and how long an event takes from `append` to its reader, in
 * memory only and with segment files. 500 streams with a reader each; 50 events a second each, then as fast as it goes.
 */

const { values: options } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const streams = 500;
const perSecond = 50;
const seconds = options.quick ? 1 : 10;
const flatEvents = options.quick ? 40 : 400;

const owner = { project: 'bench', user: 'bench' };
const holder = { cancel: () => {} };
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

/** Runs `write` for every stream, with a reader each, and measures. */
async function measure(
  log: StreamLog,
  events: number,
  write: (append: () => Promise<void>, stream: number) => Promise<void>,
): Promise<Figures> {
  const { signal } = new AbortController();
  const delays: number[] = [];
  const generations: GenerationId[] = [];
  const cpu = process.cpuUsage();
  const started = performance.now();
  await Promise.all(
    Array.from({ length: streams }, async (_, stream) => {
      const generation = `gen_bench_${crypto.randomUUID()}` as GenerationId;
      const record = {
        generation,
        owner,
        model: 'bench',
        store: 'resume',
        startedAt: Date.now(),
        node: 'bench',
      } as const;
      await log.open(record, holder);
      const sent: number[] = [];
      const reading = (async () => {
        for await (const batch of log.read(generation, { after: 0, signal })) {
          const now = performance.now();
          for (let index = 0; index < batch.events.length; index += 1) {
            const at = sent[batch.first + index - 1];
            if (at !== undefined) delays.push(now - at);
          }
        }
      })();
      await write(() => {
        sent.push(performance.now());
        return log.append(generation, [piece]);
      }, stream);
      await log.append(generation, [end]);
      await reading;
      generations.push(generation);
    }),
  );
  const wall = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  for (const generation of generations) await log.erase(generation);
  return {
    events: events * streams,
    seconds: wall,
    cpuUsPerEvent: (user + system) / (events * streams),
    delays: delays.sort((a, b) => a - b),
  };
}

/** Each stream appends at its own pace, the streams evenly apart. */
async function paced(log: StreamLog): Promise<Figures> {
  const every = 1000 / perSecond;
  const count = seconds * perSecond;
  return measure(log, count, async (append, stream) => {
    const start = performance.now() + (every * stream) / streams;
    for (let event = 0; event < count; event += 1) {
      const wait = start + event * every - performance.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      await append();
    }
  });
}

async function flat(log: StreamLog): Promise<Figures> {
  return measure(log, flatEvents, async (append) => {
    for (let event = 0; event < flatEvents; event += 1) await append();
  });
}

const folder = mkdtempSync(join(tmpdir(), 'streambed-bench-log-'));
try {
  const logs = [
    { name: 'memory', make: async () => new MemoryStreamLog() },
    { name: 'segments', make: () => SegmentStreamLog.open({ dir: folder }) },
  ] as const;
  console.log('| load | log | events a second | CPU µs an event | p50 ms | p99 ms |');
  console.log('| --- | --- | ---: | ---: | ---: | ---: |');
  for (const [load, run] of [
    [`${streams} × ${perSecond}/s`, paced],
    ['flat out', flat],
  ] as const) {
    for (const { name, make } of logs) {
      const log = await make();
      // The compilers' work is nobody's cost of an event.
      await measure(log, 20, async (append) => {
        for (let event = 0; event < 20; event += 1) await append();
      });
      const { events, seconds: wall, cpuUsPerEvent, delays } = await run(log);
      const at = (part: number) => (delays[Math.floor(delays.length * part)] ?? 0).toFixed(2);
      console.log(
        `| ${load} | ${name} | ${Math.round(events / wall).toLocaleString('en-US')} | ${cpuUsPerEvent.toFixed(2)} | ${at(0.5)} | ${at(0.99)} |`,
      );
      await log.close();
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
