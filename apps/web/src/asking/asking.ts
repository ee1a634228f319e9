import { createStore, isEnded, type Question, type Readable, type Turn } from '@streambed/client';
import type { HeldConversation } from '@streambed/client/conversations';
import { type ReadFile, UnreadableFile } from '../attachments/unreadable-file.ts';
import { overInherited } from '../settings/over-inherited.ts';
import { texts } from '../texts.ts';
import { loadPart } from '../ui/load.tsx';
import { type DraftFile, keepDraftFiles, readDraftFiles } from './draft-files.ts';
import { keepDraft, keepQueue, readDraft, readQueue } from './drafts.ts';
import { sentAttachment } from './sent-attachment.ts';

/** A file that goes with the next question. */
export type Attachment = { readonly key: string; readonly name: string } & (
  | { readonly state: 'reading' }
  | ({ readonly state: 'ready' } & ReadFile)
  | { readonly state: 'refused'; readonly why: string }
);

/** A question that waits for the answer before it. */
export interface Queued {
  readonly key: string;
  readonly question: Question;
}

export interface AskingState {
  readonly draft: string;
  readonly attachments: readonly Attachment[];
  /** The turn that the next question stands in place of. */
  readonly editing: string | undefined;
  readonly queue: readonly Queued[];
  /** The answer before the queue didn't come to its end: somebody must say whether to go on. */
  readonly held: boolean;
}

/** What is about to be asked in one conversation. */
export interface Asking extends Readable<AskingState> {
  write(draft: string): void;
  attach(files: readonly File[]): void;
  detach(key: string): void;
  /** Brings a turn's question back into the box; the next one stands in its place. */
  edit(turn: Turn): void;
  /** Leaves the turn as it was, and brings back what was being written. */
  stopEditing(): void;
  /** Asks, or waits in line where an answer is on its way; false where nothing was taken. */
  ask(question: Question): boolean;
  /** Asks several models at once; false where nothing was taken, also while an answer is on its way. */
  compare(questions: readonly Question[]): boolean;
  /** Takes a waiting question out of the line; it comes back into the box. */
  editQueued(key: string): void;
  removeQueued(key: string): void;
  /** Goes on with the line after it was held. */
  release(): void;
}

const maxQueue = 16;

