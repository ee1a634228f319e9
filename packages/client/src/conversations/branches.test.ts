import type { ConversationTurn } from '@streambed/protocol/conversations';
import { expect, test } from 'vitest';
import { pathTo, versionsOf } from '../turn-tree.ts';
import { toBranches } from './branches.ts';

let at = 0;
const question = (
  id: string,
  parent: string | undefined,
  content: ConversationTurn['content'],
): ConversationTurn => {
  at += 1;
  return {
    id,
    ...(parent !== undefined && { parent }),
    role: 'user',
    rev: at,
    created_at: at,
    ...(content && { content }),
  };
};
const answer = (id: string, parent: string, more: object = {}): ConversationTurn => {
  at += 1;
  return {
    id,
    parent,
    role: 'assistant',
    rev: at,
    created_at: at,
    answer: { id: `own-${id}` as never, state: 'completed', model: 'm', settings: 's', ...more },
  };
};
const tree = (...turns: readonly ConversationTurn[]) =>
  toBranches(new Map(turns.map((turn) => [turn.id, turn])), { s: { model: 'm', system: 'Be brief.' } });

test('questions and answers are pairs; versions of both are told apart', () => {
  const branches = tree(
    question('q1', undefined, 'One'),
    answer('a1', 'q1'),
    question('q2', 'a1', 'Two'),
    answer('a2', 'q2'),
    answer('a2b', 'q2'),
    question('q3', 'a1', 'Other'),
    answer('a3', 'q3'),
  );
  expect(pathTo(branches, 'own-a2b').map(({ key, question: asked }) => [key, asked.prompt])).toEqual([
    ['own-a1', 'One'],
    ['own-a2b', 'Two'],
  ]);
  const second = branches.get('own-a2b');
  if (second === undefined) throw new Error('it is missing');
  expect(second.question.settings).toEqual({ system: 'Be brief.' });
  expect(versionsOf(branches, second)).toEqual({
    questions: { keys: ['own-a2b', 'own-a3'], place: 0 },
    answers: { keys: ['own-a2', 'own-a2b'], place: 1 },
  });
});

test('attachments stand apart from what was typed; what goes on has no question', () => {
  const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AA==' } } as const;
  const branches = tree(
    question('q1', undefined, [image, { type: 'text', text: 'What is it?' }]),
    answer('a1', 'q1', { state: 'interrupted' }),
    answer('a2', 'a1', { continues: 'asked', state: 'running' }),
  );
  expect(branches.get('own-a1')?.question).toMatchObject({ prompt: 'What is it?', attachments: [image] });
  expect(branches.get('own-a1')?.answer.phase).toBe('interrupted');
  expect(branches.get('own-a2')).toMatchObject({
    after: 'own-a1',
    question: { prompt: '', continues: 'asked' },
    answer: { phase: 'waiting' },
  });
});

test('a tree that somebody has spoilt is shown as far as it goes', () => {
  const branches = tree(
    question('q1', 'q2', 'One'),
    question('q2', 'q1', 'Two'),
    answer('a1', 'q2'),
    answer('a2', 'nobody'),
  );
  expect([...branches.keys()]).toEqual(['own-a1', 'own-a2']);
});
