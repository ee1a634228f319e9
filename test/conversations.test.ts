import { failing, type Script, say } from '@streambed/bedrock-emulator';
import { createClient } from '@streambed/client';
import {
  type Conversations,
  createConversations,
  type HeldConversation,
} from '@streambed/client/conversations';
import { expect, test } from 'vitest';
import { type Gateway, startGateway } from '../apps/server/test/gateway.ts';
import { until } from './support/until.ts';

const words = Array.from({ length: 40 }, (_, index) => `word${index} `);
const whole = words.join('');

/** A tab: a client of its own, and what it knows of conversations. */
function openTab({ url }: Gateway): { readonly list: Conversations } & Disposable {
  const client = createClient({ url });
  const list = createConversations(client);
  return {
    list,
    [Symbol.dispose]: () => {
      list.close();
      client.close();
    },
  };
}

const answered = (conversation: HeldConversation, count: number) =>
  until(
    conversation,
    ({ turns, running, item }) => turns.length === count && !running && item?.running.length === 0,
  );

function textOf(conversation: HeldConversation): readonly string[] {
  return conversation
    .get()
    .turns.map(({ answer }) => answer.message.content.map((block) => String(block.text ?? '')).join(''));
}

test('a conversation is the same in two tabs: questions, answers, versions, the branch that is shown', async () => {
  await using gateway = await startGateway({
    emulator: { script: ({ prompt }) => say([`You said: ${prompt}`]) },
  });
  using one = openTab(gateway);
  const mine = one.list.open();
  expect(mine.get().phase).toBe('new');
  expect(mine.ask({ prompt: 'First', model: 'anthropic' })).toBe(true);
  await answered(mine, 1);
  expect(mine.get()).toMatchObject({ phase: 'kept', item: { title: 'First' } });

  using two = openTab(gateway);
  const { items } = await until(two.list, ({ ready }) => ready);
  expect(items).toMatchObject([{ id: mine.id, title: 'First' }]);
  const theirs = two.list.open(mine.id);
  await answered(theirs, 1);
  expect(theirs.get().turns[0]).toMatchObject({ prompt: 'First', model: 'anthropic' });
  expect(textOf(theirs)).toEqual(['You said: First']);

  theirs.ask({ prompt: 'Second', model: 'llama3' });
  await answered(mine, 2);
  expect(textOf(mine)).toEqual(['You said: First', 'You said: Second']);

  mine.retry();
  await answered(mine, 2);
  const { turns } = mine.get();
  expect(turns[1]?.answers.keys).toHaveLength(2);
  expect(turns[1]?.questions.keys).toHaveLength(1);
  mine.edit(turns[1]?.key ?? '', { prompt: 'Other', model: 'anthropic' });
  await answered(mine, 2);
  expect(mine.get().turns[1]?.questions.keys).toHaveLength(2);
  expect(textOf(mine)).toEqual(['You said: First', 'You said: Other']);

  using three = openTab(gateway);
  const late = three.list.open(mine.id);
  await answered(late, 2);
  expect(textOf(late)).toEqual(['You said: First', 'You said: Other']);
  expect(late.answers()).toHaveLength(4);
});

test('a conversation that is opened while its answer runs shows it running; stop works from the other tab', async () => {
  await using gateway = await startGateway({
    emulator: { script: () => failing(say(words), { type: 'stall', after: 20 }) },
  });
  using one = openTab(gateway);
  const mine = one.list.open();
  mine.ask({ prompt: 'Go', model: 'anthropic' });
  await until(mine, () => textOf(mine).join('').length > 20);
  using two = openTab(gateway);
  const theirs = two.list.open(mine.id);
  await until(theirs, ({ running }) => running && textOf(theirs).join('').length > 20);
  theirs.stop();
  await answered(mine, 1);
  expect(mine.get().turns[0]?.answer.phase).toBe('cancelled');
  await answered(theirs, 1);
  expect(textOf(theirs)).toEqual(textOf(mine));
  expect(whole.startsWith(textOf(mine)[0] ?? '-')).toBe(true);
});

test('a list is renamed, pinned, searched, deleted and had back, for every tab', async () => {
  await using gateway = await startGateway({ emulator: { script: () => say(words) } });
  using one = openTab(gateway);
  using two = openTab(gateway);
  const mine = one.list.open();
  mine.ask({ prompt: 'About salmon', model: 'anthropic' });
  await answered(mine, 1);
  await one.list.rename(mine.id, 'Fish');
  await one.list.pin(mine.id, true);
  await until(two.list, ({ items }) => items[0]?.title === 'Fish' && items[0].pinned);
  const found = await two.list.api.page({ query: 'salmon' });
  expect(found.conversations).toMatchObject([{ id: mine.id, match: { text: 'About salmon' } }]);
  await two.list.remove(mine.id);
  await until(one.list, ({ items, deleted }) => items.length === 0 && deleted.length === 1);
  await until(mine, ({ phase }) => phase === 'gone');
  await one.list.restore(mine.id);
  await until(two.list, ({ items }) => items.length === 1);
  await one.list.erase(mine.id);
  await until(two.list, ({ items, deleted }) => items.length + deleted.length === 0);
});

