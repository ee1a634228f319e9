import type { ContentBlock, ErrorInfo, MessagesRequest } from '@streambed/protocol';
import type { ConversationItem, ConversationTurn, RequestSettings } from '@streambed/protocol/conversations';
import type { ConversationChanged } from '@streambed/protocol/frames';
import type { Client } from '../client.ts';
import type { Conversation, ConversationState, Question, Turn } from '../conversation.ts';
import type { Generation } from '../generation.ts';
import { newId } from '../generation-order.ts';
import { HttpRefusal } from '../http.ts';
import { shownTurns } from '../shown-turns.ts';
import { type GenerationSnapshot, isEnded } from '../snapshot.ts';
import { createStore, type Readable } from '../store.ts';
import { type Branch, newestBelow } from '../turn-tree.ts';
import type { ConversationsApi } from './api.ts';
import { type AskedQuestion, keyOf, toBranches } from './branches.ts';
import { watchTopic } from './watch-topic.ts';

export interface HeldConversationState extends ConversationState {
  /**
   * `new`: the server has nothing of it yet. `loading`: it is being read. `kept`: it is shown, and stays what it is on
   * the server. `gone`: it was deleted, here or elsewhere, or there is none of that name. `failed`: see `error`.
   */
  readonly phase: 'new' | 'loading' | 'kept' | 'gone' | 'failed';
  /** Its title and all else that lists show; absent while there is nothing of it. */
  readonly item: ConversationItem | undefined;
  readonly error: ErrorInfo | undefined;
}

/** What another page needs to ask a question that may not have left this one: plain data. */
export interface PendingQuestion extends Question {
  readonly key: string;
  readonly after?: string | undefined;
  readonly again?: string | undefined;
  readonly stream: boolean;
  /** The generation that is followed. */
  readonly parent?: string | undefined;
  /** The generation that is gone on with. */
  readonly continues?: 'prefill' | 'asked' | undefined;
}

/** A conversation that the server keeps: the same in every tab. It is asked and shown as any other. */
export interface HeldConversation
  extends Omit<Conversation, 'get' | 'subscribe' | 'save' | 'clear'>,
    Readable<HeldConversationState> {
  readonly id: string;
  /** Goes on with an answer that was cut off (the last by default); it becomes a turn of its own, without a question. */
  continue(change?: Partial<Pick<Question, 'model' | 'settings'>> & { readonly key?: string }): boolean;
  /** What a page that goes away should keep: a question that the server has not accepted yet. */
  pending(): PendingQuestion | undefined;
  /** Reads it anew after a failure. */
  reload(): void;
  /** Looks no longer; what runs goes on, on the server. */
  close(): void;
}

export interface HeldOptions {
  /** Absent: a new one. */
  readonly id?: string | undefined;
  readonly pending?: PendingQuestion | undefined;
  /** Told of what lists show of it. */
  readonly onItem?: ((item: ConversationItem) => void) | undefined;
}

/** An answer that is followed here. */
interface Live {
  readonly generation: Generation;
  readonly branch: Branch<AskedQuestion>;
  readonly pending: PendingQuestion | undefined;
}

