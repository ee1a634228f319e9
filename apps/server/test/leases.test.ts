import { failing, say } from '@streambed/bedrock-emulator';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ask, type Gateway, openFrameSocket, openModelSocket, startGateway } from './gateway.ts';

const headers = { 'content-type': 'application/json' };

/** What is asked says how it goes: the upstream stalls, refuses, breaks off, or answers. */
function script({ prompt }: { readonly prompt: string }) {
  const answer = say(['One ', 'two ', 'three.']);
  if (prompt.includes('stall')) return failing(answer, { type: 'stall', after: 4 });
  if (prompt.includes('break')) return failing(answer, { type: 'cut', at: 'mid-frame', after: 4 });
  return answer;
}

function messages(prompt: string, more: object = {}) {
  return { model: 'anthropic', max_tokens: 10, messages: [{ role: 'user', content: prompt }], ...more };
}

function post({ url }: Gateway, path: string, body: object, signal?: AbortSignal): Promise<Response> {
  return fetch(`${url}${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
    ...(signal && { signal }),
  });
}

/** Every way in which a generation may end, or never begin. Each resolves when its caller is done with it. */
const ends: Readonly<Record<string, (gateway: Gateway, id: string) => Promise<unknown>>> = {
  completed: async (gateway) => (await post(gateway, '/v1/messages', messages('go'))).text(),
  'broken off': async (gateway) => (await post(gateway, '/v1/messages', messages('break'))).text(),
  'wrong model': async (gateway) =>
    (await post(gateway, '/v1/messages', messages('go', { model: 'none' }))).text(),
  'wrong request': async (gateway) =>
    (await post(gateway, '/v1/messages', messages('go', { top_k: -1 }))).text(),
  'wrong parent': async (gateway) =>
    (
      await post(gateway, '/streambed/v1/generations', { request: messages('go'), parent: 'gen_none' })
    ).text(),
  'caller gone': async (gateway) => {
    const leave = new AbortController();
    const response = await post(gateway, '/v1/messages', messages('stall', { stream: true }), leave.signal);
    await response.body?.getReader().read();
    leave.abort();
  },
  'caller gone at once': async (gateway) => {
    const leave = new AbortController();
    const asked = post(gateway, '/v1/chat/completions', messages('stall'), leave.signal).catch(() => {});
    setImmediate(() => leave.abort());
    await asked;
  },
  'socket killed': async (gateway) => {
    await using socket = await openModelSocket(gateway, 'model=anthropic&streaming=1');
    socket.send('stall');
    await socket.next();
    socket.socket.terminate();
  },
  cancelled: async (gateway, id) => {
    await using client = await openFrameSocket(gateway);
    client.send(ask(id, 'stall'));
    await client.until('event');
    client.send({ type: 'cancel', id });
    await client.until('ok');
  },
  'cancelled ahead': async (gateway, id) => {
    await using client = await openFrameSocket(gateway);
    client.send({ type: 'cancel', id });
    client.send(ask(id, 'stall'));
    await client.untilStop();
  },
  'cancelled while it waits': async (gateway, id) => {
    await using client = await openFrameSocket(gateway);
    client.send(ask(`${id}-runs`, 'stall'));
    await client.until('event');
    client.send(ask(id, 'stall'));
    client.send({ type: 'cancel', id });
    await client.until('accepted');
    await client.untilStop();
    client.send({ type: 'cancel', id: `${id}-runs` });
    await client.until('ok');
  },
  'gone while it waits': async (gateway, id) => {
    await using client = await openFrameSocket(gateway);
    client.send(ask(id, 'stall'));
    await client.until('event');
    const leave = new AbortController();
    const waits = post(gateway, '/v1/messages', messages('stall'), leave.signal).catch(() => {});
    const gone = await openModelSocket(gateway, 'model=anthropic&streaming=1');
    gone.send('stall');
    gone.socket.terminate();
    leave.abort();
    await waits;
    client.send({ type: 'cancel', id });
    await client.until('ok');
  },
};

test('after every kind of end, in any order, the one place there is can be had again', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.shuffledSubarray(Object.keys(ends), { minLength: Object.keys(ends).length }),
      async (names) => {
        await using gateway = await startGateway({ emulator: { script }, argv: ['--max-generations', '1'] });
        for (const [index, name] of names.entries()) {
          await ends[name]?.(gateway, `id-${index}`);
          // It may wait for its place a little: what was left behind ends as soon as it is noticed.
          const response = await post(gateway, '/v1/messages', messages('go'));
          expect({ after: name, status: response.status }).toEqual({ after: name, status: 200 });
          await response.text();
        }
      },
    ),
    { numRuns: 3, endOnFailure: true },
  );
}, 120_000);
