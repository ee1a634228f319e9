import { writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { credentials } from './relay/credentials.ts';
import type { LoadResult } from './relay/load.ts';
import { startProgram } from './relay/process.ts';
import type { ProtocolName } from './relay/protocols.ts';
import { machine } from './relay/report.ts';

/**
 * Whether memory grows: answers at a model's pace for minutes, one after another on as many connections as said, shared by
 * four surfaces. After each minute of them it rests until answers that have ended are no longer kept (five seconds here and half a
 * minute until somebody looks; ten minutes by default); then garbage is collected, and what is left is looked at.
 */
const { values: options } = parseArgs({
  options: {
    streams: { type: 'string', default: '100' },
    minutes: { type: 'string', default: '10' },
    json: { type: 'string' },
  },
});

const surfaces: readonly ProtocolName[] = ['ws-model', 'ws', 'sse', 'openai'];
const streams = Math.max(1, Math.round(Number(options.streams) / surfaces.length));
const rests = Math.max(4, Number(options.minutes));

const keptSeconds = 5;
const restSeconds = 40;

await using fake = await startProgram(new URL('./relay/fake-bedrock.ts', import.meta.url), { core: 1 });
await using load = await startProgram(new URL('./relay/load.ts', import.meta.url), { core: 1 });
await using server = await startProgram(new URL('./relay/contestants/streambed.ts', import.meta.url), {
  core: 0,
  env: {
    ...credentials,
    BENCH_ENDPOINT: fake.url,
    STREAMBED_RESUME_SECONDS: String(keptSeconds),
  },
});

const rows: { readonly minute: number; readonly rssMb: number; readonly heapMb: number }[] = [];
let tokens = 0;
for (let rest = 1; rest <= rests; rest += 1) {
  const results = await Promise.all(
    surfaces.map((protocol) =>
      load.do<LoadResult>({
        url: server.url,
        protocol,
        streams,
        answers: 6,
        wanted: { tokens: 480, perSecond: 50 },
      }),
    ),
  );
  for (const result of results) tokens += result.tokens;
  await setTimeout(restSeconds * 1_000);
  const rssMb = (await server.memory()) / 1e6;
  const heapMb = (await heapOf(server.url)) / 1e6;
  rows.push({ minute: rest, rssMb, heapMb });
  console.log(`minute ${rest}: resident ${rssMb.toFixed(0)} MB, heap ${heapMb.toFixed(1)} MB`);
}

const late = rows.slice(rows.length >> 1);
const slope = (of: (row: (typeof rows)[number]) => number) =>
  slopeOf(late.map((row) => [row.minute, of(row)]));
console.log(
  `${streams * surfaces.length} streams, ${tokens} tokens. Growth in the second half: resident ${slope(({ rssMb }) => rssMb).toFixed(2)}, heap ${slope(({ heapMb }) => heapMb).toFixed(2)} MB a minute`,
);
console.log(machine());
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(rows, undefined, 2)}\n`);

/** Bytes that JavaScript uses, as the server itself says. */
async function heapOf(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^nodejs_heap_size_used_bytes (\S+)$/m.exec(text)?.[1]);
}

/** Of the line through the points, by least squares. */
function slopeOf(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (of: (point: readonly [number, number]) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean(([at]) => at), mean(([, value]) => value)];
  return mean(([at, value]) => (at - x) * (value - y)) / mean(([at]) => (at - x) ** 2);
}