/** Opens a conversation that the server keeps, or a new one, which it keeps from the first question on. */
export function holdConversation(
  client: Pick<Client, 'connection' | 'generate' | 'attach'>,
  api: ConversationsApi,
  options: HeldOptions = {},
): HeldConversation {
  const id = options.id ?? newId();
  const isNew = options.id === undefined;
  const turns = new Map<string, ConversationTurn>();
  const live = new Map<string, Live>();
  const closing = new AbortController();
  let settings: Readonly<Record<string, RequestSettings>> = {};
  let branches = new Map<string, Branch<AskedQuestion>>();
  let shown: string | undefined;
  let stopWatching: (() => void) | undefined;
  const store = createStore<HeldConversationState>({
    phase: isNew ? 'new' : 'loading',
    item: undefined,
    error: undefined,
    turns: [],
    running: false,
  });

  const patch = (change: Partial<HeldConversationState>) => store.set({ ...store.get(), ...change });
  const isRunning = (list: readonly Turn[]) => {
    const last = list.at(-1);
    return last !== undefined && !isEnded(last.answer.phase);
  };

  /** Puts together what the server keeps and what runs here. */
  const build = () => {
    branches = toBranches(turns, settings);
    for (const [key, { generation, branch }] of live) {
      const known = branches.get(key);
      branches.set(key, { ...(known ?? branch), answer: preferred(generation.get(), known?.answer) });
    }
    if (shown === undefined || !branches.has(shown)) shown = [...branches.keys()].at(-1);
    const list = shownTurns(branches, shown, store.get().turns);
    patch({ turns: list, running: isRunning(list) });
  };

  /** A token more: the rest stays as it is. */
  const publish = (key: string, answer: GenerationSnapshot) => {
    const branch = branches.get(key);
    if (branch === undefined) return;
    branches.set(key, { ...branch, answer });
    const list = store.get().turns;
    const at = list.findIndex((turn) => turn.key === key);
    const turn = list[at];
    const next = turn === undefined ? list : list.with(at, { ...turn, answer });
    patch({ turns: next, running: isRunning(next) });
  };

  const follow = (branch: Branch<AskedQuestion>, generation: Generation, pending?: PendingQuestion) => {
    const { key } = branch;
    live.set(key, { generation, branch, pending });
    const stop = generation.subscribe(() => {
      const answer = generation.get();
      if (answer.generation !== undefined && stopWatching === undefined) watch(0);
      publish(key, preferred(answer, undefined));
    });
    void generation.ended.then(stop);
    closing.signal.addEventListener('abort', () => generation.detach(), { once: true });
  };

  /** Takes in what the server says of it. */
  const take = (
    item: ConversationItem,
    changed: readonly ConversationTurn[],
    more: Readonly<Record<string, RequestSettings>> = {},
  ) => {
    const leafBefore = store.get().item?.leaf;
    settings = { ...settings, ...more };
    for (const turn of changed) {
      if (saysNothing(turn)) void fetchTurn(turn.id);
      turns.set(turn.id, saysNothing(turn) ? { ...turns.get(turn.id), ...turn } : turn);
      const key = keyOf(turn);
      const { state } = turn.answer ?? {};
      if (state === 'running' && !live.has(key)) {
        const branch = toBranches(turns, settings).get(key);
        if (branch !== undefined) follow(branch, client.attach(turn.id));
      } else if (state !== undefined && state !== 'running') forget(key, state);
    }
    patch({ item, phase: item.state === 'kept' ? 'kept' : 'gone', error: undefined });
    options.onItem?.(item);
    if (item.leaf !== leafBefore && item.leaf !== undefined) showLeaf(item.leaf);
    build();
  };

  /** Of an answer that has ended, what was seen here is kept, unless the server knows better. */
  const forget = (key: string, state: string) => {
    const here = live.get(key)?.generation.get();
    if (here !== undefined && isEnded(here.phase) && here.phase !== state) live.delete(key);
  };

  /** Another tab has shown or said something: where this one is at the end of that, it goes along. */
  const showLeaf = (leaf: string) => {
    const turn = turns.get(leaf);
    const key = turn === undefined ? undefined : keyOf(turn);
    if (key === undefined || key === shown) return;
    const all = toBranches(turns, settings);
    for (
      let at = all.get(key);
      at !== undefined;
      at = at.after === undefined ? undefined : all.get(at.after)
    ) {
      if (at.after === shown) {
        shown = key;
        return;
      }
    }
  };

  const fetchTurn = async (turn: string) => {
    try {
      turns.set(turn, await api.turn(id, turn));
      if (!closing.signal.aborted) build();
    } catch {
      // It is said again with the next change.
    }
  };

  const load = async () => {
    try {
      const { tree, settings: asked, ...item } = await api.tree(id, { signal: closing.signal });
      if (closing.signal.aborted) return;
      take(item, tree, asked);
      watch(item.rev);
    } catch (thrown) {
      if (closing.signal.aborted) return;
      const error = thrown instanceof HttpRefusal ? thrown.info : unreachable;
      if (error.code !== 'SB_NOT_FOUND') patch({ phase: 'failed', error });
      else if (options.pending === undefined) patch({ phase: 'gone', error });
      else patch({ phase: 'new' });
    }
  };

  const watch = (after: number) => {
    if (stopWatching !== undefined || closing.signal.aborted) return;
    stopWatching = watchTopic<ConversationChanged>(client, {
      topic: `conversation:${id}`,
      after,
      onChange: ({ conversation, items, settings: more }) => {
        take(conversation, items, more);
      },
      onEnd: (error) => patch({ phase: 'gone', error }),
      poll: async (rev, signal) => {
        const { tree, settings: more, ...conversation } = await api.tree(id, { after: rev ?? 0, signal });
        if (conversation.rev === rev) return undefined;
        return {
          type: 'changed',
          topic: `conversation:${id}`,
          rev: conversation.rev,
          conversation,
          items: tree,
          settings: more,
        };
      },
    });
  };

  const start = (question: PendingQuestion, reattach: boolean): boolean => {
    const { key, after, again, parent, continues, ...asked } = question;
    const { prompt, model, attachments = [], settings: more, stream } = asked;
    const text: ContentBlock[] = prompt === '' ? [] : [{ type: 'text', text: prompt }];
    const content = attachments.length === 0 ? prompt : [...attachments, ...text];
    const messages: MessagesRequest['messages'] = continues === undefined ? [{ role: 'user', content }] : [];
    const request: MessagesRequest = { ...more, model, messages };
    const order = {
      stream,
      conversation: id,
      ...(continues === undefined ? { parent } : { continues: parent }),
    };
    const generation = reattach
      ? client.attach(key, { ...order, request })
      : client.generate(request, { ...order, id: key });
    const place = { key, after, again };
    const asks: AskedQuestion = continues === undefined ? asked : { ...asked, continues };
    follow({ ...place, question: asks, answer: generation.get() }, generation, question);
    shown = key;
    build();
    return true;
  };

  /** The generation of a turn, or of the nearest one before it that the server has. */
  const generationOf = (key: string | undefined): string | undefined => {
    for (let at = key; at !== undefined; ) {
      const branch = branches.get(at);
      if (branch?.answer.generation !== undefined) return branch.answer.generation;
      at = branch?.after;
    }
    return undefined;
  };

  const ask = (question: Question, after: string | undefined, again?: string): boolean => {
    const { prompt, model, attachments = [], stream = true } = question;
    const nothing = prompt.trim() === '' && attachments.length === 0;
    if (store.get().running || store.get().phase === 'gone' || model === '' || nothing) return false;
    return start({ ...question, stream, key: newId(), after, again, parent: generationOf(after) }, false);
  };

  const find = (key = store.get().turns.at(-1)?.key) => (key === undefined ? undefined : branches.get(key));

  /** A question that the server never took is asked anew, not again. */
  const dropUnaccepted = ({ key, answer }: Branch<AskedQuestion>): boolean => {
    const isUnaccepted = answer.generation === undefined && isEnded(answer.phase);
    if (isUnaccepted) {
      live.delete(key);
      branches.delete(key);
    }
    return isUnaccepted;
  };

  if (!isNew) void load();
  if (options.pending !== undefined) start(options.pending, true);

  return {
    id,
    get: store.get,
    subscribe: store.subscribe,
    ask: (question) => ask(question, store.get().turns.at(-1)?.key),
    edit: (key, question) => {
      const branch = find(key);
      return branch !== undefined && ask(question, branch.after);
    },
    retry: ({ key, ...change } = {}) => {
      const branch = find(key);
      if (branch === undefined || store.get().running) return false;
      const { question, after } = branch;
      const again = dropUnaccepted(branch) ? undefined : (branch.again ?? branch.key);
      const { continues, ...asked } = { ...question, ...change, stream: change.stream ?? question.stream };
      if (continues === undefined) return ask(asked, after, again);
      const parent = generationOf(after);
      return start({ ...asked, continues, key: newId(), after, again, parent }, false);
    },
    continue: ({ key, ...change } = {}) => {
      const branch = find(key);
      const parent = branch?.answer.generation;
      if (branch === undefined || parent === undefined || store.get().running) return false;
      const { model, stream } = branch.question;
      const asked = { prompt: '', model, stream, ...change, continues: 'prefill' as const };
      return start({ ...asked, key: newId(), after: branch.key, parent }, false);
    },
    show: (key) => {
      shown = newestBelow(branches, key);
      build();
      const leaf = branches.get(shown)?.answer.generation;
      if (leaf !== undefined && leaf !== store.get().item?.leaf) {
        // Other pages begin there; this one shows it in any case.
        void api.change(id, { leaf }).catch(() => {});
      }
    },
    answers: () => [...branches.values()].map(({ answer }) => answer),
    stop: () => {
      const last = store.get().turns.at(-1);
      if (last !== undefined) live.get(last.key)?.generation.cancel();
    },
    pending: () => {
      for (const { generation, pending } of live.values()) {
        const { generation: name, phase } = generation.get();
        if (pending !== undefined && name === undefined && !isEnded(phase)) return pending;
      }
      return undefined;
    },
    reload: () => {
      if (store.get().phase !== 'failed') return;
      patch({ phase: 'loading', error: undefined });
      void load();
    },
    close: () => {
      closing.abort();
      stopWatching?.();
    },
  };
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

const unreachable: ErrorInfo = {
  type: 'unavailable',
  code: 'SB_CONNECTION_LOST',
  message: 'The server could not be reached. Check that it is running, then try again.',
  retryable: true,
};
