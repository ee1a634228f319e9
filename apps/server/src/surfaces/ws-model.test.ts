import { failing, type Script, say } from '@streambed/bedrock-emulator';
import { expect, test } from 'vitest';
import { openModelSocket, startGateway } from '../../test/gateway.ts';

/** Answers with the prompt itself, in pieces. */
const echo: Script = ({ prompt }) => say(['You said: ', ...prompt.split(/(?<= )/)]);

test('with streaming=1 each text delta is a message of its own', async () => {
  await using gateway = await startGateway({ emulator: { script: echo } });
  await using socket = await openModelSocket(gateway, 'model=anthropic&streaming=1');
  socket.send('one two three');
  const texts = [await socket.next(), await socket.next(), await socket.next(), await socket.next()];
  expect(texts).toEqual(['You said: ', 'one ', 'two ', 'three']);
  expect(gateway.emulator.requests[0]?.operation).toBe('InvokeModelWithResponseStream');
});

test.each(['', '&streaming=0', '&streaming=No'])('with "%s" the answer is one message', async (query) => {
  await using gateway = await startGateway({ emulator: { script: echo } });
  await using socket = await openModelSocket(gateway, `model=llama3${query}`);
  socket.send('one two three');
  expect(await socket.next()).toBe('You said: one two three');
  expect(gateway.emulator.requests[0]?.operation).toBe('InvokeModel');
});

test('each prompt stands alone, and answers come in the order of the prompts', async () => {
  await using gateway = await startGateway({ emulator: { script: ({ prompt }) => `<${prompt}>` } });
  await using socket = await openModelSocket(gateway, 'model=anthropic');
  for (const prompt of ['a', 'b', 'c']) socket.send(prompt);
  expect([await socket.next(), await socket.next(), await socket.next()]).toEqual(['<a>', '<b>', '<c>']);
  for (const { body } of gateway.emulator.requests) expect(JSON.parse(body).messages).toHaveLength(1);
});

test('sixteen prompts may wait; the next one is refused at once, and the others are answered', async () => {
  const gate = Promise.withResolvers<void>();
  const script: Script = ({ prompt }) =>
    failing(say(`<${prompt}>`), { type: 'stall', after: 'headers', until: gate.promise });
  await using gateway = await startGateway({ emulator: { script } });
  await using socket = await openModelSocket(gateway, 'model=anthropic');
  for (let index = 0; index < 18; index += 1) socket.send(String(index));
  expect(await socket.next()).toMatch(/^error: .*16 prompts wait.*SB_TOO_MANY_PROMPTS/);
  gate.resolve();
  for (let index = 0; index < 17; index += 1) expect(await socket.next()).toBe(`<${index}>`);
});

test.each([
  ['', /^error: No model is named.*SB_MODEL_MISSING/],
  ['model=gpt-9', /^error: .*gpt-9.*SB_UNKNOWN_MODEL/],
  ['model=anthropic&streaming=perhaps', /^error: streaming: expected/],
  ['model=anthropic&temperature=hot', /^error: temperature: expected/],
])('a wrong query "%s" is the answer to every prompt, and the socket stays open', async (query, error) => {
  await using gateway = await startGateway();
  await using socket = await openModelSocket(gateway, query);
  socket.send('first');
  expect(await socket.next()).toMatch(error);
  socket.send('second');
  expect(await socket.next()).toMatch(error);
  expect(gateway.emulator.requests).toHaveLength(0);
});

test("the tutorial's parameters reach the model", async () => {
  await using gateway = await startGateway({ emulator: { script: echo } });
  const query =
    'model=anthropic&max_tokens=77&temperature=0.5&top_k=5&stop_sequences=STOP&system=Be%20brief.';
  await using socket = await openModelSocket(gateway, query);
  socket.send('hello');
  await socket.next();
  expect(JSON.parse(gateway.emulator.requests[0]?.body ?? '')).toMatchObject({
    max_tokens: 77,
    temperature: 0.5,
    top_k: 5,
    stop_sequences: ['STOP'],
    system: 'Be brief.',
  });
});

