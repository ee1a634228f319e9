import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failing, type Script, say } from '@streambed/bedrock-emulator';
import { expect, onTestFinished, test } from 'vitest';
import {
  ask,
  lastSeq,
  openFrameSocket,
  openModelSocket,
  startGateway,
  stopOf,
  textOf,
} from '../test/gateway.ts';
import { readConfig } from './config.ts';
import { startServer } from './server.ts';

const quiet = ['--log-level', 'silent', '--upstream', 'emulator'];

function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'streambed-server-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('stopping lets running answers end, refuses new ones, and sends everyone home', async () => {
  const gate = Promise.withResolvers<void>();
  const script: Script = () =>
    failing(say(['one ', 'two ', 'three']), { type: 'stall', after: 4, until: gate.promise });
  await using gateway = await startGateway({ emulator: { script }, argv: ['--drain-ms', '20000'] });
  await using frames = await openFrameSocket(gateway);
  await using plain = await openModelSocket(gateway, 'model=anthropic&streaming=1');
  frames.send(ask('running', 'go'));
  plain.send('go');
  plain.send('queued');
  expect(await plain.next()).toBe('one ');
  await frames.until('event');

  const stopped = gateway.server.stop();
  const [goaway] = (await frames.until('goaway')).slice(-1);
  expect(goaway).toMatchObject({ type: 'goaway', reconnect_after_ms: expect.any(Number) });
  expect((await fetch(`${gateway.url}/readyz`)).status).toBe(503);
  frames.send(ask('late', 'go'));
  expect((await frames.until('rejected')).at(-1)).toMatchObject({ error: { code: 'SB_DRAINING' } });

  gate.resolve();
  expect(stopOf(await frames.untilStop())).toMatchObject({ state: 'completed' });
  const rest = await plain.until((message) => message.startsWith('error:'));
  expect(rest.slice(0, -1).join('')).toBe('two three');
  expect(rest.at(-1)).toMatch(/SB_DRAINING/);
  await stopped;
  expect((await frames.socket.closed).code).toBe(1001);
  expect((await plain.closed).code).toBe(1001);
});

test('what does not end within the drain is interrupted, with its text kept', async () => {
  const script: Script = () => failing(say(['one ', 'two ', 'three']), { type: 'stall', after: 4 });
  await using gateway = await startGateway({ emulator: { script }, argv: ['--drain-ms', '100'] });
  await using client = await openFrameSocket(gateway);
  client.send(ask('running', 'go'));
  const before = await client.until('event');
  const stopped = gateway.server.stop();
  const frames = [...before, ...(await client.untilStop())];
  expect(stopOf(frames)).toMatchObject({ state: 'interrupted', error: { code: 'SB_INTERRUPTED' } });
  expect(textOf(frames)).toBe('one two ');
  lastSeq(frames);
  await stopped;
});

test('a port that is in use is one clear line', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => holder.once('listening', resolve));
  const { port } = holder.address() as { port: number };
  const config = readConfig({ argv: [...quiet, '--port', String(port)], env: {}, cwd: aFolder() });
  await expect(startServer(config)).rejects.toThrow(
    `port ${port} on 127.0.0.1 is in use: stop the program that has it, or choose another with --port`,
  );
  holder.close();
});

test('our own address as the upstream is refused', async () => {
  for (const endpoint of ['http://localhost:18080', 'http://127.0.0.2:18080/x', 'http://[::1]:18080']) {
    const env = { AWS_BEARER_TOKEN_BEDROCK: 'x', AWS_ENDPOINT_URL_BEDROCK_RUNTIME: endpoint };
    const config = readConfig({ argv: ['--port', '18080'], env, cwd: aFolder() });
    await expect(startServer(config)).rejects.toThrow(/is this server itself/);
  }
});

test('without credentials the embedded emulator answers, and it is said', async () => {
  const env = { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' };
  const config = readConfig({ argv: ['--port', '0', '--log-level', 'silent'], env, cwd: aFolder() });
  await using server = await startServer(config);
  expect(server.upstream).toMatchObject({
    kind: 'emulator',
    says: expect.stringMatching(/embedded emulator.*no AWS credentials.*nothing is billed/),
  });
});

test('with credentials it says whose account pays, and where', async () => {
  const cases: readonly [Record<string, string>, RegExp][] = [
    [{ AWS_BEARER_TOKEN_BEDROCK: 'x' }, /us-east-1 \(no region is set.*API key.*billed/],
    [
      { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_REGION: 'eu-west-1' },
      /in eu-west-1; the account of the keys in AWS_ACCESS_KEY_ID is billed/,
    ],
    [{ AWS_PROFILE: 'work', AWS_CONFIG_FILE: '/dev/null' }, /AWS profile "work" is billed/],
  ];
  for (const [env, says] of cases) {
    const config = readConfig({ argv: ['--port', '0', '--log-level', 'silent'], env, cwd: aFolder() });
    await using server = await startServer(config);
    expect(server.upstream.kind).toBe('bedrock');
    expect(server.upstream.says).toMatch(says);
  }
});

test('a data folder serves one server at a time, and is for its owner only', async () => {
  const cwd = aFolder();
  const config = () => readConfig({ argv: [...quiet, '--port', '0'], env: {}, cwd });
  {
    await using first = await startServer(config());
    expect(first.port).toBeGreaterThan(0);
    await expect(startServer(config())).rejects.toThrow(/data_dir: .* is in use by another Streambed/);
  }
  await using again = await startServer(config());
  expect(again.port).toBeGreaterThan(0);
  if (process.platform !== 'win32') expect(statSync(join(cwd, '.streambed')).mode & 0o777).toBe(0o700);
});

test('where the default data folder cannot be used, answers come from memory, and what must be stored is refused', async () => {
  const cwd = aFolder();
  writeFileSync(join(cwd, '.streambed'), 'a file in its place');
  await using server = await startServer(readConfig({ argv: [...quiet, '--port', '0'], env: {}, cwd }));
  expect(server.data).toMatch(/^nothing outlives this process: .*\.streambed cannot be used \(.+\)/);
  await using client = await openFrameSocket(server);
  await client.until('hello');
  client.send(ask('insists', 'hello', { store: 'resume' }));
  expect(await client.next()).toMatchObject({ type: 'rejected', error: { code: 'SB_STORE_FAILED' } });
  client.send(ask('whatever', 'hello'));
  const frames = await client.untilStop();
  expect(frames[0]).toMatchObject({ type: 'accepted', store: 'none' });
  expect(stopOf(frames).state).toBe('completed');
  // The chat works there too: its conversations go with the process.
  client.send(ask('chat', 'hello', { conversation: 'c' }));
  expect((await client.untilStop())[0]).toMatchObject({ type: 'accepted', store: 'none', conversation: 'c' });
  const kept = await fetch(`${server.url}/streambed/v1/conversations/c`);
  expect(await kept.json()).toMatchObject({ turns: 2, running: [] });
});

test('a data folder that cannot be used is one clear line', async () => {
  const cwd = aFolder();
  writeFileSync(join(cwd, 'file'), '');
  const argv = [...quiet, '--port', '0', '--data-dir', 'file/data'];
  await expect(startServer(readConfig({ argv, env: {}, cwd }))).rejects.toThrow(
    /^data_dir: .* cannot be used \(.*\): choose a folder that can be written, with --data-dir$/,
  );
});