test('what was cut off is gone on with, as a turn of its own; an answer to that is told both', async () => {
  const script: Script = ({ turn }) => {
    if (turn.messages.at(-1)?.role === 'assistant') return say(' and the rest.');
    return failing(say(['It ', 'begins', ' well']), { type: 'cut', at: 'mid-frame', after: 6 });
  };
  await using gateway = await startGateway({ emulator: { script } });
  using one = openTab(gateway);
  const mine = one.list.open();
  mine.ask({ prompt: 'Go', model: 'anthropic' });
  await answered(mine, 1);
  expect(mine.get().turns[0]?.answer.phase).toBe('failed');
  expect(mine.continue()).toBe(true);
  await answered(mine, 2);
  expect(mine.get().turns[1]).toMatchObject({ prompt: '', answer: { phase: 'completed' } });
  using two = openTab(gateway);
  const theirs = two.list.open(mine.id);
  await answered(theirs, 2);
  expect(theirs.get().turns[1]).toMatchObject({ prompt: '', continues: 'prefill' });
  expect(textOf(theirs)[1]).toBe(' and the rest.');
});

test('a question that had not left its page is asked by the next one, once', async () => {
  await using gateway = await startGateway({
    emulator: { script: ({ prompt }) => say(`You said: ${prompt}`) },
  });
  // A page without a line: its question waits.
  const client = createClient({ url: 'http://127.0.0.1:1' });
  const before = createConversations(client).open();
  before.ask({ prompt: 'Hello', model: 'anthropic' });
  const pending = before.pending();
  expect(pending).toMatchObject([{ prompt: 'Hello' }]);
  client.close();
  using page = openTab(gateway);
  using twin = openTab(gateway);
  const [one, two] = [page, twin].map(({ list }) => list.open(before.id, structuredClone(pending)));
  await answered(one as HeldConversation, 1);
  await answered(two as HeldConversation, 1);
  expect(textOf(one as HeldConversation)).toEqual(['You said: Hello']);
  expect((two as HeldConversation).pending()).toEqual([]);
  expect(gateway.emulator.requests).toHaveLength(1);
});

test('compared, several models answer one question at once; one is gone on with, the others stay as versions', async () => {
  const script: Script = ({ path, prompt }) =>
    path.includes('llama')
      ? failing(say('It begins'), { type: 'exception', name: 'throttlingException' })
      : say(`I heard ${prompt}`);
  await using gateway = await startGateway({ emulator: { script } });
  using one = openTab(gateway);
  const mine = one.list.open();
  const models = ['no-such-model', 'anthropic', 'llama3', 'nova-pro'];
  const keys = mine.compare(models.map((model) => ({ prompt: 'Which?', model })));
  expect(keys).toHaveLength(4);
  expect(mine.compare([{ prompt: 'Again', model: 'anthropic' }]), 'while they run').toEqual([]);
  const seen = keys.map((key) => mine.turn(key));
  const states = () => seen.map((turn) => turn.get()?.answer.phase);
  await until(mine, ({ item }) => item?.running.length === 0);
  expect(states()).toEqual(['failed', 'completed', 'failed', 'completed']);
  expect(seen[0]?.get()?.answer.stop?.error?.code).toBe('SB_UNKNOWN_MODEL');
  for (const turn of seen) expect(turn.get()?.answers.keys.toSorted()).toEqual(keys.toSorted());

  // The one that the server never took is asked anew, in the same place.
  const again = mine.askBeside(keys[0] ?? '', { model: 'nova-lite' }) ?? '';
  await until(mine.turn(again), (turn) => turn?.answer.phase === 'completed');
  using two = openTab(gateway);
  const theirs = two.list.open(mine.id);
  await answered(theirs, 1);
  expect(theirs.get().turns[0]?.answers.keys).toEqual([keys[1], keys[2], keys[3], again]);

  mine.show(keys[1] ?? '');
  mine.ask({ prompt: 'Go on', model: 'anthropic' });
  await answered(mine, 2);
  expect(mine.get().turns[0]?.key).toBe(keys[1]);
  expect(JSON.parse(gateway.emulator.requests.at(-1)?.body ?? '')).toMatchObject({
    messages: [{ role: 'user' }, { role: 'assistant' }, { role: 'user' }],
  });
});

test('where WebSockets are blocked it is the same, a little later', async () => {
  await using gateway = await startGateway({
    emulator: { script: ({ prompt }) => say(`You said: ${prompt}`) },
  });
  using one = openTab(gateway);
  const client = createClient({
    url: gateway.url,
    openSocket: () => {
      throw new Error('blocked');
    },
  });
  using list = createConversations(client);
  const mine = list.open();
  mine.ask({ prompt: 'First', model: 'anthropic' });
  await answered(mine, 1);
  const theirs = one.list.open(mine.id);
  await answered(theirs, 1);
  theirs.ask({ prompt: 'Second', model: 'anthropic' });
  await answered(mine, 2);
  expect(textOf(mine)).toEqual(['You said: First', 'You said: Second']);
  client.close();
}, 60_000);
