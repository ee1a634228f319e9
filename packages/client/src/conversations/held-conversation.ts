import type { MessagesRequest } from '@streambed/protocol';
import type { ConversationItem, ConversationTurn, RequestSettings } from '@streambed/protocol/conversations';
import type { ConversationChanged } from '@streambed/protocol/frames';
import type { Client } from '../client.ts';
import type { Question } from '../conversation.ts';
import type { Generation } from '../generation.ts';
import { newId } from '../generation-order.ts';
import { HttpRefusal } from '../http.ts';
import { type GenerationSnapshot, isEnded } from '../snapshot.ts';
import { createStore } from '../store.ts';
import { answersTools } from '../turn-messages.ts';
import { type Branch, questionOf } from '../turn-tree.ts';
import { type ConversationsApi, unreachable } from './api.ts';
import { type AskedQuestion, contentOf } from './branches.ts';
import { HeldTree } from './held-tree.ts';
import type { HeldConversation, HeldConversationState, HeldOptions, PendingQuestion } from './held-types.ts';
import { watchTopic } from './watch-topic.ts';
import { WatchedTurns } from './watched-turns.ts';

/** Opens a conversation that the server keeps, or a new one, which it keeps from the first question on. */
export function holdConversation(
  client: Pick<Client, 'connection' | 'generate' | 'attach'>,
  api: ConversationsApi,
  options: HeldOptions = {},
): HeldConversation {
  const id = options.id ?? newId();
  const topic = `conversation:${id}` as const;
  const { pending = [] } = options;
  const tree = new HeldTree();
  const watched = new WatchedTurns((key, before) => tree.turn(key, before));
  const closing = new AbortController();
  const { signal } = closing;
  let stopWatching: (() => void) | undefined;
  const store = createStore<HeldConversationState>({
    phase: options.id === undefined ? 'new' : 'loading',
    item: undefined,
    error: undefined,
    turns: [],
    running: false,
  });

  const patch = (change: Partial<HeldConversationState>) => store.set({ ...store.get(), ...change });

  /** Shows the tree as it is now. */
  const publish = (change: Partial<HeldConversationState> = {}) => {
    const turns = tree.turns(store.get().turns);
    const last = turns.at(-1);
    patch({ ...change, turns, running: last !== undefined && !isEnded(last.answer.phase) });
    watched.refresh();
  };

  /** A token more: only that turn is another one. */
  const growShown = (key: string, answer: GenerationSnapshot) => {
    const { turns } = store.get();
    const at = turns.findLastIndex((turn) => turn.key === key);
    const turn = turns[at];
    if (turn === undefined) return;
    const isLast = at === turns.length - 1;
    const running = isLast ? !isEnded(answer.phase) : store.get().running;
    patch({ turns: turns.with(at, { ...turn, answer }), running });
  };

  const follow = (branch: Branch<AskedQuestion>, generation: Generation, pending?: PendingQuestion) => {
    tree.follow(branch, generation, pending);
    const stop = generation.subscribe(() => {
      const answer = generation.get();
      // The server knows of it, so there is something to watch.
      if (answer.generation !== undefined) watch(0);
      tree.grow(branch.key, answer);
      growShown(branch.key, answer);
      watched.grow(branch.key, answer);
    });
    void generation.ended.then(stop);
    signal.addEventListener('abort', () => generation.detach(), { once: true });
  };

  /** Takes in what the server says of it. */
  const take = (
    item: ConversationItem,
    changed: readonly ConversationTurn[],
    settings?: Readonly<Record<string, RequestSettings>>,
  ) => {
    const before = store.get().item?.leaf;
    for (const turn of tree.take(changed, settings)) void fetchTurn(turn);
    for (const branch of tree.unfollowed()) {
      if (branch.answer.generation !== undefined) follow(branch, client.attach(branch.answer.generation));
    }
    if (item.leaf !== undefined && item.leaf !== before) tree.goAlong(item.leaf);
    publish({ item, phase: item.state === 'kept' ? 'kept' : 'gone', error: undefined });
    options.onItem?.(item);
  };

  const fetchTurn = async (turn: string) => {
    try {
      const whole = await api.turn(id, turn);
      if (signal.aborted) return;
      tree.take([whole]);
      publish();
    } catch {
      // It is said again with its next change.
    }
  };

  const load = async () => {
    try {
      const { tree: turns, settings, ...item } = await api.tree(id, { signal });
      if (signal.aborted) return;
      take(item, turns, settings);
      watch(item.rev);
    } catch (thrown) {
      if (signal.aborted) return;
      const error = thrown instanceof HttpRefusal ? thrown.info : unreachable;
      if (error.code !== 'SB_NOT_FOUND') patch({ phase: 'failed', error });
      else patch(pending.length === 0 ? { phase: 'gone', error } : { phase: 'new' });
    }
  };

  const watch = (after: number) => {
    if (stopWatching !== undefined || signal.aborted) return;
    stopWatching = watchTopic<ConversationChanged>(client, {
      topic,
      after,
      onChange: ({ conversation, items, settings }) => take(conversation, items, settings),
      onEnd: (error) => {
        // It may be had back: who asks for it anew watches anew.
        stopWatching = undefined;
        patch({ phase: 'gone', error });
      },
      poll: async (rev = 0, ended) => {
        const { tree: items, settings, ...conversation } = await api.tree(id, { after: rev, signal: ended });
        if (conversation.rev === rev) return undefined;
        return { type: 'changed', topic, rev: conversation.rev, conversation, items, settings };
      },
    });
  };

  const start = (question: PendingQuestion, reattach = false): boolean => {
    const { key, after, again, parent, continues, branch: known, ...asked } = question;
    const goesOn = continues !== undefined;
    const { settings, model, stream } = asked;
    const messages = goesOn ? [] : [{ role: 'user' as const, content: contentOf(asked) }];
    const request: MessagesRequest = { ...settings, model, messages };
    // Where tool calls have an answer already, whoever answers them once more means another branch.
    const another = known ?? (answersTools(asked) && tree.hasToolAnswer(after));
    const way = goesOn ? { continues: parent } : { parent, ...(another && { branch: true }) };
    const order = { stream, conversation: id, ...way };
    const generation = reattach
      ? client.attach(key, { ...order, request })
      : client.generate(request, { ...order, id: key });
    const branch = { key, after, again, question: goesOn ? { ...asked, continues } : asked };
    follow({ ...branch, answer: generation.get() }, generation, { ...question, branch: another });
    tree.show(key);
    publish();
    return true;
  };

  const canAsk = ({ prompt, model, attachments = [] }: Question) =>
    store.get().phase !== 'gone' && model !== '' && (prompt.trim() !== '' || attachments.length > 0);

  const ask = (question: Question, after: string | undefined, again?: string): boolean => {
    const { stream = true } = question;
    if (store.get().running || !canAsk(question)) return false;
    return start({ ...question, stream, key: newId(), after, again, parent: tree.generationOf(after) });
  };

  /** A turn of the tree that nothing hinders now; the last by default. */
  const find = (key = store.get().turns.at(-1)?.key) =>
    key === undefined || store.get().running ? undefined : tree.branches.get(key);

  if (options.id !== undefined) void load();
  for (const question of pending) start(question, true);

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
      if (branch === undefined) return false;
      const { question, after } = branch;
      const again = tree.dropUnaccepted(branch) ? undefined : (branch.again ?? branch.key);
      const { continues, ...asked } = { ...question, ...change, stream: change.stream ?? question.stream };
      if (continues === undefined) return ask(asked, after, again);
      return start({ ...asked, continues, key: newId(), after, again, parent: tree.generationOf(after) });
    },
    continue: ({ key, ...change } = {}) => {
      const branch = find(key);
      const parent = branch?.answer.generation;
      if (branch === undefined || parent === undefined) return false;
      const { model, stream } = branch.question;
      const asked = { prompt: '', model, stream, ...change, continues: 'prefill' as const };
      return start({ ...asked, key: newId(), after: branch.key, parent });
    },
    compare: (questions, instead) => {
      const [first] = questions;
      const branch = find(instead);
      const refused = instead !== undefined && branch === undefined;
      if (first === undefined || refused || store.get().running || !questions.every(canAsk)) return [];
      const { prompt, attachments } = first;
      const after = instead === undefined ? branch?.key : branch?.after;
      const group = newId();
      const keys = questions.map((_, place) => `${group}-${place + 1}`);
      questions.forEach(({ stream = true, ...question }, place) => {
        const at = { key: keys[place] ?? group, after, again: place === 0 ? undefined : keys[0] };
        start({ ...question, prompt, attachments, stream, ...at, parent: tree.generationOf(after) });
      });
      return keys;
    },
    askBeside: (key, change = {}) => {
      const branch = tree.branches.get(key);
      if (branch === undefined || store.get().phase === 'gone') return undefined;
      const { question, after } = branch;
      const asked = { ...question, ...change, stream: change.stream ?? question.stream };
      const made = newId();
      tree.dropUnaccepted(branch);
      start({ ...asked, key: made, after, again: questionOf(branch), parent: tree.generationOf(after) });
      return made;
    },
    turn: (key) => watched.of(key),
    stopTurn: (key) => tree.followed(key)?.cancel(),
    show: (key) => {
      const leaf = tree.show(key)?.answer.generation;
      publish();
      // Other pages begin there; this one shows it in any case.
      if (leaf !== undefined && leaf !== store.get().item?.leaf)
        void api.change(id, { leaf }).catch(() => {});
    },
    answers: () => [...tree.branches.values()].map(({ answer }) => answer),
    stop: () => tree.followed(store.get().turns.at(-1)?.key ?? '')?.cancel(),
    pending: () => tree.pending(),
    reload: () => {
      const { phase } = store.get();
      if (phase !== 'failed' && phase !== 'gone') return;
      patch({ phase: 'loading', error: undefined });
      void load();
    },
    close: () => {
      closing.abort();
      stopWatching?.();
    },
  };
}
