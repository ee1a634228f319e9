import { expect, test } from 'vitest';
import { startInProcess } from '../../../../test/support/servers.ts';
import { ManualClock } from '../../test/manual-clock.ts';
import { hello, manualSockets } from '../../test/manual-socket.ts';
import { createClient } from '../client.ts';
import { createConnection } from '../connection.ts';
import { type TokenSource, withToken } from './with-token.ts';

function setUp(token: TokenSource) {
  const clock = new ManualClock();
  const line = manualSockets();
  const { openSocket } = withToken(token, line);
  const connection = createConnection({
    url: 'ws://streambed.test/ws',
    openSocket,
    clock,
    random: () => 0.5,
  });
  connection.open();
  return { clock, line, connection };
}

/** Lets promises that are settled be heard. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('it says who it is before anything else, and is connected once the server agrees', async () => {
  const { line, connection } = setUp(() => 'the token');
  line.last.say(hello);
  await settled();
  expect(line.last.sent).toEqual([{ type: 'auth', ref: 'auth', token: 'the token' }]);
  expect(connection.state.get().state).toBe('connecting');
  line.last.say({ type: 'ok', ref: 'auth' });
  expect(connection.state.get()).toMatchObject({ state: 'connected', hello });
});

test('asked again it gives a fresh token, and nothing else of that is heard', async () => {
  let given = 0;
  const { line, connection } = setUp(async () => {
    given += 1;
    return `token ${given}`;
  });
  const heard: string[] = [];
  connection.onFrame((frame) => heard.push(frame.type));
  line.last.say(hello);
  await settled();
  line.last.say({ type: 'ok', ref: 'auth' });
  line.last.say({ type: 'auth_required' });
  await settled();
  line.last.say({ type: 'ok', ref: 'auth' });
  line.last.say({ type: 'ok', ref: 'auth-of-someone-else' });
  expect(line.last.sent).toMatchObject([{ token: 'token 1' }, { token: 'token 2' }]);
  expect(heard).toEqual(['ok']);
  expect(connection.state.get().state).toBe('connected');
});

test('a token that is refused, or that there is none of, ends the line, and the next one has another', async () => {
  const answers: (() => string | Promise<string>)[] = [
    () => 'expired',
    () => Promise.reject(new Error('signed out')),
    () => {
      throw new Error('no such thing');
    },
    () => 'fine',
  ];
  const { clock, line, connection } = setUp(() => answers.shift()?.() ?? '');
  line.last.say(hello);
  await settled();
  line.last.say({ type: 'error', ref: 'auth', error: { code: 'SB_UNAUTHENTICATED' } } as never);
  for (let refused = 1; refused <= 3; refused += 1) {
    expect(connection.state.get()).toMatchObject({ state: 'offline', code: 4001 });
    expect(line.last.closed).toBe(true);
    const before = line.sockets.length;
    while (line.sockets.length === before) clock.advance(1_000);
    line.last.say(hello);
    await settled();
  }
  line.last.say({ type: 'ok', ref: 'auth' });
  expect(connection.state.get().state).toBe('connected');
});

test('a token that never comes is no reason to wait for ever', () => {
  const { clock, line, connection } = setUp(() => new Promise(() => {}));
  line.last.say(hello);
  clock.advance(10_000);
  expect(connection.state.get().state).toBe('offline');
});

test('a server that needs no token takes one all the same, on the socket and over HTTP', async () => {
  await using server = await startInProcess();
  const asked: (string | null)[] = [];
  const seen: typeof fetch = (input, init) => {
    asked.push(new Headers(init?.headers).get('authorization'));
    return fetch(input, init);
  };
  using client = createClient({ url: server.url, ...withToken(() => 'anything', { fetch: seen }) });
  const request = { model: 'anthropic', messages: [{ role: 'user', content: 'Hello' }] } as const;
  expect((await client.generate(request).ended).phase).toBe('completed');
  expect((await client.models()).models.length).toBeGreaterThan(0);
  expect(asked).toEqual(['Bearer anything']);
});