/** Makes it. `id` gives the name under what a draft and a queue are kept; empty for a conversation that is new. */
export function createAsking(conversation: HeldConversation, id: () => string): Asking {
  const store = createStore<AskingState>({
    draft: readDraft(id()),
    attachments: [],
    editing: undefined,
    queue: readQueue(id()),
    held: false,
  });
  const born = Date.now().toString(36);
  let made = 0;
  /** What was being written before an edit began. */
  let aside: Pick<AskingState, 'draft' | 'attachments'> = { draft: '', attachments: [] };
  /** The files of the last page have come back, or are not wanted any more. */
  let restored = false;
  const nextKey = () => {
    made += 1;
    return `${born}-${made}`;
  };
  const change = (part: Partial<AskingState>) => {
    store.set({ ...store.get(), ...part });
    if (part.queue !== undefined) keepQueue(id(), part.queue);
    if (part.attachments !== undefined && store.get().editing === undefined)
      keepDraftFiles(id(), part.attachments.filter(isReady));
  };
  const restore = async () => {
    const files = await readDraftFiles(id());
    if (!restored && files.length > 0) change({ attachments: [...files, ...store.get().attachments] });
    restored = true;
  };
  void restore();
  const write = (draft: string) => {
    change({ draft });
    if (store.get().editing === undefined) keepDraft(id(), draft);
  };

  /** Until it was read nobody knows what a question would follow; and nothing follows what was deleted. */
  const isOpen = () => {
    const { phase } = conversation.get();
    return phase === 'new' || phase === 'kept';
  };
  /** `question` as it must be said after the turn `before`. */
  const following = (question: Question, before: Turn | undefined): Question => {
    const settings = overInherited(question.settings, question.model, before);
    return settings === undefined ? question : { ...question, settings };
  };
  const askNext = (question: Question) =>
    conversation.ask(following(question, conversation.get().turns.at(-1)));
  const cleared = () => {
    const edited = store.get().editing !== undefined;
    restored = true;
    change({ attachments: edited ? aside.attachments : [], editing: undefined });
    write(edited ? aside.draft : '');
  };

  /** Sends what was written, to one model or several, and empties the box. */
  const send = (questions: readonly Question[]): boolean => {
    const draftedAs = id();
    const { editing } = store.get();
    const { turns } = conversation.get();
    const place = editing === undefined ? turns.length : turns.findIndex(({ key }) => key === editing);
    const asked = questions.map((question) => following(question, turns[place - 1]));
    const [first] = asked;
    if (first === undefined) return false;
    if (asked.length > 1) {
      if (conversation.compare(asked, editing).length === 0) return false;
    } else if (!(editing === undefined ? conversation.ask(first) : conversation.edit(editing, first)))
      return false;
    cleared();
    // The first question gives a conversation its name.
    if (draftedAs !== id()) {
      keepDraft(draftedAs, '');
      keepDraftFiles(draftedAs, []);
    }
    return true;
  };

  /** The next one, as soon as the answer before it has come to a good end. */
  const advance = () => {
    const { queue, held } = store.get();
    const [next, ...rest] = queue;
    const { running, turns } = conversation.get();
    if (next === undefined || held || running || !isOpen()) return;
    const phase = turns.at(-1)?.answer.phase;
    if (phase !== undefined && isEnded(phase) && phase !== 'completed') {
      change({ held: true });
      return;
    }
    change({ queue: rest });
    askNext(next.question);
  };
  const release = () => {
    const { queue } = store.get();
    const [next, ...rest] = queue;
    change({ held: false, queue: rest });
    if (next !== undefined && !askNext(next.question)) change({ queue });
  };
  // In a turn of its own: whoever asks now must not find the store in the middle of a change.
  conversation.subscribe(() => queueMicrotask(advance));
  queueMicrotask(advance);

  const take = async (key: string, file: File) => {
    const { readFile } = await loadPart(() => import('../attachments/read-file.ts'));
    const now = (attachment: Attachment) =>
      change({ attachments: store.get().attachments.map((one) => (one.key === key ? attachment : one)) });
    try {
      now({ key, name: file.name, state: 'ready', ...(await readFile(file)) });
    } catch (thrown) {
      const why = thrown instanceof UnreadableFile ? thrown.message : texts.attachments.refused.unopened;
      now({ key, name: file.name, state: 'refused', why });
    }
  };

  return {
    get: store.get,
    subscribe: store.subscribe,
    write,
    attach: (files) => {
      const added = files.map((file) => ({ key: nextKey(), file }));
      const reading = added.map(({ key, file }): Attachment => ({ key, name: file.name, state: 'reading' }));
      change({ attachments: [...store.get().attachments, ...reading] });
      for (const { key, file } of added) void take(key, file);
    },
    detach: (key) => change({ attachments: store.get().attachments.filter((one) => one.key !== key) }),
    edit: ({ key, prompt, attachments = [] }) => {
      restored = true;
      if (store.get().editing === undefined) aside = store.get();
      change({
        editing: key,
        draft: prompt,
        attachments: attachments.map((block) => sentAttachment(nextKey(), block)),
      });
    },
    stopEditing: () => {
      if (store.get().editing !== undefined) cleared();
    },
    ask: (question) => {
      const { queue, editing, held } = store.get();
      if (!isOpen()) return false;
      if (conversation.get().running || (queue.length > 0 && editing === undefined)) {
        if (queue.length >= maxQueue || editing !== undefined) return false;
        // Somebody who asks wants to go on.
        change({ queue: [...queue, { key: nextKey(), question }], held: false });
        cleared();
        if (held) {
          release();
          return true;
        }
        queueMicrotask(advance);
        return true;
      }
      return send([question]);
    },
    compare: (questions) => {
      const { queue, editing } = store.get();
      return isOpen() && (queue.length === 0 || editing !== undefined) && send(questions);
    },
    editQueued: (key) => {
      const { queue, draft } = store.get();
      const found = queue.find((one) => one.key === key);
      if (found === undefined) return;
      const { prompt, attachments = [] } = found.question;
      change({
        queue: queue.filter((one) => one !== found),
        attachments: attachments.map((block) => sentAttachment(nextKey(), block)),
      });
      write(draft.trim() === '' ? prompt : `${prompt}\n\n${draft}`);
    },
    removeQueued: (key) => {
      const queue = store.get().queue.filter((one) => one.key !== key);
      change({ queue, held: store.get().held && queue.length > 0 });
    },
    release,
  };
}

function isReady(attachment: Attachment): attachment is DraftFile {
  return attachment.state === 'ready';
}
