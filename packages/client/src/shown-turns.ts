import type { Turn } from './conversation.ts';
import { type Branch, pathTo, type Tree, versionsOf } from './turn-tree.ts';

type Asked = Branch<Omit<Turn, 'key' | 'answer' | 'questions' | 'answers'>>['question'];

/** The turns that lead to `key`, as they are shown. Those that are as they were `before` keep their identity. */
export function shownTurns(
  tree: Tree<Asked>,
  key: string | undefined,
  before: readonly Turn[],
): readonly Turn[] {
  const known = new Map(before.map((turn) => [turn.key, turn]));
  const turns = pathTo(tree, key).map((branch) => toTurn(tree, branch, known.get(branch.key)));
  const isSame = turns.length === before.length && turns.every((turn, place) => turn === before[place]);
  return isSame ? before : turns;
}

/** One turn as it is shown; what was `before`, where nothing changed. */
export function toTurn(tree: Tree<Asked>, branch: Branch<Asked>, before: Turn | undefined): Turn {
  const versions = versionsOf(tree, branch);
  const isSame =
    before?.answer === branch.answer &&
    before.questions.keys.length === versions.questions.keys.length &&
    before.answers.keys.length === versions.answers.keys.length;
  return isSame ? before : { ...branch.question, key: branch.key, answer: branch.answer, ...versions };
}
