import type { Message, MessagesRequest } from '@streambed/protocol';
import { type GenerateOptions, type Generation, type GenerationSnapshot, isEnded } from './generation.ts';
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
}

type Generate = (request: MessagesRequest, options: GenerateOptions) => Generation;

/** Makes an empty conversation whose questions go through `generate`. */
export function createConversation(generate: Generate): Conversation {
  const store = createStore<ConversationState>({ turns: [], running: false });
  let current: Generation | undefined;
  let made = 0;

  const start = (earlier: readonly Turn[], question: Required<Question>): boolean => {
    const { prompt, model, stream } = question;
    const messages = toMessages([...earlier, { prompt, answer: undefined }]);
    const generation = generate({ model, messages }, { stream });
    made += 1;
    const turn: Turn = { key: `turn-${made}`, prompt, model, stream, answer: generation.get() };
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
    return true;
  };

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
  };
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
