import { isDeepStrictEqual } from 'node:util';
import { type ContentBlock, type GenerationId, isBlock, type ToolUseBlock } from '@streambed/protocol';
import type { Owner } from '../../../generation/owner.ts';
import { readWhole } from '../../../stream-log/read-whole.ts';
import type { StreamLog } from '../../../stream-log/stream-log.ts';
import type { AssistantTurn, ChatMessage, ChatRequest } from './chat-request.ts';
import { isThinking } from './thinking.ts';

/** How many calls are remembered; past that the oldest are forgotten. */
const maxCalls = 10_000;

/**
 * Thinking that clients lose. Claude wants its signed thoughts back with the results of the tools that it called, and most
 * libraries send back only what OpenAI's own types have: the call, with its id. The id leads to the answer that made the
 * call, which is in the stream log for `resume_seconds`: nothing but ids is kept here.
 */
export class LostThinking {
  readonly #log: StreamLog;
  readonly #generations = new Map<string, GenerationId>();

  constructor(log: StreamLog) {
    this.#log = log;
  }

  /** Remembers whose calls these are. */
  remember(generation: GenerationId, callIds: readonly string[]): void {
    for (const id of callIds) {
      this.#generations.delete(id);
      this.#generations.set(id, generation);
    }
    for (const id of this.#generations.keys()) {
      if (this.#generations.size <= maxCalls) return;
      this.#generations.delete(id);
    }
  }

  /** The request with the thinking that its tool loop has lost, as far as it is still known. */
  async restore(chat: ChatRequest, owner: Owner): Promise<ChatRequest> {
    const thinks = chat.thinking ?? (chat.reasoning_effort === 'none' ? undefined : chat.reasoning_effort);
    if (thinks === undefined || thinks === null) return chat;
    // Thoughts of turns before the last question need not come back.
    const from = chat.messages.findLastIndex(({ role }) => role === 'user') + 1;
    const messages = await Promise.all(
      chat.messages.map((message, index) => (index < from ? message : this.#restored(message, owner))),
    );
    return { ...chat, messages };
  }

  async #restored(message: ChatMessage, owner: Owner): Promise<ChatMessage> {
    if (message.role !== 'assistant' || message.reasoning_details || message.thinking_blocks) return message;
    const generation = this.#generations.get(message.tool_calls?.[0]?.id ?? '');
    if (generation === undefined) return message;
    const view = await this.#log.find(owner, { generation });
    if (view?.stop === undefined || view.expired) return message;
    const { message: answer } = await readWhole(this.#log, generation, new AbortController().signal);
    const content = answer?.content ?? [];
    if (!calledJustSo(message.tool_calls ?? [], content)) return message;
    return { ...message, thinking_blocks: content.filter(isThinking) };
  }
}

/** Whether these are the calls that the answer made: ids of some models are not unique. */
function calledJustSo(
  calls: NonNullable<AssistantTurn['tool_calls']>,
  content: readonly ContentBlock[],
): boolean {
  const made = content.filter((block): block is ToolUseBlock => isBlock(block, 'tool_use'));
  return calls.every(({ id, function: called }) =>
    made.some(
      (block) => block.id === id && block.name === called.name && sameInput(block.input, called.arguments),
    ),
  );
}

function sameInput(input: unknown, text: string): boolean {
  try {
    return isDeepStrictEqual(input, JSON.parse(text));
  } catch {
    return false;
  }
}
