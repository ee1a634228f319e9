import { emptyMessage } from '@streambed/protocol';
import { expect, test } from 'vitest';
import { createConversation, toMessages } from './conversation.ts';
import type { Generation, GenerationSnapshot } from './generation.ts';
import { createStore } from './store.ts';

function answer(text: string, phase: GenerationSnapshot['phase'] = 'completed'): GenerationSnapshot {
  const content = text === '' ? [] : [{ type: 'text' as const, text }];
  const id = 'a' as GenerationSnapshot['id'];
  return {
    id,
    generation: undefined,
    phase,
    message: { ...emptyMessage, content },
    cancelling: false,
    stop: undefined,
  };
}

function setUp() {
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
  const conversation = createConversation((request, options) => {
    asked.push({ ...request, stream: options.stream });
    const made = fake();
    running.push(made);
    return made.generation;
  });
  return { asked, running, conversation };
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