test('a binary message is read as UTF-8, and refused in its turn if it is none', async () => {
  await using gateway = await startGateway({ emulator: { script: ({ prompt }) => `<${prompt}>` } });
  await using socket = await openModelSocket(gateway, 'model=anthropic');
  socket.send('text');
  socket.send(new Uint8Array([0xff, 0xfe]));
  socket.send(new TextEncoder().encode('héllo ✓'));
  expect(await socket.next()).toBe('<text>');
  expect(await socket.next()).toMatch(/^error: .*not UTF-8/);
  expect(await socket.next()).toBe('<héllo ✓>');
});

test('an empty prompt and one over 1 MiB are errors, and the socket lives', async () => {
  await using gateway = await startGateway({ emulator: { script: () => 'fine' } });
  await using socket = await openModelSocket(gateway, 'model=anthropic');
  socket.send('  ');
  expect(await socket.next()).toMatch(/^error: The prompt is empty/);
  socket.send('x'.repeat(1024 * 1024 + 1));
  expect(await socket.next()).toMatch(/^error: .*SB_TOO_LARGE/);
  socket.send('hello');
  expect(await socket.next()).toBe('fine');
});

test('a failure in mid-answer follows the text that came, and the next prompt is answered', async () => {
  const script: Script = ({ prompt }) =>
    prompt === 'break'
      ? failing(say(['Half an ', 'answer', ' more']), {
          type: 'exception',
          name: 'throttlingException',
          after: 4,
        })
      : 'whole';
  await using gateway = await startGateway({ emulator: { script } });
  await using socket = await openModelSocket(gateway, 'model=anthropic&streaming=1');
  socket.send('break');
  socket.send('again');
  const messages = await socket.until((message) => message === 'whole');
  expect(messages.slice(0, -2).join('')).toBe('Half an answer');
  expect(messages.at(-2)).toMatch(/^error: .*SB_THROTTLED/);
});

test('without streaming a failure is one error and no half answer', async () => {
  const script: Script = () => failing(say('never'), { type: 'error', name: 'AccessDeniedException' });
  await using gateway = await startGateway({ emulator: { script } });
  await using socket = await openModelSocket(gateway, 'model=anthropic');
  socket.send('hello');
  expect(await socket.next()).toMatch(/^error: .*SB_/);
  expect(socket.messages).toHaveLength(1);
});

test('a closed socket ends its upstream request and drops what waits', async () => {
  const script: Script = () => failing(say(['a', 'b', 'c']), { type: 'stall', after: 3 });
  await using gateway = await startGateway({ emulator: { script } });
  const socket = await openModelSocket(gateway, 'model=anthropic&streaming=1');
  socket.send('first');
  socket.send('second');
  expect(await socket.next()).toBe('a');
  socket.socket.terminate();
  await gateway.emulator.idle();
  expect(gateway.emulator.requests).toHaveLength(1);
});

test('sockets never wait for each other', async () => {
  const script: Script = ({ prompt }) =>
    prompt === 'stall' ? failing(say(['a', 'b']), { type: 'stall', after: 'headers' }) : 'quick';
  await using gateway = await startGateway({ emulator: { script } });
  await using slow = await openModelSocket(gateway, 'model=anthropic&streaming=1');
  await using quick = await openModelSocket(gateway, 'model=anthropic&streaming=1');
  slow.send('stall');
  quick.send('hello');
  expect(await quick.next()).toBe('quick');
  expect(slow.messages).toEqual([]);
});

test('a socket that answers no ping is ended', async () => {
  await using gateway = await startGateway({ tuning: { connection: { heartbeatMs: 20 } } });
  await using silent = await openModelSocket(gateway, 'model=anthropic');
  await using alive = await openModelSocket(gateway, 'model=anthropic');
  // What the library would send by itself.
  silent.socket.pong = () => {};
  expect((await silent.closed).code).toBe(1006);
  expect(alive.socket.readyState).toBe(alive.socket.OPEN);
});
