import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { say } from '@streambed/bedrock-emulator';
import { expect, onTestFinished, test } from 'vitest';
import { type Gateway, startGateway } from './gateway.ts';

const request = { model: 'anthropic', messages: [{ role: 'user', content: 'Go' }] };

async function ask({ url }: Gateway, path: string, body?: object) {
  const init = { headers: { 'content-type': 'application/json' } };
  const posted = body && { ...init, method: 'POST', body: JSON.stringify(body) };
  const response = await fetch(`${url}${path}`, posted ?? init);
  return { status: response.status, text: await response.text() };
}

function generate(gateway: Gateway, more: object = {}) {
  return ask(gateway, '/streambed/v1/generations', { request, stream: false, ...more });
}

/** What `/readyz` and the metrics say of what can't be written. */
async function health(gateway: Gateway) {
  const { status, text } = await ask(gateway, '/readyz');
  const metrics = (await ask(gateway, '/metrics')).text;
  const failing = metrics.match(/(?<=^streambed_store_failing\{store="database"\} )\d/m)?.[0];
  return { status, ...JSON.parse(text), failingMetric: failing };
}

test('a database that is moved while it is used is noticed: what is to be kept is refused, the rest goes on', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'streambed-moved-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  const path = join(dataDir, 'streambed.db');
  await using gateway = await startGateway({ dataDir, emulator: { script: () => say('Yes.') } });
  expect((await generate(gateway, { conversation: 'c' })).status).toBe(200);
  expect(await health(gateway)).toEqual({ status: 'ready', failingMetric: undefined });

  renameSync(path, `${path}.moved`);
  const refused = await generate(gateway, { conversation: 'c' });
  expect(refused).toMatchObject({
    status: 503,
    text: expect.stringMatching(/SB_STORE_FAILED.*moved, deleted/),
  });
  expect(await generate(gateway)).toMatchObject({ status: 200, text: expect.stringContaining('Yes.') });
  expect((await ask(gateway, '/streambed/v1/conversations/c')).status).toBe(200);
  expect((await ask(gateway, '/streambed/v1/usage')).status).toBe(503);
  await expect
    .poll(() => health(gateway), { timeout: 20_000 })
    .toEqual({ status: 'ready', failing: ['database', 'usage_database'], failingMetric: '1' });

  renameSync(`${path}.moved`, path);
  expect((await generate(gateway, { conversation: 'c' })).status).toBe(200);
  expect((await ask(gateway, '/streambed/v1/usage')).status).toBe(200);
  await expect
    .poll(() => health(gateway), { timeout: 20_000 })
    .toEqual({ status: 'ready', failingMetric: '0' });
  const { records } = JSON.parse((await ask(gateway, '/streambed/v1/usage/records')).text);
  expect(records).toHaveLength(3);
}, 60_000);
