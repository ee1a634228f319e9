import type { Message, MessagesRequest } from '@streambed/protocol';
import type { AttachOptions, GenerateOptions, Generation } from './generation.ts';
import { type GenerationSnapshot, isEnded } from './snapshot.ts';
import { createStore, type Readable } from './store.ts';

/** A question and its answer. */
export interface Turn {
  readonly key: string;
  readonly prompt: string;
  readonly model: string;
  readonly stream: boolean;
  readonly answer: GenerationSnapshot;
}

export interface ConversationState {
  readonly turns: readonly Turn[];
  /** Whether an answer is on its way. */
  readonly running: boolean;
}

/** What to ask, and whom. */
export interface Question {
  readonly prompt: string;
  readonly model: string;
  readonly stream?: boolean;
}

/** Turns in memory, one answer at a time. */
export interface Conversation extends Readable<ConversationState> {
  /** Asks; false, and nothing else happens, while an answer is on its way or where there is nothing to ask. */
  ask(question: Question): boolean;
  /** Asks the last question again, of the same model or another; its answer is replaced. */
  retry(change?: { readonly model?: string; readonly stream?: boolean }): boolean;
  /** Stops the answer on its way; what was written stays. */
  stop(): void;
  /** Stops, and forgets everything. */
  clear(): void;
  /** What another page needs to go on with it: plain data. Of an answer on its way only its names. */
  save(): SavedConversation;
}

/** A {@link Turn} as it is kept; `answer` is there once it has ended. */
export interface SavedTurn {
  readonly prompt: string;
  readonly model: string;
  readonly stream: boolean;
  readonly id: string;
  /** The server's name for it, once it was accepted. */
  readonly generation?: string | undefined;
  readonly answer?: GenerationSnapshot | undefined;
}

/** A conversation as it is kept. */
export interface SavedConversation {
  readonly turns: readonly SavedTurn[];
}

/** What a conversation's questions and answers go through. */
export interface ConversationWays {
  generate(request: MessagesRequest, options: GenerateOptions): Generation;
  attach(name: string, options: AttachOptions): Generation;
}

/** Makes a conversation: empty, or going on with what was saved. An answer that was on its way is picked up. */
export function createConversation(ways: ConversationWays, saved?: SavedConversation): Conversation {
  const store = createStore<ConversationState>({ turns: [], running: false });
  let current: Generation | undefined;
  let made = 0;

  const start = (earlier: readonly Turn[], question: Required<Question>): boolean => {
    const { prompt, model, stream } = question;
    const messages = toMessages([...earlier, { prompt, answer: undefined }]);
    follow(earlier, question, ways.generate({ model, messages }, { stream }));
    return true;
  };

  const keyed = () => {
    made += 1;
    return `turn-${made}`;
  };

  const follow = (earlier: readonly Turn[], question: Required<Question>, generation: Generation) => {
    const { prompt, model, stream } = question;
    const turn: Turn = { key: keyed(), prompt, model, stream, answer: generation.get() };
    current = generation;
    const publish = () => {
      if (current !== generation) return;
      const answer = generation.get();
      const running = !isEnded(answer.phase);
      if (!running) current = undefined;
      store.set({ turns: [...earlier, { ...turn, answer }], running });
    };
    generation.subscribe(publish);
    publish();
  };

  /** Only the last answer can be on its way: one runs at a time. */
  const restore = ({ turns }: SavedConversation) => {
    const last = turns.at(-1);
    const ended = turns.flatMap(({ answer, prompt, model, stream }) =>
      answer === undefined ? [] : [{ key: keyed(), prompt, model, stream, answer }],
    );
    store.set({ turns: ended, running: false });
    if (last === undefined || last.answer !== undefined) return;
    const { prompt, model, stream, id, generation } = last;
    const request = { model, messages: toMessages([...ended, { prompt, answer: undefined }]) };
    // Not accepted when it was saved: the question may never have left.
    const asked = generation === undefined ? { request, stream } : {};
    follow(ended, { prompt, model, stream }, ways.attach(generation ?? id, asked));
  };
  if (saved !== undefined) restore(saved);

  return {
    get: store.get,
    subscribe: store.subscribe,
    ask: ({ prompt, model, stream = true }) => {
      if (current !== undefined || prompt.trim() === '' || model === '') return false;
      return start(store.get().turns, { prompt, model, stream });
    },
    retry: (change = {}) => {
      const { turns } = store.get();
      const last = turns.at(-1);
      if (current !== undefined || last === undefined) return false;
      return start(turns.slice(0, -1), {
        prompt: last.prompt,
        model: last.model,
        stream: last.stream,
        ...change,
      });
    },
    stop: () => current?.cancel(),
    clear: () => {
      const stopping = current;
      current = undefined;
      stopping?.cancel();
      store.set({ turns: [], running: false });
    },
    save: () => ({ turns: store.get().turns.map(saveTurn) }),
  };
}

function saveTurn({ prompt, model, stream, answer }: Turn): SavedTurn {
  const { id, generation, phase } = answer;
  return { prompt, model, stream, id, generation, answer: isEnded(phase) ? answer : undefined };
}

/**
 * The turns as the Messages format wants them: roles alternate, no empty text. Of an answer only its text goes back:
 * thinking that was cut has no signature, and a tool call without a result would be refused. Questions whose answer
 * never began are joined with the next one.
 */
export function toMessages(
  turns: readonly { readonly prompt: string; readonly answer: GenerationSnapshot | undefined }[],
): readonly Message[] {
  const messages: Message[] = [];
  let asked: string[] = [];
  for (const { prompt, answer } of turns) {
    asked.push(prompt);
    const written = answer === undefined ? '' : answerText(answer).trim();
    if (answer !== undefined && written === '') continue;
    messages.push({ role: 'user', content: asked.join('\n\n') });
    asked = [];
    if (answer !== undefined) messages.push({ role: 'assistant', content: written });
  }
  return messages;
}

/** The text of an answer as Markdown, without thinking and tools. */
export function answerText(answer: GenerationSnapshot): string {
  return answer.message.content
    .flatMap((block) => (block?.type === 'text' && typeof block.text === 'string' ? [block.text] : []))
    .join('\n\n');
}
