import { failing, type Script, say } from '@streambed/bedrock-emulator';
import type { ConversationItem, ConversationPage, ConversationTree } from '@streambed/protocol/conversations';
import { expect, test } from 'vitest';
import { readServerSentEvents } from '../../../../../packages/client/src/sse.ts';
import {
  ask,
  byHeader,
  type Gateway,
  openFrameSocket,
  startGateway,
  stopOf,
  untilText,
} from '../../../test/gateway.ts';

const talking = { emulator: { script: () => say(['You ', 'said ', 'so.']) } };

async function call<T>(
  { url }: Gateway,
  path: string,
  method = 'GET',
  body?: object,
  user = 'one',
): Promise<{ status: number; body: T }> {
  const response = await fetch(`${url}/streambed/v1/conversations${path}`, {
    method,
    headers: { 'x-user': user, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as T };
}

/** Asks in a conversation and waits for the end; gives back the generation. */
async function say1(gateway: Gateway, id: string, prompt: string, more: object): Promise<string> {
  await using client = await openFrameSocket(gateway);
  client.send(ask(id, prompt, more));
  const frames = await client.untilStop();
  const accepted = frames.find(({ type }) => type === 'accepted');
  if (accepted?.type !== 'accepted') throw new Error('it was not accepted');
  expect(stopOf(frames).state).toBe('completed');
  return accepted.generation;
}

test('a question and its answer are kept, and the next one follows them', async () => {
  await using gateway = await startGateway({ ...talking, tuning: byHeader });
  const first = await say1(gateway, 'q1', 'What is a stream?', { conversation: 'c1' });
  const second = await say1(gateway, 'q2', 'And a river?', { parent: first });
  const { body: tree } = await call<ConversationTree>(gateway, '/c1');
  expect(tree).toMatchObject({ id: 'c1', title: 'What is a stream?', turns: 4, leaf: second, running: [] });
  const [one, two, three, four] = tree.tree;
  expect(one).toMatchObject({ role: 'user', content: 'What is a stream?' });
  expect(two).toMatchObject({
    id: first,
    parent: one?.id,
    role: 'assistant',
    answer: {
      id: 'q1',
      state: 'completed',
      model: 'anthropic',
      message: { content: [{ type: 'text', text: 'You said so.' }] },
      stop: { state: 'completed' },
    },
  });
  expect(three).toMatchObject({ parent: first, content: 'And a river?' });
  expect(four).toMatchObject({ id: second, parent: three?.id });
  expect(JSON.parse(gateway.emulator.requests.at(-1)?.body ?? '').messages).toHaveLength(3);
});

test('lists are paged, named, pinned, searched; nobody else sees any of it', async () => {
  await using gateway = await startGateway({ ...talking, tuning: byHeader });
  for (const name of ['a', 'b', 'c']) {
    await call(gateway, '', 'POST', { id: name, title: `The ${name} thing` });
  }
  await call(gateway, '/a', 'PATCH', { pinned: true });
  const { body: page } = await call<ConversationPage>(gateway, '?limit=2');
  expect(page.conversations.map(({ id }) => id)[0]).toBe('a');
  expect(page.next).toBeDefined();
  const { body: rest } = await call<ConversationPage>(gateway, `?limit=2&before=${page.next}`);
  expect([...page.conversations, ...rest.conversations].map(({ id }) => id).sort()).toEqual(['a', 'b', 'c']);
  expect(rest.next).toBeUndefined();
  await say1(gateway, 'q', 'Where do salmon spawn?', { conversation: 'b' });
  const { body: found } = await call<ConversationPage>(gateway, '?q=salm');
  expect(found.conversations).toMatchObject([{ id: 'b', match: { text: 'Where do salmon spawn?' } }]);
  for (const [path, method, body] of [
    ['/a', 'GET'],
    ['/a', 'PATCH', { title: 'mine now' }],
    ['/a', 'DELETE'],
    ['/a?erase=1', 'DELETE'],
    ['/a/restore', 'POST'],
    ['/b/turns/x', 'GET'],
  ] as const) {
    const { status, body: error } = await call(gateway, path, method, body, 'two');
    expect({ path, status, error }).toMatchObject({
      status: 404,
      error: { error: { code: 'SB_NOT_FOUND' } },
    });
  }
  expect((await call<ConversationPage>(gateway, '', 'GET', undefined, 'two')).body.conversations).toEqual([]);
  expect(
    (await call<ConversationPage>(gateway, '?q=salm', 'GET', undefined, 'two')).body.conversations,
  ).toEqual([]);
});

test('what is deleted can be had back, until it is erased for good', async () => {
  await using gateway = await startGateway({ ...talking, tuning: byHeader });
  const first = await say1(gateway, 'q1', 'Keep this', { conversation: 'c1' });
  const { body: deleted } = await call<ConversationItem>(gateway, '/c1', 'DELETE');
  expect(deleted).toMatchObject({ state: 'deleted', restorable_until: expect.any(Number) });
  expect((await call(gateway, '/c1')).status).toBe(404);
  await using client = await openFrameSocket(gateway);
  client.send(ask('q2', 'more', { parent: first }));
  expect((await client.until('rejected')).at(-1)).toMatchObject({ error: { code: 'SB_NOT_FOUND' } });
  expect((await call<ConversationItem>(gateway, '/c1/restore', 'POST')).body).toMatchObject({
    state: 'kept',
  });
  expect((await call<ConversationTree>(gateway, '/c1')).body.tree).toHaveLength(2);
  expect((await call(gateway, '/c1?erase=1', 'DELETE')).status).toBe(204);
  expect((await call(gateway, '/c1/restore', 'POST')).status).toBe(404);
  expect((await call<ConversationPage>(gateway, '?q=keep')).body.conversations).toEqual([]);
});

test('every tab is told of what changes, from where it was', async () => {
  await using gateway = await startGateway({ ...talking, tuning: byHeader });
  await using list = await openFrameSocket(gateway);
  list.send({ type: 'watch', topic: 'conversations' });
  const all = (await list.until('changed')).at(-1);
  expect(all).toMatchObject({ topic: 'conversations', reset: true, items: [] });
  const first = await say1(gateway, 'q1', 'Hello', { conversation: 'c1' });
  let seen: ConversationItem | undefined;
  while (seen === undefined || seen.running.length > 0) {
    const frame = await list.next();
    if (frame.type === 'changed' && frame.topic === 'conversations') seen = frame.items.at(-1);
  }
  expect(seen).toMatchObject({ id: 'c1', title: 'Hello', turns: 2, leaf: first, state: 'kept' });

  await using tab = await openFrameSocket(gateway);
  tab.send({ type: 'watch', topic: 'conversation:c1', after: seen.rev, ref: 1 });
  expect((await tab.until('ok')).at(-1)).toMatchObject({ ref: 1, rev: seen.rev });
  await call(gateway, '/c1', 'PATCH', { title: 'Renamed' });
  expect(await tab.next()).toMatchObject({
    type: 'changed',
    topic: 'conversation:c1',
    conversation: { title: 'Renamed' },
    items: [],
  });
  await call(gateway, '/c1?erase=1', 'DELETE');
  expect(await tab.next()).toMatchObject({ type: 'error', error: { code: 'SB_NOT_FOUND' } });
  let gone: ConversationItem | undefined;
  while (gone?.state !== 'gone') {
    const frame = await list.next();
    if (frame.type === 'changed' && frame.topic === 'conversations') gone = frame.items.at(-1);
  }
  expect(gone).toMatchObject({ id: 'c1', title: '' });
});

test('who reads over HTTP is told of changes too, from where it was, until the server stops', async () => {
  await using gateway = await startGateway({ ...talking, tuning: byHeader });
  const watch = (query: string, headers: Readonly<Record<string, string>> = {}) =>
    fetch(`${gateway.url}/streambed/v1/changes?${query}`, { headers: { 'x-user': 'one', ...headers } });
  const first = await say1(gateway, 'q1', 'Hello', { conversation: 'c1' });
  const { body: tree } = await call<ConversationTree>(gateway, '/c1');
  const response = await watch(`topic=conversation:c1&after=${tree.rev}`);
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  const events = readServerSentEvents(response.body as ReadableStream<Uint8Array>);
  await call(gateway, '/c1', 'PATCH', { leaf: first, title: 'Named' });
  const { value } = await events.next();
  expect(value).toMatchObject({ name: 'changed', id: expect.stringMatching(/^\d+$/) });
  expect(JSON.parse(value?.data ?? '')).toMatchObject({ conversation: { title: 'Named' }, items: [] });
  expect((await watch('topic=conversation:c1', { 'x-user': 'two' })).status).toBe(404);
  expect((await watch('topic=weather')).status).toBe(400);
  expect((await watch('topic=conversations&after=x')).status).toBe(400);
  await gateway.server.stop();
  expect((await events.next()).done).toBe(true);
});

test('deleting cancels what runs; erasing takes what was said from everywhere', async () => {
  const script: Script = () =>
    failing(say(Array.from({ length: 40 }, (_, n) => `word${n} `)), { type: 'stall', after: 20 });
  await using gateway = await startGateway({ emulator: { script }, tuning: byHeader });
  await using client = await openFrameSocket(gateway);
  for (const [id, path] of [
    ['deleted', ''],
    ['erased', '?erase=1'],
  ] as const) {
    client.send(ask(id, 'Go', { conversation: id }));
    const accepted = (await untilText(client, 20)).find(({ type }) => type === 'accepted');
    const generation = accepted?.type === 'accepted' ? accepted.generation : '';
    const [{ status }, frames] = await Promise.all([
      call(gateway, `/${id}${path}`, 'DELETE'),
      client.untilStop(),
    ]);
    expect(status).toBe(path === '' ? 200 : 204);
    expect(stopOf(frames).state).toBe('cancelled');
    await gateway.emulator.idle();
    client.send({ type: 'attach', generation, ref: id });
    if (path === '') {
      await client.untilStop();
      await call(gateway, `/${id}/restore`, 'POST');
      const { body } = await call<ConversationTree>(gateway, `/${id}`);
      expect(body.tree.at(-1)).toMatchObject({ id: generation, answer: { state: 'cancelled' } });
    } else {
      expect((await client.until('error')).at(-1)).toMatchObject({ error: { type: 'not_found' } });
    }
  }
});
