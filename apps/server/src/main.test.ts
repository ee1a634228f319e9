import { expect, test } from 'vitest';
import { runToEnd, startAsChild, upstreamAt } from '../../../test/support/servers.ts';
import { connect } from '../../../test/support/websocket.ts';
import { startGateway } from '../test/gateway.ts';

const emulated = { argv: ['--upstream', 'emulator'] };

test('says where it serves and what answers, and ends with 0 on SIGTERM and SIGINT', async () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    await using server = await startAsChild(emulated);
    expect(server.output).toMatch(/Streambed \d+\.\d+\.\d+ on http:\/\/127\.0\.0\.1:\d+/);
    expect(server.output).toMatch(/upstream {2}the embedded emulator, as asked/);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    server.signal(signal);
    expect(await server.exited).toMatchObject({ code: 0 });
  }
});

test('a second signal ends it at once', async () => {
  await using server = await startAsChild(emulated);
  await using socket = await connect(`${server.url}/ws/model?model=anthropic&streaming=1`);
  socket.send('/fault stall 5\nWhat is Streambed?');
  await socket.next();
  server.signal('SIGINT');
  await expect.poll(() => server.output, { timeout: 10_000 }).toMatch(/Once more to stop at once/);
  server.signal('SIGINT');
  expect(await server.exited).toMatchObject({ code: 130 });
});

test('a mistake is one line and exit code 1', async () => {
  const cases: readonly [Parameters<typeof runToEnd>[0], RegExp][] = [
    [{ argv: ['--prot', '1'] }, /^streambed: there is no flag --prot; did you mean --port\?\n$/],
    [{ env: { STREAMBED_PROT: '1' } }, /^streambed: there is no variable STREAMBED_PROT; did you mean/],
    [{ argv: ['serv'] }, /^streambed: there is no command serv; did you mean serve\?\n$/],
    [{ env: { HOST: '0.0.0.0' } }, /^streambed: host: 0\.0\.0\.0 [^\n]+--insecure[^\n]+\n$/],
  ];
  for (const [settings, output] of cases) {
    const exit = await runToEnd(settings);
    expect(exit.code).toBe(1);
    expect(exit.output).toMatch(output);
  }
});

test('prompts, answers and queries are never written down', async () => {
  await using gateway = await startGateway({ emulator: { script: () => 'the-secret-answer' } });
  await using server = await startAsChild(
    upstreamAt(gateway.emulator.url, { argv: ['--log-level', 'trace'] }),
  );
  await using socket = await connect(`${server.url}/ws/model?model=anthropic&system=the-secret-system`);
  socket.send('the-secret-prompt');
  expect(await socket.next()).toBe('the-secret-answer');
  await fetch(`${server.url}/healthz?x=the-secret-query`);
  await fetch(`${server.url}/nowhere?x=the-secret-query`);
  server.signal('SIGTERM');
  const { output } = await server.exited;
  expect(output).toMatch(/"path":"\/nowhere"/);
  expect(output).toMatch(/"msg":"generation"/);
  expect(output).not.toMatch(/the-secret/);
});
