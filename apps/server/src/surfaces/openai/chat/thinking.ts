import {
  type ContentBlock,
  contentBlockSchema,
  emptyMessage,
  fold,
  type GenerationEvent,
  isBlock,
  type ThinkingBlock,
} from '@streambed/protocol';
import type { AssistantTurn } from './chat-request.ts';

/**
 * OpenAI's chat has no place for thinking that must come back. The text goes out as `reasoning_content` (DeepSeek's name,
 * which clients show); the block itself, with its signature, as `reasoning_details` (OpenRouter's name and shape). A
 * client that sends its assistant messages back as they came keeps both.
 */
export type ReasoningDetail = {
  readonly format: string;
  /** Its place among the answer's blocks. */
  readonly index: number;
  /** Whose thinking it is, where that isn't Claude's native. */
  readonly bedrock?: ThinkingBlock['bedrock'];
} & (
  | { readonly type: 'reasoning.text'; readonly text: string; readonly signature?: string }
  | { readonly type: 'reasoning.encrypted'; readonly data: string }
);

/** The thinking of an answer, to be sent back as it is. */
export function reasoningDetails(content: readonly ContentBlock[]): readonly ReasoningDetail[] {
  return content.flatMap((block, index) => reasoningDetail(block, index));
}

function reasoningDetail(block: ContentBlock, index: number): readonly ReasoningDetail[] {
  const { bedrock } = block as ThinkingBlock;
  const about = { index, ...(bedrock !== undefined && { bedrock }) };
  if (isBlock(block, 'redacted_thinking')) {
    return [{ type: 'reasoning.encrypted', data: block.data, format: claudes, ...about }];
  }
  if (!isBlock(block, 'thinking')) return [];
  const { thinking: text, signature = '' } = block;
  const format = signature === '' ? 'unknown' : claudes;
  return [{ type: 'reasoning.text', text, ...(signature !== '' && { signature }), format, ...about }];
}

/** Whether the model wants it back with the results of the tools that it called. */
export function mustComeBack(detail: ReasoningDetail): boolean {
  return detail.type === 'reasoning.encrypted' || detail.signature !== undefined;
}

/** Gathers the thinking of a streamed answer. */
export class ThinkingInStream {
  readonly #blocks = new Map<number, ContentBlock>();

  add(event: GenerationEvent): void {
    if (event.type === 'message_start') this.#blocks.clear();
    if (event.type === 'content_block_start' && isThinking(event.content_block)) {
      this.#blocks.set(event.index, event.content_block);
    }
    const block = event.type === 'content_block_delta' ? this.#blocks.get(event.index) : undefined;
    if (event.type !== 'content_block_delta' || block === undefined) return;
    const [grown] = fold({ ...emptyMessage, content: [block] }, { ...event, index: 0 }).content;
    if (grown !== undefined) this.#blocks.set(event.index, grown);
  }

  /** A block goes on with that thinking. */
  think(index: number, thinking: string): void {
    this.add({ type: 'content_block_delta', index, delta: { type: 'thinking_delta', thinking } });
  }

  get details(): readonly ReasoningDetail[] {
    return [...this.#blocks].flatMap(([index, block]) => reasoningDetail(block, index));
  }
}

export function isThinking({ type }: ContentBlock): boolean {
  return type === 'thinking' || type === 'redacted_thinking';
}

const claudes = 'anthropic-claude-v1';

/** The thinking that an assistant message brings back, as blocks; what is no thinking of ours is left out. */
export function thinkingBlocks({
  reasoning_details: details,
  thinking_blocks: blocks,
}: AssistantTurn): readonly ContentBlock[] {
  if (details === undefined || details === null) return (blocks ?? []).flatMap((block) => ifThinking(block));
  return details.flatMap(({ type, text, signature, data, bedrock }) => {
    const about = bedrock === undefined ? {} : { bedrock };
    if (type === 'reasoning.encrypted') return ifThinking({ type: 'redacted_thinking', data, ...about });
    if (type !== 'reasoning.text') return [];
    return ifThinking({
      type: 'thinking',
      thinking: text ?? '',
      ...(typeof signature === 'string' && { signature }),
      ...about,
    });
  });
}

function ifThinking(value: unknown): readonly ContentBlock[] {
  const { data: block } = contentBlockSchema.safeParse(value);
  if (block === undefined) return [];
  return isThinking(block) ? [block] : [];
}
