import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../../test/gateway.ts';

let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

test('the probe streams a handful of events, one by one, and says what it saw', async () => {
  const response = await fetch(`${gateway.url}/streambed/v1/probe`, { headers: { via: '1.1 proxy' } });
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  expect(response.headers.get('x-accel-buffering')).toBe('no');
  expect(response.headers.get('content-security-policy')).not.toBeNull();
  const chunks: string[] = [];
  for await (const chunk of response.body ?? []) chunks.push(new TextDecoder().decode(chunk));
  expect(chunks.length).toBeGreaterThan(1);
  const events = [...chunks.join('').matchAll(/event: (\w+)\ndata: (.*)\n/g)].map(([, name, data]) => [
    name,
    data,
  ]);
  expect(events.map(([name]) => name)).toEqual(['seen', 'tick', 'tick', 'tick', 'tick', 'tick']);
  expect(JSON.parse(String(events[0]?.[1]))).toEqual({ http: '1.1', via: true, forwarded: [] });
});

test('a client that leaves a probe takes its timer with it', async () => {
  const leaving = new AbortController();
  const response = await fetch(`${gateway.url}/streambed/v1/probe`, { signal: leaving.signal });
  await response.body?.getReader().read();
  leaving.abort();
  expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
});
