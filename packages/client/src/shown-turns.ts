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
  const turns = pathTo(tree, key).map((branch): Turn => {
    const versions = versionsOf(tree, branch);
    const same = known.get(branch.key);
    const isSame =
      same?.answer === branch.answer &&
      same.questions.keys.length === versions.questions.keys.length &&
      same.answers.keys.length === versions.answers.keys.length;
    return isSame ? same : { ...branch.question, key: branch.key, answer: branch.answer, ...versions };
  });
  const isSame = turns.length === before.length && turns.every((turn, place) => turn === before[place]);
  return isSame ? before : turns;
}
