import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Emulator, say, startEmulator } from '@streambed/bedrock-emulator';
import type { ConversationTree } from '@streambed/protocol/conversations';
import { expect, onTestFinished, test } from 'vitest';
import { ask, openFrameSocket, stopOf } from '../apps/server/test/gateway.ts';
import { generationOf } from './support/generation-of.ts';
import { inLong } from './support/long.ts';
import { seededRandom } from './support/random.ts';
import { type ChildServer, startAsChild, upstreamAt } from './support/servers.ts';

const kills = inLong(5, 100);
const words = ['One ', 'two ', 'three ', 'four ', 'five.'];

/** A row of the ledger, as far as it is looked at here. */
interface Row {
  readonly generation: string;
  readonly state: string;
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly cost_usd: string | null;
}

/** An end that a client was told of. */
interface Told {
  readonly generation: string;
  readonly state: string;
  readonly input?: number | undefined;
  readonly output?: number | undefined;
  readonly cost?: string | undefined;
  readonly conversation?: string;
}

/** Asks again and again until its server is gone. Rejects when it is. */
type Client = (server: ChildServer, onTold: (told: Told) => void) => Promise<never>;

function bySocket(more: () => { readonly conversation?: string; readonly store?: 'none' }): Client {
  return async (server, onTold) => {
    await using client = await openFrameSocket(server);
    for (;;) {
      const kept = more();
      client.send(ask(randomUUID(), `Count. ${randomUUID()}`, kept));
      const frames = await client.untilStop();
      const { state, usage, cost } = stopOf(frames);
      const accepted = frames.find((frame) => frame.type === 'accepted');
      onTold({
        generation: accepted?.generation ?? '',
        state,
        input: usage.input_tokens,
        output: usage.output_tokens,
        cost: 'usd' in cost ? cost.usd : undefined,
        ...kept,
      });
    }
  };
}

function byHttp(path: string, body: object, end: string): Client {
  return async ({ url }, onTold) => {
    for (;;) {
      const messages = [{ role: 'user', content: `Count. ${randomUUID()}` }];
      const response = await fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...body, messages }),
      });
      const generation = response.headers.get('x-streambed-generation') ?? '';
      let text = '';
      const decoder = new TextDecoder();
      for await (const bytes of response.body as ReadableStream<Uint8Array>) {
        text += decoder.decode(bytes, { stream: true });
        if (!text.includes(end)) continue;
        onTold({ generation, state: 'completed' });
        break;
      }
    }
  };
}

const clients: readonly Client[] = [
  bySocket(() => ({ conversation: `c-${randomUUID()}` })),
  bySocket(() => ({ conversation: `c-${randomUUID()}` })),
  bySocket(() => ({})),
  bySocket(() => ({ store: 'none' })),
  byHttp('/v1/messages', { model: 'anthropic', max_tokens: 100, stream: true }, 'event: message_stop'),
  byHttp('/v1/messages', { model: 'llama3', max_tokens: 100 }, '"stop_reason"'),
  byHttp('/v1/chat/completions', { model: 'nova-pro', stream: true }, 'data: [DONE]'),
];

async function rowsOf({ url }: ChildServer): Promise<ReadonlyMap<string, Row>> {
  const rows = new Map<string, Row>();
  for (let after = ''; ; ) {
    const response = await fetch(`${url}/streambed/v1/usage/records?limit=1000${after}`);
    const page = (await response.json()) as { records: readonly Row[]; next?: string };
    for (const row of page.records) {
      expect(rows.has(row.generation), `${row.generation} has two rows`).toBe(false);
      rows.set(row.generation, row);
    }
    if (page.next === undefined) return rows;
    after = `&after=${page.next}`;
  }
}

/** Runs load against a server and kills it after so many ends. */
async function runAndKill(data: string, emulator: Emulator, ends: number): Promise<readonly Told[]> {
  const told: Told[] = [];
  await using server = await startOn(data, emulator);
  const enough = Promise.withResolvers<void>();
  const running = clients.map((client) =>
    client(server, (one) => {
      told.push(one);
      if (told.length >= ends) enough.resolve();
    }),
  );
  running.map((one) => one.catch(() => {}));
  await Promise.race([enough.promise, ...running]);
  server.signal('SIGKILL');
  await server.exited;
  await Promise.allSettled(running);
  await emulator.idle();
  return told;
}

function startOn(data: string, { url }: Emulator): Promise<ChildServer> {
  return startAsChild(upstreamAt(url, { env: { STREAMBED_DATA_DIR: data } }));
}

test(
  `kill -9 ${kills} times under load: the ledger and conversations have all that anyone was told of`,
  async () => {
    const data = mkdtempSync(join(tmpdir(), 'streambed-kill-'));
    onTestFinished(() => rmSync(data, { recursive: true, force: true }));
    const random = seededRandom('kill');
    await using emulator = await startEmulator({
      pace: { firstTokenMs: 1, tokensPerSecond: 3_000, jitter: 0.5 },
      script: () => say(words),
      keepRequests: 1_000_000,
    });
    const told: Told[] = [];
    for (let kill = 0; kill < kills; kill += 1) {
      told.push(...(await runAndKill(data, emulator, random.integer(1, 60))));
    }
    expect(told.length).toBeGreaterThan(kills);

    await using server = await startOn(data, emulator);
    const rows = await rowsOf(server);
    for (const { generation, state, input, output, cost } of told) {
      const row = rows.get(generation);
      expect(row, `${generation} has no row`).toMatchObject({ state });
      if (input !== undefined) expect(row?.input_tokens).toBe(input);
      if (output !== undefined) expect(row?.output_tokens).toBe(output);
      if (cost !== undefined) expect(row?.cost_usd).toBe(cost);
    }

    // Whatever reached Bedrock has a row, also where nobody was told; and what has ended counts as Bedrock counts.
    const sums = { rows: { input: 0, output: 0 }, emulator: { input: 0, output: 0 } };
    for (const request of emulator.requests) {
      const row = rows.get(generationOf(request));
      expect(row, `${generationOf(request)} has no row`).toBeDefined();
      if (row?.state !== 'completed') continue;
      sums.rows.input += row.input_tokens ?? 0;
      sums.rows.output += row.output_tokens ?? 0;
      sums.emulator.input += request.counted?.input ?? 0;
      sums.emulator.output += request.counted?.output ?? 0;
    }
    expect(sums.rows).toEqual(sums.emulator);
    expect(sums.rows.output).toBeGreaterThan(0);
    const answer = await fetch(`${server.url}/streambed/v1/usage?group=state`);
    const { items, total } = (await answer.json()) as {
      items: readonly { state: string; tokens: { input: number; output: number } }[];
      total: { generations: number };
    };
    expect(total.generations).toBe(rows.size);
    expect(items.find(({ state }) => state === 'completed')?.tokens).toMatchObject(sums.emulator);
    const states = new Set([...rows.values()].map(({ state }) => state));
    expect([...states].sort()).toEqual(['completed', 'interrupted']);

    for (const { conversation, generation, state } of told) {
      if (conversation === undefined) continue;
      const response = await fetch(`${server.url}/streambed/v1/conversations/${conversation}`);
      const { tree } = (await response.json()) as ConversationTree;
      const turn = tree.find(({ id }) => id === generation);
      expect(turn?.answer, `${generation} is not in its conversation`).toMatchObject({ state });
    }
  },
  kills * 30_000,
);
