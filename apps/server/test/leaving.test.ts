import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failing, say } from '@streambed/bedrock-emulator';
import { expect, test } from 'vitest';
import { ask, openFrameSocket, startGateway } from './gateway.ts';

const stalling = () => failing(say(['One ', 'two ', 'three.']), { type: 'stall', after: 4 });
const question = [{ role: 'user', content: 'Hello' }];
const messages = { model: 'anthropic', max_tokens: 10, messages: question };

const newWork: readonly [string, object][] = [
  ['/streambed/v1/generations', { request: messages }],
  ['/v1/messages', messages],
  ['/v1/messages/count_tokens', messages],
  ['/v1/chat/completions', { model: 'anthropic', messages: question }],
  ['/v1/responses', { model: 'anthropic', input: 'Hello' }],
  ['/v1/embeddings', { model: 'titan-embed', input: 'Hello' }],
  ['/model/anthropic/invoke', { ...messages, anthropic_version: 'bedrock-2023-05-31' }],
  ['/model/anthropic/converse', { messages: [{ role: 'user', content: [{ text: 'Hello' }] }] }],
  ['/model/anthropic/count-tokens', { input: {} }],
];

test('a server that leaves refuses new work on every surface with 503 and when to try again, and ends what runs', async () => {
  await using gateway = await startGateway({
    emulator: { script: stalling },
    env: { STREAMBED_DRAIN_MS: '3000' },
  });
  await using client = await openFrameSocket(gateway);
  client.send(ask('runs', 'go'));
  await client.until('event');
  const stopped = gateway.server.stop();
  await client.until('goaway');
  expect((await fetch(`${gateway.url}/readyz`)).status).toBe(503);
  expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
  for (const [path, body] of newWork) {
    const response = await fetch(`${gateway.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const { status, headers } = response;
    // Anthropic's own word for it is 529.
    const expected = path.startsWith('/v1/messages') ? 529 : 503;
    expect({ path, status, wait: headers.get('retry-after') }).toEqual({ path, status: expected, wait: '1' });
    await response.body?.cancel();
  }
  await expect(openFrameSocket(gateway)).rejects.toThrow('503');
  const last = (await client.untilStop()).at(-1);
  expect(last).toMatchObject({ event: { state: 'interrupted', error: { code: 'SB_INTERRUPTED' } } });
  await stopped;
  await expect(fetch(`${gateway.url}/readyz`)).rejects.toThrow();
});

const serverFile = new URL('../src/server.ts', import.meta.url).href;
const configFile = new URL('../src/config.ts', import.meta.url).href;
const faultsFile = new URL('../src/cli/faults.ts', import.meta.url).href;

/** A server in which something goes wrong behind every POST, long after whoever called it has gone on. */
const faulty = `
  import { readConfig } from '${configFile}';
  import { startServer } from '${serverFile}';
  import { Faults } from '${faultsFile}';
  const faults = new Faults({ write: (line) => process.stderr.write(line + '\\n'), giveUp() {} });
  for (const event of ['uncaughtException', 'unhandledRejection']) process.on(event, (fault) => faults.take(event, fault));
  const config = readConfig({ argv: ['--port', '0', '--upstream', 'emulator', '--log-level', 'silent'] });
  const identify = (headers) => {
    if (headers['x-fault'] === 'thrown') setImmediate(() => { throw new Error('thrown behind'); });
    if (headers['x-fault'] === 'rejected') setImmediate(() => void Promise.reject(new Error('rejected behind')));
    return { project: 'p', user: 'u' };
  };
  const server = await startServer(config, { identify });
  process.stdout.write(server.url + '\\n');
`;

test.each(['thrown', 'rejected'])(
  'a fault that nobody catches (%s) fails the one request and is laid to it; the process lives',
  async (kind) => {
    const cwd = mkdtempSync(join(tmpdir(), 'streambed-faulty-'));
    const child = spawn(process.execPath, ['--input-type=module', '--eval', faulty], {
      cwd,
      env: { PATH: process.env.PATH, HOME: cwd },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    try {
      const errors: Buffer[] = [];
      child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
      const [line] = (await once(child.stdout, 'data')) as [Buffer];
      const url = line.toString().trim();
      const post = (headers: Record<string, string>) =>
        fetch(`${url}/v1/messages`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: JSON.stringify(messages),
        });
      const response = await post({ 'x-fault': kind });
      expect(response.status).toBe(500);
      expect(await response.json()).toMatchObject({ type: 'error', error: { type: 'api_error' } });
      const fault = JSON.parse(Buffer.concat(errors).toString().trim().split('\n').at(-1) ?? '');
      expect(fault).toMatchObject({
        level: 'error',
        fault: expect.stringContaining(`${kind} behind`),
        request: response.headers.get('x-request-id'),
      });
      expect((await post({})).status).toBe(200);
    } finally {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
      rmSync(cwd, { recursive: true, force: true });
    }
  },
);
