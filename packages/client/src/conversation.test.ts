import { emptyMessage } from '@streambed/protocol';
import { expect, test } from 'vitest';
import { createConversation, type SavedConversation, toMessages } from './conversation.ts';
import type { Generation } from './generation.ts';
import type { GenerationSnapshot } from './snapshot.ts';
import { createStore } from './store.ts';

function answer(text: string, phase: GenerationSnapshot['phase'] = 'completed'): GenerationSnapshot {
  const content = text === '' ? [] : [{ type: 'text' as const, text }];
  const id = 'a' as GenerationSnapshot['id'];
  return {
    id,
    generation: undefined,
    phase,
    message: { ...emptyMessage, content },
    seq: 0,
    resumed: 0,
    cancelling: false,
    stop: undefined,
  };
}

function setUp(saved?: SavedConversation) {
  const attached: unknown[] = [];
  const asked: unknown[] = [];
  const running: ReturnType<typeof fake>[] = [];
  const fake = () => {
    const store = createStore(answer('', 'waiting'));
    let cancelled = 0;
    const generation = {
      ...store,
      id: store.get().id,
      cancel: () => (cancelled += 1),
    } as unknown as Generation;
    return { store, generation, cancelled: () => cancelled };
  };
  const made = () => {
    const one = fake();
    running.push(one);
    return one.generation;
  };
  const conversation = createConversation(
    {
      generate: (request, options) => {
        asked.push({ ...request, stream: options.stream });
        return made();
      },
      attach: (name, options) => {
        attached.push({ name, ...options });
        return made();
      },
    },
    saved,
  );
  return { asked, attached, running, conversation };
}

test('one answer at a time; the next question carries what was said', () => {
  const { asked, running, conversation } = setUp();
  expect(conversation.ask({ prompt: 'One?', model: 'm' })).toBe(true);
  expect(conversation.ask({ prompt: 'Two?', model: 'm' })).toBe(false);
  running[0]?.store.set(answer('1.'));
  expect(conversation.get()).toMatchObject({
    running: false,
    turns: [{ prompt: 'One?', answer: { phase: 'completed' } }],
  });
  expect(conversation.ask({ prompt: 'Two?', model: 'n', stream: false })).toBe(true);
  expect(asked[1]).toEqual({
    model: 'n',
    stream: false,
    messages: [
      { role: 'user', content: 'One?' },
      { role: 'assistant', content: '1.' },
      { role: 'user', content: 'Two?' },
    ],
  });
});

test('trying again replaces the last answer, and turns before it keep their identity', () => {
  const { running, conversation } = setUp();
  conversation.ask({ prompt: 'One?', model: 'm' });
  running[0]?.store.set(answer('1.'));
  const [first] = conversation.get().turns;
  conversation.ask({ prompt: 'Two?', model: 'm' });
  running[1]?.store.set(answer('half', 'interrupted'));
  expect(conversation.retry({ model: 'n' })).toBe(true);
  running[2]?.store.set(answer('whole'));
  const { turns } = conversation.get();
  expect(turns.map(({ model, answer }) => [model, answer.message.content])).toEqual([
    ['m', [{ type: 'text', text: '1.' }]],
    ['n', [{ type: 'text', text: 'whole' }]],
  ]);
  expect(turns[0]).toBe(first);
});

test('clearing stops what runs, and what it still says is not heard', () => {
  const { running, conversation } = setUp();
  conversation.ask({ prompt: 'One?', model: 'm' });
  conversation.clear();
  expect(running[0]?.cancelled()).toBe(1);
  running[0]?.store.set(answer('late'));
  expect(conversation.get()).toEqual({ turns: [], running: false });
});

test('questions without an answer are joined with the next one', () => {
  expect(
    toMessages([
      { prompt: 'A', answer: answer('', 'failed') },
      { prompt: 'B', answer: answer(' b ') },
      { prompt: 'C', answer: undefined },
    ]),
  ).toEqual([
    { role: 'user', content: 'A\n\nB' },
    { role: 'assistant', content: 'b' },
    { role: 'user', content: 'C' },
  ]);
});

test('another page goes on with what was saved: what ended is there, what ran is picked up', () => {
  const first = setUp();
  first.conversation.ask({ prompt: 'One?', model: 'm' });
  first.running[0]?.store.set(answer('1.'));
  first.conversation.ask({ prompt: 'Two?', model: 'n' });
  first.running[1]?.store.set({ ...answer('2', 'writing'), generation: 'gen_2' as never });
  const kept = JSON.parse(JSON.stringify(first.conversation.save()));
  expect(JSON.stringify(kept.turns[1])).not.toContain('"text":"2"');

  const second = setUp(kept);
  expect(second.attached).toEqual([{ name: 'gen_2' }]);
  expect(second.conversation.get()).toMatchObject({
    running: true,
    turns: [
      { prompt: 'One?', answer: { phase: 'completed' } },
      { prompt: 'Two?', model: 'n' },
    ],
  });
  second.running[0]?.store.set(answer('2.'));
  expect(second.conversation.get().running).toBe(false);
  second.conversation.ask({ prompt: 'Three?', model: 'm' });
  expect(second.asked).toMatchObject([{ messages: [{}, {}, {}, {}, { content: 'Three?' }] }]);
});

test('a question that may not have left its page is asked under its own id', () => {
  const first = setUp();
  first.conversation.ask({ prompt: 'One?', model: 'm' });
  first.running[0]?.store.set(answer('', 'waiting'));
  const second = setUp(JSON.parse(JSON.stringify(first.conversation.save())));
  expect(second.attached).toEqual([
    { name: 'a', stream: true, request: { model: 'm', messages: [{ role: 'user', content: 'One?' }] } },
  ]);
});
