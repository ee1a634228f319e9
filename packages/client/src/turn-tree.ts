import type { GenerationSnapshot } from './snapshot.ts';

/** A turn of a conversation's tree. `Q` is what was asked. */
export interface Branch<Q> {
  readonly key: string;
  /** The turn it follows; none at the beginning. */
  readonly after: string | undefined;
  /** The first turn with this question in this place, where it was asked again. */
  readonly again: string | undefined;
  readonly question: Q;
  readonly answer: GenerationSnapshot;
}

/** All turns by their keys, in the order they were asked. */
export type Tree<Q> = ReadonlyMap<string, Branch<Q>>;

/** One of several, each named by the turn that shows it. */
export interface Versions {
  readonly keys: readonly string[];
  /** Which of them this is, from 0. */
  readonly place: number;
}

/** The turns that lead to `key`, and it, from the first on. */
export function pathTo<Q>(tree: Tree<Q>, key: string | undefined): readonly Branch<Q>[] {
  const path = new Set<Branch<Q>>();
  let branch = key === undefined ? undefined : tree.get(key);
  // A cycle can only come from what somebody else kept.
  while (branch !== undefined && !path.has(branch)) {
    path.add(branch);
    branch = branch.after === undefined ? undefined : tree.get(branch.after);
  }
  return [...path].reverse();
}

/** What was last said below `key`, on any branch; `key` itself where nothing follows. */
export function newestBelow<Q>(tree: Tree<Q>, key: string): string {
  const below = new Set([key]);
  // Whoever follows was asked later: one pass, in the order of asking, finds all.
  for (const branch of tree.values()) {
    if (branch.after !== undefined && below.has(branch.after)) below.add(branch.key);
  }
  return [...below].at(-1) ?? key;
}

/** What is the same for all answers to one wording in one place: the key of the first of them. */
export function questionOf<Q>({ again, key }: Branch<Q>): string {
  return again ?? key;
}

/** The wordings of the question in the place of `branch`, and the answers to its wording. */
export function versionsOf<Q>(
  tree: Tree<Q>,
  branch: Branch<Q>,
): { readonly questions: Versions; readonly answers: Versions } {
  const mine = questionOf(branch);
  const questions = new Map<string, string>();
  const answers: string[] = [];
  for (const one of tree.values()) {
    if (one.after !== branch.after) continue;
    questions.set(questionOf(one), one.key);
    if (questionOf(one) === mine) answers.push(one.key);
  }
  return {
    questions: { keys: [...questions.values()], place: [...questions.keys()].indexOf(mine) },
    answers: { keys: answers, place: answers.indexOf(branch.key) },
  };
}
