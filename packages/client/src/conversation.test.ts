import { emptyMessage } from '@streambed/protocol';
import { expect, test } from 'vitest';
import { createConversation, type SavedConversation } from './conversation.ts';
import type { Generation } from './generation.ts';
import type { GenerationSnapshot } from './snapshot.ts';
import { createStore } from './store.ts';
import { toMessages } from './turn-messages.ts';

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

/** Three turns, then the second asked anew and answered twice. */
function branched() {
  const set = setUp();
  const { conversation, running } = set;
  for (const prompt of ['One?', 'Two?', 'Three?']) {
    conversation.ask({ prompt, model: 'm' });
    running.at(-1)?.store.set(answer(`${prompt}!`));
  }
  const [, second] = conversation.get().turns;
  conversation.edit(second?.key ?? '', { prompt: 'Zwei?', model: 'm' });
  running.at(-1)?.store.set(answer('Zwei!'));
  conversation.retry({ model: 'n' });
  running.at(-1)?.store.set(answer('Deux!'));
  return set;
}
const said = (conversation: ReturnType<typeof setUp>['conversation']) =>
  conversation.get().turns.map(({ prompt, model }) => `${prompt} ${model}`);

test('an edited question and another answer are branches, and all of them can be walked to', () => {
  const { conversation, asked } = branched();
  expect(said(conversation)).toEqual(['One? m', 'Zwei? n']);
  expect(asked.at(-1)).toMatchObject({ messages: [{}, { content: 'One?!' }, { content: 'Zwei?' }] });
  const turn = conversation.get().turns[1];
  expect(turn).toMatchObject({ questions: { place: 1 }, answers: { place: 1 } });
  conversation.show(turn?.answers.keys[0] ?? '');
  expect(said(conversation)).toEqual(['One? m', 'Zwei? m']);
  conversation.show(turn?.questions.keys[0] ?? '');
  expect(said(conversation)).toEqual(['One? m', 'Two? m', 'Three? m']);
  const [one, two] = conversation.get().turns;
  expect(one?.questions.keys).toHaveLength(1);
  expect(two).toMatchObject({ questions: { place: 0 }, answers: { keys: [two?.key], place: 0 } });
  // Going on, it goes on from what is shown.
  conversation.ask({ prompt: 'Four?', model: 'm' });
  expect(asked.at(-1)).toMatchObject({ messages: { length: 7 } });
});

test('the tree survives being kept, and so does the branch that was shown', () => {
  const { conversation } = branched();
  const first = conversation.get().turns[1]?.questions.keys[0] ?? '';
  conversation.show(first);
  const kept = JSON.parse(JSON.stringify(conversation.save()));
  const again = setUp(kept).conversation;
  expect(again.get()).toEqual(conversation.get());
  again.show(again.get().turns[1]?.questions.keys[1] ?? '');
  expect(said(again)).toEqual(['One? m', 'Zwei? n']);
  again.ask({ prompt: 'More?', model: 'm' });
  expect(new Set(again.save().turns.map(({ key }) => key)).size).toBe(6);
});

test('an answer on its way goes on while another branch is shown', () => {
  const { conversation, running } = branched();
  conversation.retry({});
  const other = conversation.get().turns[1]?.answers.keys[0] ?? '';
  conversation.show(other);
  running.at(-1)?.store.set(answer('late'));
  expect(conversation.get()).toMatchObject({ running: false, turns: [{}, { key: other }] });
  conversation.show(conversation.get().turns[1]?.answers.keys[2] ?? '');
  expect(conversation.get().turns[1]?.answer.message.content).toMatchObject([{ text: 'late' }]);
});

test('images and documents stand before the words, and settings go with the request', () => {
  const { conversation, asked } = setUp();
  const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AA==' } } as const;
  conversation.ask({ prompt: 'What is it?', model: 'm', attachments: [image], settings: { max_tokens: 9 } });
  expect(asked[0]).toEqual({
    model: 'm',
    max_tokens: 9,
    stream: true,
    messages: [{ role: 'user', content: [image, { type: 'text', text: 'What is it?' }] }],
  });
});
