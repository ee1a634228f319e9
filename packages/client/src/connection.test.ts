import { expect, test } from 'vitest';
import { ManualClock } from '../test/manual-clock.ts';
import { hello, manualSockets } from '../test/manual-socket.ts';
import { type ConnectionOptions, createConnection } from './connection.ts';

function setUp(more: Partial<ConnectionOptions> = {}) {
  const clock = new ManualClock();
  const line = manualSockets();
  let wake = () => {};
  const connection = createConnection({
    url: 'ws://streambed.test/ws',
    openSocket: line.openSocket,
    clock,
    random: () => 0.5,
    ...more,
    onWake: (woken) => {
      wake = woken;
      return () => (wake = () => {});
    },
  });
  connection.open();
  return { clock, line, connection, wake: () => wake() };
}

test('it is connected when the server has said hello, not before', () => {
  const { line, connection } = setUp();
  expect(connection.state.get()).toEqual({ state: 'connecting', failures: 0 });
  expect(connection.send({ type: 'pong' })).toBe('not_connected');
  line.last.say(hello);
  expect(connection.state.get()).toEqual({
    state: 'connected',
    hello,
    leaving: false,
    transport: 'websocket',
  });
  expect(connection.send({ type: 'pong' })).toBe('sent');
});

test('it answers pings', () => {
  const { line } = setUp();
  line.last.say(hello);
  line.last.say({ type: 'ping' });
  expect(line.last.sent).toEqual([{ type: 'pong' }]);
});

test('frames it does not know or cannot read pass by', () => {
  const { line, connection } = setUp();
  const heard: string[] = [];
  connection.onFrame((frame) => heard.push(frame.type));
  line.last.say(hello);
  for (const frame of ['', '{', '[]', 'null', '{"type":"constructor"}', '{"type":"event","seq":-1}'])
    line.last.say(frame);
  line.last.say({ type: 'from_the_future' });
  line.last.say({ type: 'ok' });
  expect(heard).toEqual(['ok']);
  expect(connection.state.get().state).toBe('connected');
});

test('a broken line is opened again, and the waits grow until there is progress', () => {
  const { clock, line, connection } = setUp();
  line.last.break();
  expect(connection.state.get()).toEqual({ state: 'offline', failures: 1, retryAt: clock.now() + 300 });
  clock.advance(300);
  expect(line.sockets.length).toBe(2);
  line.last.say(hello);
  line.last.break();
  expect(connection.state.get()).toMatchObject({ failures: 2, retryAt: clock.now() + 600 });
  clock.advance(600);
  line.last.say(hello);
  line.last.say({ type: 'ping' });
  line.last.break();
  expect(connection.state.get()).toMatchObject({ failures: 1, retryAt: clock.now() + 300 });
});

test('a server that never says hello is given up', () => {
  const { clock, line, connection } = setUp();
  clock.advance(10_000);
  expect(line.last.closed).toBe(true);
  expect(connection.state.get().state).toBe('offline');
});

test('silence is taken for a broken line', () => {
  const { clock, line, connection } = setUp();
  line.last.say(hello);
  clock.advance(20_000);
  line.last.say({ type: 'ping' });
  clock.advance(34_999);
  expect(connection.state.get().state).toBe('connected');
  clock.advance(1);
  expect(connection.state.get().state).toBe('offline');
});

test('a line that was quiet while the tab slept is asked for a sign of life, and dropped without one', () => {
  const { clock, line, connection, wake } = setUp();
  line.last.say(hello);
  wake();
  expect(line.last.sent).toEqual([]);
  clock.advance(3_000);
  wake();
  expect(line.last.sent).toMatchObject([{ type: 'detach' }]);
  line.last.say({ type: 'ok', ref: 'awake' });
  clock.advance(5_000);
  expect(connection.state.get().state).toBe('connected');
  wake();
  clock.advance(5_000);
  expect(connection.state.get().state).toBe('offline');
});

test('where WebSockets fail while HTTP works, the line is HTTP; where nothing works, it is not', async () => {
  const http = manualSockets();
  let works = false;
  const { clock, line, connection } = setUp({
    fallback: { probe: async () => works, openSocket: http.openSocket },
  });
  const settle = () => Promise.resolve().then(() => {});
  const made = () => line.sockets.length + http.sockets.length;
  const nextSocket = async () => {
    const before = made();
    for (let second = 0; second < 60 && made() === before; second += 1) {
      clock.advance(1_000);
      await settle();
    }
  };
  // HTTP may be what is blocked: the WebSocket is tried all the same, and only that.
  for (let failure = 1; failure <= 3; failure += 1) {
    expect([line.sockets.length, http.sockets.length]).toEqual([failure, 0]);
    line.last.break();
    expect(connection.state.get().state).toBe('offline');
    works = failure === 3;
    await nextSocket();
  }
  expect([line.sockets.length, http.sockets.length]).toEqual([4, 0]);
  line.last.break();
  expect(http.sockets.length).toBe(1);
  http.last.say(hello);
  expect(connection.state.get()).toMatchObject({ state: 'connected', transport: 'http' });
  // Remembered: the next line is HTTP at once, until it fails too.
  http.last.break();
  await nextSocket();
  expect([line.sockets.length, http.sockets.length]).toEqual([4, 2]);
  http.last.break();
  await nextSocket();
  expect(line.sockets.length).toBe(5);
  line.last.say(hello);
  expect(connection.state.get()).toMatchObject({ state: 'connected', transport: 'websocket' });
  line.last.break();
  await nextSocket();
  expect([line.sockets.length, http.sockets.length]).toEqual([6, 2]);
  connection.close();
  expect(clock.pending).toBe(0);
});

test('waking makes the planned attempt at once', () => {
  const { clock, line, wake } = setUp();
  for (let failure = 0; failure < 6; failure += 1) {
    line.last.break();
    clock.advance(15_000);
  }
  line.last.break();
  const opened = line.sockets.length;
  clock.advance(1_000);
  expect(line.sockets.length).toBe(opened);
  wake();
  clock.advance(0);
  expect(line.sockets.length).toBe(opened + 1);
});

test('what a dropped socket still says is not heard', () => {
  const { clock, line, connection } = setUp();
  const first = line.last;
  clock.advance(10_000);
  first.say(hello);
  expect(connection.state.get().state).toBe('offline');
});

test('a server that leaves is left when asked to, and returned to when it said', () => {
  const { clock, line, connection } = setUp();
  line.last.say(hello);
  connection.leave();
  expect(connection.state.get()).toMatchObject({ state: 'connected', leaving: false });
  line.last.say({ type: 'goaway', reconnect_after_ms: 2_000 });
  expect(connection.state.get()).toMatchObject({ state: 'connected', leaving: true });
  connection.leave();
  expect(connection.state.get()).toMatchObject({ state: 'offline', retryAt: clock.now() + 2_000 });
});

test('a frame longer than the server takes is not sent', () => {
  const { line, connection } = setUp();
  line.last.say(hello);
  const generate = (text: string) =>
    connection.send({
      type: 'generate',
      id: 'a' as never,
      request: { model: 'm', messages: [{ role: 'user', content: text }] },
    });
  expect(generate('é'.repeat(450))).toBe('sent');
  expect(generate('é'.repeat(600))).toBe('too_large');
  expect(generate('x'.repeat(1_100))).toBe('too_large');
});

test('closing ends it for good and leaves no timer behind', () => {
  const { clock, line, connection } = setUp();
  line.last.say(hello);
  connection.close();
  expect(line.last.closed).toBe(true);
  expect(clock.pending).toBe(0);
  expect(connection.state.get()).toEqual({ state: 'closed' });
});
