import type { ActivityChanged, ActivityItem } from '@streambed/protocol/frames';
import { expect, test } from 'vitest';
import {
  byHeader,
  type FrameSocket,
  type Gateway,
  openFrameSocket,
  startGateway,
} from '../../test/gateway.ts';

const slow = { emulator: { pace: { firstTokenMs: 5, tokensPerSecond: 400, jitter: 0 } } };

/** Watches until an item is so; gives every item that came up to then. */
async function itemsUntil(client: FrameSocket, isIt: (item: ActivityItem) => boolean) {
  const items: ActivityItem[] = [];
  for (;;) {
    const [frame] = (await client.until('changed')).slice(-1) as unknown as [ActivityChanged];
    expect(frame.topic).toBe('activity');
    items.push(...frame.items);
    if (frame.items.some(isIt)) return items;
  }
}

async function watching(gateway: Gateway, headers: Readonly<Record<string, string>> = {}) {
  const client = await openFrameSocket(gateway, headers);
  await client.until('hello');
  client.send({ type: 'watch', topic: 'activity' });
  await client.until('ok');
  return client;
}

function askOpenAi({ url }: Gateway, content: string, headers: Readonly<Record<string, string>> = {}) {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model: 'anthropic', stream: true, messages: [{ role: 'user', content }] }),
  });
}

test('a call that is stored nowhere is told of while it runs: its door, its counts, and its exact end', async () => {
  await using gateway = await startGateway(slow);
  await using client = await watching(gateway);
  const response = await askOpenAi(gateway, '/long 400');
  const items = await itemsUntil(client, ({ state }) => state === 'completed');
  await response.text();

  const counts = items.filter(({ state }) => state === 'running').map((item) => item.output_tokens ?? 0);
  expect(counts.length).toBeGreaterThan(2);
  // Four times a second, not for each of the 400 words.
  expect(counts.length).toBeLessThan(40);
  expect(counts).toEqual(counts.toSorted((one, other) => one - other));
  expect(items.find(({ phase }) => phase === 'writing')).toMatchObject({ surface: 'openai', attempts: 1 });
  const end = items.at(-1);
  expect(end).toMatchObject({ state: 'completed', cost: { status: 'exact' } });
  expect(end?.phase).toBeUndefined();
  expect(end?.output_tokens).toBeGreaterThan(300);
  expect(JSON.stringify(items), 'never what is said').not.toContain('/long');
});

test('who comes late is told of all that runs, and what another cancels has ended', async () => {
  await using gateway = await startGateway(slow);
  const response = await askOpenAi(gateway, '/long 4000');
  await using client = await watching(gateway);
  const [first] = await itemsUntil(client, ({ state }) => state === 'running');
  client.send({ type: 'cancel', generation: first?.generation });
  await response.text();
  // The `ok` of the cancel passes by.
  const items = await itemsUntil(client, ({ state }) => state === 'cancelled');
  expect(items.at(-1)?.ended_at).toBeGreaterThan(0);
});

test('nobody is told of what is of somebody else', async () => {
  await using gateway = await startGateway({ ...slow, tuning: byHeader });
  await using other = await watching(gateway, { 'x-user': 'other' });
  await (await askOpenAi(gateway, '/long 20', { 'x-user': 'one' })).text();
  await (await askOpenAi(gateway, '/long 20', { 'x-user': 'other' })).text();
  const items = await itemsUntil(other, ({ state }) => state === 'completed');
  expect(new Set(items.map(({ generation }) => generation)).size).toBe(1);
});

test('another attempt is counted', async () => {
  await using gateway = await startGateway({ ...slow, tuning: { bedrock: { random: () => 0 } } });
  await using client = await watching(gateway);
  await (await askOpenAi(gateway, '/fault throttle once\n/long 20')).text();
  const items = await itemsUntil(client, ({ state }) => state !== 'running' && state !== 'gone');
  expect(items.at(-1)?.attempts).toBeGreaterThan(1);
});
