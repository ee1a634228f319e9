import { type Fault, say, startEmulator } from '@streambed/bedrock-emulator';
import { doors } from '../fault-matrix/live-through.ts';
import { nextPrompt, nextText, prompt } from '../fault-matrix/scenario.ts';
import { collectGarbage } from '../support/collect-garbage.ts';
import { randomFrom } from '../support/random.ts';
import { startInProcess, upstreamAt } from '../support/servers.ts';

/** What is held at a moment when nobody asks anything. */
export interface Held {
  /** Seconds since the start. */
  readonly at: number;
  /** Bytes of the heap after a collection, and of the whole process. */
  readonly heap: number;
  readonly rss: number;
  /** What keeps the process busy: sockets, timers, files. */
  readonly handles: number;
  readonly generations: number;
  readonly sockets: number;
  /** Upstream requests, as the gateway counts them and as the upstream does. */
  readonly upstream: number;
  readonly open: number;
}

export interface Soak {
  readonly asked: number;
  /** How the answers ended, by what their clients saw. */
  readonly ends: Readonly<Record<string, number>>;
  readonly held: readonly Held[];
}

const faults: readonly Fault[] = [
  { type: 'error', name: 'ThrottlingException' },
  { type: 'error', name: 'ServiceUnavailableException' },
  { type: 'error', name: 'InternalServerException' },
  { type: 'exception', name: 'modelStreamErrorException', after: 3 },
  { type: 'cut', at: 'mid-frame', after: 3 },
  { type: 'cut', at: 'headers' },
  { type: 'corrupt', after: 3 },
  { type: 'delivery', how: 'drip', bytes: 300, ms: 2 },
  { type: 'stall', after: 3 },
];

/**
 * Everybody at once for `seconds`: all doors, streamed and whole, a fifth of the answers on a bad day, a fifth of the
 * clients gone before their end. In `rests` moments between nobody asks, and what is held is written down.
 */
export async function soak(seconds: number, rests: number, seed: number): Promise<Soak> {
  const dice = randomFrom(seed);
  await using emulator = await startEmulator({
    pace: { firstTokenMs: 2, tokensPerSecond: 500, jitter: 0.5 },
    keepRequests: 10,
    script: (request) =>
      request.prompt === nextPrompt
        ? say([nextText])
        : say(Array.from({ length: 20 }, (_, index) => `word ${index} `)),
    faults: ({ body }) =>
      dice.next() < 0.2 && !body.includes(nextPrompt)
        ? faults[dice.integer(0, faults.length - 1)]
        : undefined,
  });
  const settings = upstreamAt(emulator.url, {
    env: {
      STREAMBED_TIMEOUT_FIRST_EVENT_MS: '1000',
      STREAMBED_TIMEOUT_IDLE_MS: '1000',
      STREAMBED_TIMEOUT_TOTAL_MS: '3000',
      STREAMBED_LOG_LEVEL: 'silent',
      // Else the log's memory of what has ended grows until its first is forgotten.
      STREAMBED_RESUME_SECONDS: '1',
    },
  });
  await using server = await startInProcess(settings, {
    bedrock: { retry: { budget: 1_000_000 }, breaker: { failures: 1_000_000 }, random: () => 0.01 },
  });
  const ends: Record<string, number> = {};
  const held: Held[] = [];
  const startedAt = performance.now();
  let asked = 0;

  const one = async () => {
    const door = doors[dice.integer(0, doors.length - 1)];
    if (door === undefined) return;
    asked += 1;
    const leaves = dice.next() < 0.2;
    const signal = AbortSignal.timeout(leaves ? dice.integer(1, 60) : 30_000);
    const end = await door.ask({ url: server.url, prompt, stream: dice.next() < 0.5, signal }).then(
      (seen) => (leaves && seen.end === 'cut off' ? 'left' : seen.end),
      (thrown) => (leaves ? 'left' : `failed: ${String(thrown)}`),
    );
    ends[end] = (ends[end] ?? 0) + 1;
  };
  for (let rest = 1; rest <= rests; rest++) {
    const until = startedAt + (seconds * 1000 * rest) / rests;
    await Promise.all(
      Array.from({ length: 12 }, async () => {
        while (performance.now() < until) await one();
      }),
    );
    for (let waited = 0; waited < 5_000 && !isEmpty(); waited += 50) await pause(50);
    await pause(200);
    held.push(look());
  }
  return { asked, ends, held };

  function isEmpty(): boolean {
    return emulator.open === 0 && Object.values(server.load()).every((count) => count === 0);
  }

  function look(): Held {
    collectGarbage();
    const { heapUsed, rss } = process.memoryUsage();
    const { generations, sockets, upstream } = server.load();
    return {
      at: Math.round((performance.now() - startedAt) / 1000),
      heap: heapUsed,
      rss,
      handles: process.getActiveResourcesInfo().length,
      generations,
      sockets,
      upstream,
      open: emulator.open,
    };
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The figures as lines. */
export function soakReport({ asked, ends, held }: Soak): string {
  const mib = (bytes: number) => (bytes / 1024 / 1024).toFixed(1).padStart(8);
  const lines = held.map(
    (it) =>
      `${String(it.at).padStart(6)} s ${mib(it.heap)} MiB heap ${mib(it.rss)} MiB in all  ${it.handles} handles, ` +
      `${it.generations} places, ${it.sockets} sockets, ${it.upstream}/${it.open} upstream`,
  );
  return [`${asked} asked: ${JSON.stringify(ends)}`, ...lines].join('\n');
}
