import { failing, say } from '@streambed/bedrock-emulator';
import { StreambedError } from '@streambed/protocol';
import { expect, test } from 'vitest';
import { ask, type Gateway, openFrameSocket, startGateway, upstreamGone } from '../../test/gateway.ts';
import { begunOf, type Came, recordOf } from '../usage/usage-record.ts';
import { metricDefinitions } from './definitions.ts';
import { Metrics, type Readings } from './metrics.ts';
import { ModelLabels } from './model-labels.ts';

const stop: Came = {
  state: 'failed',
  usage: { input_tokens: 10, output_tokens: 5, cache_read_input_tokens: 1, thinking_tokens: 1 },
  cost: { status: 'exact', usd: '0.00001000', prices: '2026-08-01' },
  timing: { first_event_ms: 20 },
  error: new StreambedError('SB_MODEL_ERROR').toInfo(),
};
const quiet: Readings = {
  running: 0,
  queued: 0,
  upstreamOpen: 0,
  sockets: 0,
  readers: 0,
  logMemory: 0,
  logDisk: 0,
  usageWaiting: 0,
  usageJournal: 0,
  targets: [],
};

async function scrape({ url }: Gateway): Promise<string> {
  const response = await fetch(`${url}/metrics`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  return response.text();
}

/** The value of one line. */
function valueIn(text: string, line: string): number {
  const found = text.split('\n').find((one) => one.startsWith(`${line} `));
  return found === undefined ? Number.NaN : Number(found.slice(line.length + 1));
}

async function say3({ url }: Gateway, model = 'anthropic'): Promise<Response> {
  return fetch(`${url}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, max_tokens: 50, messages: [{ role: 'user', content: 'a-secret-prompt' }] }),
  });
}

test('counts what was asked, how it ended, its tokens and its cost', async () => {
  await using gateway = await startGateway({
    emulator: {
      pace: { firstTokenMs: 1, tokensPerSecond: 100, jitter: 0 },
      script: () => say(['an ', 'answer']),
    },
  });
  await (await say3(gateway)).text();
  await (await say3(gateway, 'no-such-model')).text();
  await using socket = await openFrameSocket(gateway);
  socket.send(ask('one', 'a-secret-prompt'));
  await socket.untilStop();
  await upstreamGone(gateway);

  const text = await scrape(gateway);
  const is = (line: string) => valueIn(text, line);
  expect(is('streambed_generations_total{surface="anthropic",state="completed"}')).toBe(1);
  expect(is('streambed_generations_total{surface="streambed",state="completed"}')).toBe(1);
  expect(is('streambed_http_requests_total{surface="anthropic",status="200"}')).toBe(1);
  expect(is('streambed_http_requests_total{surface="anthropic",status="404"}')).toBe(1);
  expect(is('streambed_refusals_total{surface="anthropic",code="SB_UNKNOWN_MODEL"}')).toBe(1);
  expect(is('streambed_upstream_attempts_total')).toBe(2);
  expect(is('streambed_generations_running')).toBe(0);
  expect(is('streambed_sockets')).toBe(1);
  expect(is('streambed_first_event_seconds_count{model="anthropic"}')).toBe(2);
  expect(is('streambed_inter_event_seconds_count')).toBeGreaterThan(0);
  expect(is('streambed_log_memory_bytes')).toBeGreaterThan(0);
  expect(is('streambed_log_disk_bytes')).toBeGreaterThan(0);
  expect(is('process_resident_memory_bytes')).toBeGreaterThan(1e7);
  expect(is('streambed_event_loop_stall_seconds')).toBeGreaterThanOrEqual(0);
  const { total } = gateway.emulator.counted;
  expect(is('streambed_tokens_total{model="anthropic",kind="input"}')).toBe(total.input);
  expect(is('streambed_tokens_total{model="anthropic",kind="output"}')).toBe(total.output);
  const usage = (await (await fetch(`${gateway.url}/streambed/v1/usage`)).json()) as {
    total: { cost: { usd: string } };
  };
  expect(is('streambed_cost_usd_total{model="anthropic",status="exact"}')).toBeCloseTo(
    Number(usage.total.cost.usd),
    8,
  );
  expect(text).not.toContain('a-secret-prompt');
  expect(text).not.toContain('answer"');
});

test('names that callers choose are one label', async () => {
  await using gateway = await startGateway({ emulator: { script: () => say(['an ', 'answer']) } });
  for (let index = 0; index < 5; index += 1) {
    const arn = `arn:aws:bedrock:us-east-1:123456789012:imported-model/abc${index}`;
    await fetch(`${gateway.url}/model/${encodeURIComponent(arn)}/invoke`, {
      method: 'POST',
      body: JSON.stringify({ prompt: 'Hello' }),
    }).then((response) => response.text());
  }
  await upstreamGone(gateway);
  const text = await scrape(gateway);
  expect(text).not.toContain('imported-model');
  const models = new Set([...text.matchAll(/[{,](?:model|target)="([^"]*)"/g)].map(([, name]) => name));
  expect([...models]).toEqual(['other']);
});

test('ten thousand names of models, users, keys and targets make no more lines than one does', async () => {
  const none = { models: () => [], anthropicModels: () => [] };
  const linesAfter = async (names: number) => {
    using metrics = new Metrics();
    metrics.know(new ModelLabels(none, 'us-east-1'));
    for (let n = 0; n < names; n += 1) {
      const id = `gen_${n}`;
      const owner = { project: `project-${n}`, user: `user-${n}` };
      const model = `model-${n}`;
      const begun = begunOf({ id, kind: 'generation', owner, key: `key-${n}`, model, startedAt: n });
      const came = { ...stop, bedrock: { target: `arn:of:${n}`, region: 'us-east-1', request_id: `${n}` } };
      metrics.ended(recordOf(begun, came, n + 900));
      metrics.refused('openai', new StreambedError('SB_UNKNOWN_MODEL', `no ${model}`));
      metrics.refused('openai', new Error(`no ${model}`));
    }
    const targets = Array.from({ length: names }, (_, n) => ({
      target: `arn:of:${n}`,
      region: 'us-east-1',
      state: 'open' as const,
    }));
    const text = await metrics.text({ ...quiet, targets });
    expect(text).not.toMatch(/(model|user|key|project|gen)-?_?999\b|arn:of/);
    return text.split('\n').length;
  };
  expect(await linesAfter(10_000)).toBe(await linesAfter(1));
});

test('an open breaker, retries and errors show', async () => {
  await using gateway = await startGateway({
    emulator: { script: () => failing(say(['x']), { type: 'error', name: 'ServiceUnavailableException' }) },
    tuning: { bedrock: { retry: { maxDelayMs: 1 }, breaker: { failures: 2 } } },
  });
  await (await say3(gateway)).text();
  await upstreamGone(gateway);
  const text = await scrape(gateway);
  expect(text).toMatch(/streambed_target_breaker\{target="anthropic\.claude[^"]*",region="us-east-1"\} 2/);
  expect(text).toMatch(/streambed_upstream_retries_total\{code="SB_[A-Z_]+"\} [1-9]/);
  expect(text).toMatch(/streambed_errors_total\{code="SB_[A-Z_]+"\} 1/);
});

test('has every metric of the table and no other', async () => {
  await using gateway = await startGateway();
  const types = [...(await scrape(gateway)).matchAll(/^# TYPE (\S+) (\S+)$/gm)];
  const named = types.map(([, name, type]) => `${name} ${type}`).sort();
  expect(named).toEqual(
    Object.values(metricDefinitions)
      .map(({ name, type }) => `${name} ${type}`)
      .sort(),
  );
});

test('a stall of the loop shows once', async () => {
  await using gateway = await startGateway();
  await scrape(gateway);
  const until = performance.now() + 120;
  while (performance.now() < until);
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, 30);
  await promise;
  const stall = valueIn(await scrape(gateway), 'streambed_event_loop_stall_seconds');
  expect(stall).toBeGreaterThan(0.1);
  expect(valueIn(await scrape(gateway), 'streambed_event_loop_stalls_total')).toBeGreaterThanOrEqual(1);
});

test('with keys it wants an admin’s from elsewhere, and none from this machine', async () => {
  await using gateway = await startGateway();
  const made = await fetch(`${gateway.url}/streambed/v1/keys`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'admin', admin: true }),
  });
  const { key } = (await made.json()) as { key: string };
  await scrape(gateway);
  // As a proxy on this machine would pass on somebody else's request.
  const forwarded = { 'x-forwarded-for': '203.0.113.9' };
  expect((await fetch(`${gateway.url}/metrics`, { headers: forwarded })).status).toBe(401);
  const withKey = { ...forwarded, authorization: `Bearer ${key}` };
  expect((await fetch(`${gateway.url}/metrics`, { headers: withKey })).status).toBe(200);
});
