import type { ContentBlock, MessagesRequest } from '@streambed/protocol';
import type { Generation } from './generation.ts';
import type { AttachOptions, GenerateOptions } from './generation-order.ts';
import { shownTurns } from './shown-turns.ts';
import { type GenerationSnapshot, isEnded } from './snapshot.ts';
import { createStore, type Readable } from './store.ts';
import { toMessages } from './turn-messages.ts';
import { type Branch, newestBelow, pathTo, type Versions } from './turn-tree.ts';

/** What to ask, and whom. */
export interface Question {
  readonly prompt: string;
  readonly model: string;
  readonly stream?: boolean | undefined;
  /** Images and documents; they stand before the prompt. */
  readonly attachments?: readonly ContentBlock[] | undefined;
  /** Whatever else the request shall say: `system`, `max_tokens`, `thinking`, … */
  readonly settings?: Partial<Omit<MessagesRequest, 'messages' | 'model'>> | undefined;
}

/** A question and its answer. */
export interface Turn extends Question {
  readonly key: string;
  readonly stream: boolean;
  readonly answer: GenerationSnapshot;
  /** It goes on with the answer before it, from its very words or because it was asked to: there is no question. */
  readonly continues?: 'prefill' | 'asked' | undefined;
  /** The wordings of the question that were asked in this place, and the answers to this wording. */
  readonly questions: Versions;
  readonly answers: Versions;
}

export interface ConversationState {
  /** The turns of the branch that is shown. */
  readonly turns: readonly Turn[];
  /** Whether an answer is on its way. */
  readonly running: boolean;
}

/** A tree of turns, one answer at a time. What can't be done now (an answer is on its way) is answered with false. */
export interface Conversation extends Readable<ConversationState> {
  /** Asks, after the turns that are shown; false also where there is nothing to ask. */
  ask(question: Question): boolean;
  /** Asks another question in place of the turn `key`: a new branch, the old one stays. */
  edit(key: string, question: Question): boolean;
  /** Another answer to the same question (of the last turn by default), of the same model or another; the old one stays. */
  retry(
    change?: Partial<Pick<Question, 'model' | 'stream' | 'settings'>> & { readonly key?: string },
  ): boolean;
  /** Shows the branch with the turn `key`, down to what was last said there. */
  show(key: string): void;
  /** Every answer there is, on all branches, in the order they were asked for. */
  answers(): readonly GenerationSnapshot[];
  /** Stops the answer on its way; what was written stays. */
  stop(): void;
  /** Stops, and forgets everything. */
  clear(): void;
  /** What another page needs to go on with it: plain data. Of an answer on its way only its names. */
  save(): SavedConversation;
}

/** A turn as it is kept; `answer` is there once it has ended. */
export interface SavedTurn extends Question {
  readonly key: string;
  /** The turn it follows. */
  readonly after?: string | undefined;
  /** The turn whose question it asks again. */
  readonly again?: string | undefined;
  readonly stream: boolean;
  readonly id: string;
  /** The server's name for it, once it was accepted. */
  readonly generation?: string | undefined;
  readonly answer?: GenerationSnapshot | undefined;
}

/** A conversation as it is kept: all branches, and the last turn of the one that is shown. */
export interface SavedConversation {
  readonly turns: readonly SavedTurn[];
  readonly shown?: string | undefined;
}

/** What a conversation's questions and answers go through: a client. */
export interface ConversationWays {
  generate(request: MessagesRequest, options: GenerateOptions): Generation;
  attach(name: string, options: AttachOptions): Generation;
}

/** Where a new turn stands: after which one, and whose question it asks again. */
type Place = Pick<Branch<Asked>, 'after' | 'again'>;
type Asked = Question & { readonly stream: boolean };

