import type { CompletedBlock, Completion } from '../engine/complete.ts';
import type { Citation } from '../script.ts';
import type { JsonObject, Turn } from '../turn.ts';
import { cacheCounts } from './cache-counts.ts';
import type { ConverseDialect } from './converse-dialect.ts';

/** What stands around the text of an answer. All keys of Converse are sorted by their names (recorded). */
export interface ConverseFrame {
  readonly turn: Turn;
  readonly dialect: ConverseDialect;
  readonly completion: Completion;
  readonly latencyMs: number;
  readonly performance?: JsonObject | undefined;
  readonly serviceTier?: JsonObject | undefined;
  readonly trace?: JsonObject | undefined;
  readonly responseFields?: JsonObject | undefined;
}

/** The whole answer of Converse. */
export function converseAnswer(frame: ConverseFrame): JsonObject {
  const content = frame.completion.blocks.flatMap((block) => wholeBlock(block, frame));
  return {
    ...(frame.responseFields === undefined ? {} : { additionalModelResponseFields: frame.responseFields }),
    metrics: { latencyMs: frame.latencyMs },
    output: { message: { content, role: 'assistant' } },
    ...optional('performanceConfig', frame.performance),
    ...optional('serviceTier', frame.serviceTier),
    stopReason: stopReasonOf(frame.completion),
    ...optional('trace', frame.trace),
    usage: converseUsage(frame, false),
  };
}

export function optional(key: string, value: JsonObject | undefined): JsonObject {
  return value === undefined ? {} : { [key]: value };
}

/** Claude's own reasons have no place in Converse's list. */
export function stopReasonOf({ stopReason }: Completion): string {
  switch (stopReason) {
    case 'refusal':
      return 'content_filtered';
    case 'pause_turn':
      return 'end_turn';
    default:
      return stopReason;
  }
}

/**
 * `inputTokens` are those that neither came from the cache nor went there; the total has all. The cache's counts stand
 * there twice, under two names (recorded).
 */
export function converseUsage({ turn, dialect, completion }: ConverseFrame, streaming: boolean): JsonObject {
  const { input: inputTokens, read, written } = cacheCounts(turn);
  const writes = turn.cacheUse?.writes ?? [];
  const used = turn.cached === true;
  const whole = !streaming && dialect.cacheCounts;
  const tellsReads = used || whole === 'always' || whole === 'reads';
  const tellsWrites = used || whole === 'always';
  return {
    ...(written > 0 ? { cacheDetails: writes.map(({ ttl, tokens }) => ({ inputTokens: tokens, ttl })) } : {}),
    ...(tellsReads ? { cacheReadInputTokenCount: read, cacheReadInputTokens: read } : {}),
    ...(tellsWrites ? { cacheWriteInputTokenCount: written, cacheWriteInputTokens: written } : {}),
    inputTokens,
    outputTokens: completion.outputTokens,
    serverToolUsage: {},
    totalTokens: inputTokens + completion.outputTokens + read + written,
  };
}

/** Whether a model shows reasoning at all: a script's thinking is left out where it can't. */
export function shows(block: CompletedBlock, dialect: ConverseDialect): boolean {
  const thinks = block.type === 'thinking' || block.type === 'redacted_thinking';
  if (!thinks) return true;
  return block.type === 'thinking' ? dialect.reasoning !== 'none' : dialect.reasoning === 'signed';
}

function wholeBlock(block: CompletedBlock, { dialect, turn }: ConverseFrame): readonly JsonObject[] {
  if (!shows(block, dialect)) return [];
  switch (block.type) {
    case 'text': {
      const text = block.pieces.join('');
      if (block.citations === undefined) return [{ text }];
      return [{ citationsContent: { citations: block.citations.map(citationOf), content: [{ text }] } }];
    }
    case 'thinking':
      return [
        {
          reasoningContent: {
            reasoningText: {
              ...(dialect.reasoning === 'signed' ? { signature: block.signature } : {}),
              text: block.pieces.join(''),
            },
          },
        },
      ];
    case 'redacted_thinking':
      return [{ reasoningContent: { redactedContent: redacted(block.data) } }];
    case 'tool_use': {
      const call = { toolUse: { input: block.input, ...toolHead(block, dialect, turn) } };
      return block.result === undefined ? [call] : [call, { toolResult: resultOf(block) }];
    }
  }
}

/** Converse encodes what is text to Claude once more (recorded). */
export function redacted(data: string): string {
  return Buffer.from(data, 'latin1').toString('base64');
}

type ToolBlock = Extract<CompletedBlock, { type: 'tool_use' }>;

export function toolHead(block: ToolBlock, dialect: ConverseDialect, turn: Turn): JsonObject {
  const beside = dialect.toolType === 'beside' && (turn.systemTools ?? []).length > 0;
  const type =
    block.result !== undefined
      ? 'server_tool_use'
      : dialect.toolType === 'always' || beside
        ? 'tool_use'
        : undefined;
  return { name: block.name, toolUseId: block.id, ...(type === undefined ? {} : { type }) };
}

function resultOf(block: ToolBlock): JsonObject {
  return {
    content: block.result?.content ?? [],
    status: 'success',
    toolUseId: block.id,
    type: block.result?.type ?? '',
  };
}

export function citationOf({ document, title, text, unit, start, end }: Citation): JsonObject {
  const span = { documentIndex: document, end, start };
  const location =
    unit === 'char'
      ? { documentChar: span }
      : unit === 'page'
        ? { documentPage: span }
        : { documentChunk: span };
  return { location, sourceContent: [{ text }], title };
}

/** The members an answer was asked for by JSON Pointers. Only Claude's `stop_sequence` is known to be there. */
export function responseFields(
  paths: readonly string[],
  completion: Completion,
  dialect: ConverseDialect,
): JsonObject | undefined {
  if (dialect.kind !== 'claude' || !paths.includes('/stop_sequence')) return undefined;
  return completion.stopSequence === null ? undefined : { stop_sequence: completion.stopSequence };
}
