import { failing, type Script, say } from '@streambed/bedrock-emulator';
import type { ServerFrame } from '@streambed/protocol/frames';
import { expect, test } from 'vitest';
import {
  ask,
  folded,
  type Gateway,
  lastSeq,
  openFrameSocket,
  openModelSocket,
  readEvents,
  startGateway,
  textOf,
} from '../../test/gateway.ts';

const words = Array.from({ length: 40 }, (_, index) => `w${index} "ü" `);
const messages = [{ role: 'user', content: 'Hi' }];

/** Each way to a stream over HTTP, and the text in the data of one of its events. */
const streams = {
  '/streambed/v1/generations': {
    body: { request: { model: 'anthropic', messages } },
    text: (data: { delta?: { text?: string } }) => data.delta?.text,
  },
  '/v1/messages': {
    body: { model: 'anthropic', max_tokens: 99, stream: true, messages },
    text: (data: { delta?: { text?: string } }) => data.delta?.text,
  },
  '/v1/chat/completions': {
    body: { model: 'anthropic', stream: true, messages },
    text: (data: { choices?: { delta?: { content?: string } }[] }) => data.choices?.[0]?.delta?.content,
  },
  '/v1/responses': {
    body: { model: 'anthropic', stream: true, input: 'Hi' },
    text: (data: { type?: string; delta?: string }) =>
      data.type === 'response.output_text.delta' ? data.delta : undefined,
  },
} as const;
type Path = keyof typeof streams;
const paths = Object.keys(streams) as Path[];

function post({ url }: Gateway, path: Path): Promise<Response> {
  return fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
    body: JSON.stringify(streams[path].body),
  });
}

/** The texts that events bring, those that bring none left out; `onText` is told of each as it comes. */
async function textsIn(path: Path, response: Response, onText: () => void = () => {}): Promise<string[]> {
  const texts: string[] = [];
  await readEvents(response, ({ data }) => {
    if (!data.startsWith('{')) return false;
    const text = streams[path].text(JSON.parse(data) as never) ?? '';
    if (text === '') return false;
    texts.push(text);
    onText();
    return false;
  });
  return texts;
}

test.each(paths)('%s: a token leaves when it has come, and waits for no other', async (path) => {
  const gate = Promise.withResolvers<void>();
  const script: Script = () =>
    failing(say(['one ', 'two ', 'three']), { type: 'stall', after: 4, until: gate.promise });
  await using gateway = await startGateway({ emulator: { script } });
  let seen = 0;
  const texts = await textsIn(path, await post(gateway, path), () => {
    seen += 1;
    // What is to follow comes only now.
    if (seen === 2) gate.resolve();
  });
  expect(texts).toEqual(['one ', 'two ', 'three']);
});

const together: Script = () => failing(say(words), { type: 'delivery', how: 'together' });
const merging = ['--merge-deltas'];

test.each(paths)('%s: tokens that came together are events of their own', async (path) => {
  await using gateway = await startGateway({ emulator: { script: together } });
  expect(await textsIn(path, await post(gateway, path))).toEqual(words);
});

test.each(paths.slice(0, 3))('%s: with fewer events asked for they are one', async (path) => {
  await using gateway = await startGateway({ emulator: { script: together }, argv: merging });
  const texts = await textsIn(path, await post(gateway, path));
  expect(texts.join('')).toBe(words.join(''));
  expect(texts.length).toBeLessThan(words.length / 2);
});

test('/v1/responses: its events are numbered, and stay as many', async () => {
  await using gateway = await startGateway({ emulator: { script: together }, argv: merging });
  const path = '/v1/responses';
  expect(await textsIn(path, await post(gateway, path))).toEqual(words);
});

test('/ws: frames are fewer and say which seqs they merge', async () => {
  await using gateway = await startGateway({ emulator: { script: together }, argv: merging });
  await using client = await openFrameSocket(gateway);
  client.send(ask('a', 'Hi'));
  const frames: readonly ServerFrame[] = await client.untilStop();
  expect(textOf(frames)).toBe(words.join(''));
  expect(folded(frames).content).toEqual([{ type: 'text', text: words.join('') }]);
  // message_start, block start and stop, message_delta, message_stop and the end beside the words.
  expect(lastSeq(frames)).toBe(words.length + 6);
  expect(frames.length).toBeLessThan(words.length / 2);
});

test('/ws/model: messages are fewer', async () => {
  await using gateway = await startGateway({ emulator: { script: together }, argv: merging });
  await using socket = await openModelSocket(gateway, 'model=anthropic&streaming=1');
  socket.send('Hi');
  let text = '';
  let count = 0;
  for (; text.length < words.join('').length; count += 1) text += await socket.next();
  expect(text).toBe(words.join(''));
  expect(count).toBeLessThan(words.length / 2);
});