/** Makes a conversation: empty, or going on with what was saved. An answer that was on its way is picked up. */
export function createConversation(ways: ConversationWays, saved?: SavedConversation): Conversation {
  const store = createStore<ConversationState>({ turns: [], running: false });
  const branches = new Map<string, Branch<Asked>>();
  let current: { readonly key: string; readonly generation: Generation } | undefined;
  let made = 0;

  /** Shows the turns that lead to `key`. Turns that are the same keep their identity. */
  const show = (key: string | undefined, running = current !== undefined) => {
    const turns = shownTurns(branches, key, store.get().turns);
    store.set({ turns, running });
  };

  const requestOf = ({ model, settings, ...asked }: Asked, after: string | undefined): MessagesRequest => ({
    ...settings,
    model,
    messages: toMessages([
      ...pathTo(branches, after).map(({ question, answer }) => ({ ...question, answer })),
      { ...asked, answer: undefined },
    ]),
  });

  const ask = (question: Question, place: Place): boolean => {
    const { prompt, model, attachments = [], stream = true } = question;
    if (current !== undefined || model === '' || (prompt.trim() === '' && attachments.length === 0))
      return false;
    made += 1;
    const asked = { ...question, stream };
    follow(`turn-${made}`, asked, place, ways.generate(requestOf(asked, place.after), { stream }));
    return true;
  };

  const follow = (key: string, question: Asked, place: Place, generation: Generation) => {
    branches.set(key, { key, ...place, question, answer: generation.get() });
    current = { key, generation };
    show(key);
    const publish = () => {
      const branch = branches.get(key);
      if (branch === undefined || current?.generation !== generation) return;
      const answer = generation.get();
      branches.set(key, { ...branch, answer });
      if (isEnded(answer.phase)) current = undefined;
      // Somebody may look at another branch meanwhile.
      const { turns } = store.get();
      const at = turns.findIndex((turn) => turn.key === key);
      const turn = turns[at];
      store.set({
        turns: turn === undefined ? turns : turns.with(at, { ...turn, answer }),
        running: current !== undefined,
      });
    };
    generation.subscribe(publish);
    publish();
  };

  const restore = ({ turns, shown }: SavedConversation) => {
    made = turns.length;
    for (const { key, after, again, id, generation, answer, ...question } of turns) {
      const place = { after, again };
      if (answer !== undefined) branches.set(key, { key, ...place, question, answer });
      // Only one can be on its way. Not accepted when it was saved: the question may never have left.
      else if (current === undefined) {
        const asked =
          generation === undefined ? { request: requestOf(question, after), stream: question.stream } : {};
        follow(key, question, place, ways.attach(generation ?? id, asked));
      }
    }
    show(shown ?? turns.at(-1)?.key);
  };
  if (saved !== undefined) restore(saved);

  const find = (key = store.get().turns.at(-1)?.key) => (key === undefined ? undefined : branches.get(key));

  return {
    get: store.get,
    subscribe: store.subscribe,
    ask: (question) => ask(question, { after: store.get().turns.at(-1)?.key, again: undefined }),
    edit: (key, question) => {
      const branch = find(key);
      return branch !== undefined && ask(question, { after: branch.after, again: undefined });
    },
    retry: ({ key, ...change } = {}) => {
      const branch = find(key);
      return (
        branch !== undefined &&
        ask({ ...branch.question, ...change }, { after: branch.after, again: branch.again ?? branch.key })
      );
    },
    show: (key) => show(newestBelow(branches, key)),
    answers: () => Array.from(branches.values(), ({ answer }) => answer),
    stop: () => current?.generation.cancel(),
    clear: () => {
      const stopping = current?.generation;
      current = undefined;
      branches.clear();
      stopping?.cancel();
      store.set({ turns: [], running: false });
    },
    save: () => ({
      shown: store.get().turns.at(-1)?.key,
      turns: [...branches.values()].map(({ key, after, again, question, answer }) => {
        const { id, generation, phase } = answer;
        return {
          key,
          after,
          again,
          ...question,
          id,
          generation,
          answer: isEnded(phase) ? answer : undefined,
        };
      }),
    }),
  };
}
