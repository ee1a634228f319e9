import type { Socket } from 'node:net';
import { type Script, say } from '@streambed/bedrock-emulator';
import { expect, test, vi } from 'vitest';
import type { WebSocket } from 'ws';
import { ask, lastSeq, openFrameSocket, openModelSocket, startGateway, textOf } from '../../test/gateway.ts';

const words = Array.from({ length: 60_000 }, (_, index) => `${'word'.repeat(20)}${index} `);
const text = words.join('');
const long: Script = ({ prompt }) => say(prompt === 'long' ? words : [`<${prompt}>`]);

const maxTokens = 64_000;
const request = (content: string) => ({
  model: 'anthropic',
  max_tokens: maxTokens,
  messages: [{ role: 'user', content }],
});

/** The TCP socket under a client, so that it stops reading altogether. */
function tcpOf(socket: WebSocket): Socket {
  return (socket as unknown as { _socket: Socket })._socket;
}

test('a reader that stops reading delays nobody, and has everything, merged, when it goes on', async () => {
  await using gateway = await startGateway({ emulator: { script: long } });
  await using slow = await openFrameSocket(gateway);
  await using quick = await openFrameSocket(gateway);
  await slow.until('hello');
  tcpOf(slow.socket.socket).pause();
  slow.send(ask('long', 'long', { request: request('long') }));
  // The upstream is read at its own pace: it is done while nobody reads the answer.
  await gateway.emulator.received(1);
  await gateway.emulator.idle();
  quick.send(ask('quick', 'hello'));
  expect(textOf(await quick.untilStop())).toBe('<hello>');

  tcpOf(slow.socket.socket).resume();
  const frames = await slow.untilStop();
  // Compared here: a difference of megabytes would be no help.
  expect(textOf(frames) === text).toBe(true);
  expect(lastSeq(frames)).toBeGreaterThan(words.length);
  expect(frames.length).toBeLessThan(words.length);
}, 60_000);

test('on the plain socket too nothing is missing', async () => {
  await using gateway = await startGateway({ emulator: { script: long } });
  await using slow = await openModelSocket(gateway, `model=anthropic&streaming=1&max_tokens=${maxTokens}`);
  tcpOf(slow.socket).pause();
  slow.send('long');
  slow.send('after');
  await gateway.emulator.received(1);
  tcpOf(slow.socket).resume();
  const messages = await slow.until((message) => message === '<after>');
  expect(messages.slice(0, -1).join('') === text).toBe(true);
}, 60_000);

test('a reader that takes nothing for too long is dropped', async () => {
  await using gateway = await startGateway({
    emulator: { script: long },
    tuning: { connection: { stallMs: 50, closeMs: 50 } },
  });
  await using stuck = await openModelSocket(gateway, `model=anthropic&streaming=1&max_tokens=${maxTokens}`);
  await using other = await openModelSocket(gateway, 'model=anthropic');
  tcpOf(stuck.socket).pause();
  stuck.send('long');
  await gateway.emulator.received(1);
  await gateway.emulator.idle();
  other.send('still here');
  expect(await other.next()).toBe('<still here>');
  // What came in is all sent on by now, and this one has taken none of it: it is given up while it reads nothing.
  await vi.waitFor(() => expect(gateway.server.load().sockets).toBe(1), { timeout: 30_000 });
  tcpOf(stuck.socket).resume();
  expect([1006, 4008]).toContain((await stuck.closed).code);
}, 60_000);
