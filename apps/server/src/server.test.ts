import { createServer } from 'node:net';
import { failing, type Script, say } from '@streambed/bedrock-emulator';
import { expect, test } from 'vitest';
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
  await expect(fetch(gateway.url)).rejects.toThrow();
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
  const config = readConfig({ argv: [...quiet, '--port', String(port)], env: {}, cwd: '/nowhere' });
  await expect(startServer(config)).rejects.toThrow(
    `port ${port} on 127.0.0.1 is in use: stop the program that has it, or choose another with --port`,
  );
  holder.close();
});

test('our own address as the upstream is refused', async () => {
  for (const endpoint of ['http://localhost:18080', 'http://127.0.0.2:18080/x', 'http://[::1]:18080']) {
    const env = { AWS_BEARER_TOKEN_BEDROCK: 'x', AWS_ENDPOINT_URL_BEDROCK_RUNTIME: endpoint };
    const config = readConfig({ argv: ['--port', '18080'], env, cwd: '/nowhere' });
    await expect(startServer(config)).rejects.toThrow(/is this server itself/);
  }
});

test('without credentials the embedded emulator answers, and it is said', async () => {
  const env = { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' };
  const config = readConfig({ argv: ['--port', '0', '--log-level', 'silent'], env, cwd: '/nowhere' });
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
    const config = readConfig({ argv: ['--port', '0', '--log-level', 'silent'], env, cwd: '/nowhere' });
    await using server = await startServer(config);
    expect(server.upstream.kind).toBe('bedrock');
    expect(server.upstream.says).toMatch(says);
  }
});
