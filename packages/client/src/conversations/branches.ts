import type { ContentBlock } from '@streambed/protocol';
import type { ConversationTurn, RequestSettings } from '@streambed/protocol/conversations';
import { emptyMessage } from '@streambed/protocol/fold';
import type { Question } from '../conversation.ts';
import type { GenerationSnapshot } from '../snapshot.ts';
import type { Branch } from '../turn-tree.ts';

/** A question as it was asked; none where an answer goes on with the one before it. */
export interface AskedQuestion extends Question {
  readonly stream: boolean;
  readonly continues?: 'prefill' | 'asked' | undefined;
}

/** The turns of a kept conversation as questions and their answers, by their keys, in the order they were asked. */
export function toBranches(
  turns: ReadonlyMap<string, ConversationTurn>,
  settings: Readonly<Record<string, RequestSettings>>,
): Map<string, Branch<AskedQuestion>> {
  const branches = new Map<string, Branch<AskedQuestion>>();
  /** The first answer in each place. */
  const firsts = new Map<string, string>();
  const answers = [...turns.values()].filter(({ role }) => role === 'assistant').sort(inOrder);
  for (const turn of answers) {
    const { said, before } = saidBefore(turns, turn);
    const place = turn.parent ?? '';
    const key = keyOf(turn);
    const again = firsts.get(place);
    if (again === undefined) firsts.set(place, key);
    const { answer } = turn;
    const asked = answer?.settings === undefined ? undefined : settings[answer.settings];
    branches.set(key, {
      key,
      after: before && keyOf(before),
      again,
      question: toQuestion(said, turn, asked),
      answer: toSnapshot(turn),
    });
  }
  return branches;
}

/** What names a turn here: the caller's own id, which it had before the server knew it. */
export function keyOf(turn: ConversationTurn): string {
  return turn.answer?.id ?? turn.id;
}

/** An answer as it is kept. */
function toSnapshot({ id, answer, content }: ConversationTurn): GenerationSnapshot {
  const { state = 'completed', message, stop } = answer ?? {};
  return {
    id: answer?.id ?? id,
    generation: id as NonNullable<GenerationSnapshot['generation']>,
    phase: state === 'running' ? 'waiting' : state === 'erased' ? 'completed' : state,
    message:
      message ?? (answer === undefined ? { ...emptyMessage, content: blocksOf(content) } : emptyMessage),
    seq: 0,
    resumed: 0,
    cancelling: false,
    stop,
  };
}

/** What was said between an answer and the one before it. */
function saidBefore(turns: ReadonlyMap<string, ConversationTurn>, turn: ConversationTurn) {
  const said: ConversationTurn[] = [];
  const seen = new Set<string>();
  let before = turn.parent === undefined ? undefined : turns.get(turn.parent);
  while (before !== undefined && before.role !== 'assistant' && !seen.has(before.id)) {
    seen.add(before.id);
    said.unshift(before);
    before = before.parent === undefined ? undefined : turns.get(before.parent);
  }
  return { said, before };
}

function toQuestion(
  said: readonly ConversationTurn[],
  { answer }: ConversationTurn,
  settings: RequestSettings | undefined,
): AskedQuestion {
  const blocks = said.flatMap(({ content }) => blocksOf(content));
  const texts = blocks.flatMap(({ type, text }) =>
    type === 'text' && typeof text === 'string' ? [text] : [],
  );
  const attachments = blocks.filter(({ type }) => type !== 'text');
  const { model: _, ...rest } = settings ?? {};
  return {
    prompt: texts.join('\n\n'),
    model: answer?.model ?? '',
    stream: true,
    ...(attachments.length > 0 && { attachments }),
    ...(Object.keys(rest).length > 0 && { settings: rest }),
    ...(answer?.continues !== undefined && { continues: answer.continues }),
  };
}

/** What is asked, as a message's content. */
export function contentOf({ prompt, attachments = [] }: Question): string | readonly ContentBlock[] {
  if (attachments.length === 0) return prompt;
  return prompt === '' ? attachments : [...attachments, { type: 'text', text: prompt }];
}

function blocksOf(content: ConversationTurn['content']): readonly ContentBlock[] {
  if (content === undefined) return [];
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}

function inOrder(one: ConversationTurn, other: ConversationTurn): number {
  // What was asked together has keys that say in which order.
  return one.created_at - other.created_at || (keyOf(one) < keyOf(other) ? -1 : 1);
}
