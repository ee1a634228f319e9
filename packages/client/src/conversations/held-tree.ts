import type { ConversationTurn, RequestSettings } from '@streambed/protocol/conversations';
import type { Turn } from '../conversation.ts';
import type { Generation } from '../generation.ts';
import { shownTurns, toTurn } from '../shown-turns.ts';
import { type GenerationSnapshot, isEnded } from '../snapshot.ts';
import { answersTools } from '../turn-messages.ts';
import { type Branch, newestBelow, pathTo, questionOf, type Tree } from '../turn-tree.ts';
import { type AskedQuestion, keyOf, toBranches } from './branches.ts';
import type { PendingQuestion } from './held-types.ts';

/** An answer that is followed here. */
interface Live {
  readonly generation: Generation;
  readonly branch: Branch<AskedQuestion>;
  readonly pending: PendingQuestion | undefined;
}

/** The tree of a kept conversation as it is known here: what the server keeps, and over it what is followed live. */
export class HeldTree {
  readonly #turns = new Map<string, ConversationTurn>();
  readonly #live = new Map<string, Live>();
  #settings: Readonly<Record<string, RequestSettings>> = {};
  #branches = new Map<string, Branch<AskedQuestion>>();
  /** The end of the branch that is shown. */
  #shown: string | undefined;

  get branches(): Tree<AskedQuestion> {
    return this.#branches;
  }

  /** Takes in what the server says. Gives back the turns that came without what they say. */
  take(
    changed: readonly ConversationTurn[],
    settings: Readonly<Record<string, RequestSettings>> = {},
  ): readonly string[] {
    this.#settings = { ...this.#settings, ...settings };
    for (const turn of changed) {
      this.#turns.set(turn.id, turn);
      const here = this.#live.get(keyOf(turn))?.generation.get();
      const state = turn.answer?.state;
      // What was seen here is kept, with all that is known of it, unless the server knows better.
      const isOver = state !== undefined && state !== 'running';
      if (isOver && here !== undefined && isEnded(here.phase) && here.phase !== state)
        this.#live.delete(keyOf(turn));
    }
    this.#build();
    return changed.filter(saysNothing).map(({ id }) => id);
  }

  /** The answers that run on the server and are not followed here. */
  unfollowed(): readonly Branch<AskedQuestion>[] {
    const running = [...this.#turns.values()].filter(({ answer }) => answer?.state === 'running');
    return running.map(keyOf).flatMap((key) => {
      const branch = this.#branches.get(key);
      return branch === undefined || this.#live.has(key) ? [] : [branch];
    });
  }

  /** From now on an answer is what is followed here. */
  follow(branch: Branch<AskedQuestion>, generation: Generation, pending?: PendingQuestion): void {
    this.#live.set(branch.key, { generation, branch, pending });
    this.#build();
  }

  followed(key: string): Generation | undefined {
    return this.#live.get(key)?.generation;
  }

  /** A token more: all else stays as it is. */
  grow(key: string, answer: GenerationSnapshot): void {
    const branch = this.#branches.get(key);
    if (branch !== undefined) this.#branches.set(key, { ...branch, answer });
  }

  /** Forgets a question that the server never took: it is asked anew, not again. */
  dropUnaccepted({ key, answer }: Branch<AskedQuestion>): boolean {
    if (answer.generation !== undefined || !isEnded(answer.phase)) return false;
    this.#live.delete(key);
    this.#build();
    return true;
  }

  /** The questions on their way that the server hasn't taken yet. */
  pending(): readonly PendingQuestion[] {
    return [...this.#live.values()].flatMap(({ generation, pending }) => {
      const { generation: name, phase } = generation.get();
      return pending !== undefined && name === undefined && !isEnded(phase) ? [pending] : [];
    });
  }

  /** Shows the branch with a turn, down to what was last said there. Gives back its end. */
  show(key: string): Branch<AskedQuestion> | undefined {
    this.#shown = newestBelow(this.#branches, key);
    return this.#branches.get(this.#shown);
  }

  /** Another tab has said something: where this one is at the end of what that follows, it goes along. */
  goAlong(leaf: string): void {
    const turn = this.#turns.get(leaf);
    if (turn === undefined) return;
    const path = pathTo(this.#branches, keyOf(turn));
    if (this.#shown === undefined || path.some(({ after }) => after === this.#shown))
      this.#shown = keyOf(turn);
  }

  /** The turns that are shown; those that are as they were `before` keep their identity. */
  turns(before: readonly Turn[]): readonly Turn[] {
    if (this.#shown === undefined || !this.#branches.has(this.#shown)) {
      this.#shown = [...this.#branches.keys()].at(-1);
    }
    return shownTurns(this.#branches, this.#shown, before);
  }

  /** A turn of any branch; what was `before`, where nothing changed. */
  turn(key: string, before: Turn | undefined): Turn | undefined {
    const branch = this.#branches.get(key);
    return branch && toTurn(this.#branches, branch, before);
  }

  /** The generation of a turn, or of the nearest one before it that the server has. */
  generationOf(key: string | undefined): string | undefined {
    const path = pathTo(this.#branches, key);
    return path.findLast(({ answer }) => answer.generation !== undefined)?.answer.generation;
  }

  /** Whether tool calls that the turn `after` ended on have an answer. */
  hasToolAnswer(after: string | undefined): boolean {
    return [...this.#branches.values()].some(
      (branch) => branch.after === after && answersTools(branch.question),
    );
  }

  #build(): void {
    this.#branches = toBranches(this.#turns, this.#settings);
    /** What was asked together stays together, also where the server refused the first of it. */
    const firsts = new Map<string, string>();
    for (const { branch } of this.#live.values()) {
      const known = this.#branches.get(branch.key);
      if (known !== undefined) firsts.set(questionOf(branch), questionOf(known));
    }
    for (const [key, { generation, branch }] of this.#live) {
      const known = this.#branches.get(key);
      const answer = preferred(generation.get(), known?.answer);
      const unknown = { ...branch, again: firsts.get(questionOf(branch)) ?? branch.again };
      this.#branches.set(key, { ...(known ?? unknown), answer });
    }
  }
}

/** What is known of one answer from two sides. */
function preferred(here: GenerationSnapshot, kept: GenerationSnapshot | undefined): GenerationSnapshot {
  if (kept === undefined || !isEnded(kept.phase)) return here;
  return here.phase === kept.phase ? here : kept;
}

/** In a frame it was too large for. */
function saysNothing({ content, answer }: ConversationTurn): boolean {
  if (answer === undefined) return content === undefined;
  return answer.message === undefined && answer.state === 'completed';
}
