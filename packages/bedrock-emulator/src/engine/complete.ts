import { toolIdOf } from '../ids.ts';
import type { Random } from '../random.ts';
import type { Citation, Reply, ReplyBlock } from '../script.ts';
import type { JsonObject, Turn } from '../turn.ts';
import { sealThinking, signThinking } from './signature.ts';
import { spacedJson } from './spaced-json.ts';
import { cutTokens, longestToken } from './tokens.ts';

export type CompletedBlock =
  | {
      readonly type: 'text';
      readonly pieces: readonly string[];
      readonly exact: boolean;
      readonly citations?: readonly Citation[];
    }
  | { readonly type: 'redacted_thinking'; readonly data: string; readonly pieces: readonly string[] }
  | { readonly type: 'thinking'; readonly pieces: readonly string[]; readonly signature: string }
  | {
      readonly type: 'tool_use';
      readonly id: string;
      readonly name: string;
      /** `{}` when the answer ended before the input was whole. */
      readonly input: JsonObject;
      /** The input as JSON text, in tokens; cut short with the answer. */
      readonly pieces: readonly string[];
      /** What a tool of the model's own side gave. */
      readonly result?: { readonly type: string; readonly content: readonly JsonObject[] };
    };

/** A finished answer: what was said before a limit or a stop sequence ended it. */
export interface Completion {
  readonly blocks: readonly CompletedBlock[];
  /** `end_turn`, `max_tokens`, `stop_sequence`, `tool_use`, or what the reply says. */
  readonly stopReason: string;
  readonly stopSequence: string | null;
  readonly outputTokens: number;
  /** The part of `outputTokens` that was thinking. */
  readonly thinkingTokens: number;
}

/**
 * Ends a reply where a model would: at its last token, at `maxTokens` exactly, or where a stop sequence becomes
 * complete. The text then holds everything before that sequence and nothing of it. Stop sequences are looked for in
 * text, not in thinking or tool input.
 */
export function complete(
  reply: Reply,
  turn: Pick<Turn, 'maxTokens' | 'stopSequences' | 'thinking' | 'toolIds'>,
  random: Random,
): Completion {
  const blocks: CompletedBlock[] = [];
  let left = turn.maxTokens;
  let thinkingTokens = 0;
  let stopReason: string | undefined;
  let stopSequence: string | null = null;

  for (const block of reply.blocks) {
    if (stopReason !== undefined) break;
    let pieces = piecesOf(block, left);
    if (pieces.length === 0 && block.type === 'text') continue;
    let used = pieces.length;

    if (block.type === 'text') {
      const stop = findStop(pieces.join(''), turn.stopSequences);
      if (stop !== undefined) {
        const said = cutAt(pieces, stop.start);
        const tokens = countUpTo(pieces, stop.end);
        if (tokens <= left) {
          pieces = said;
          used = tokens;
          stopReason = 'stop_sequence';
          stopSequence = stop.sequence;
        }
      }
    }
    const whole = used <= left;
    if (!whole) {
      pieces = pieces.slice(0, left);
      used = left;
      stopReason = 'max_tokens';
    }
    left -= used;
    if (block.type === 'thinking' || block.type === 'redacted_thinking') thinkingTokens += used;
    if (pieces.length > 0 || whole) {
      const nth = blocks.filter(({ type }) => type === 'tool_use').length;
      const done = finish(block, pieces, whole, { turn, random, nth });
      if (done !== undefined) blocks.push(done);
    }
  }

  const calls = blocks.some((block) => block.type === 'tool_use' && block.result === undefined);
  return {
    blocks,
    stopReason: stopReason ?? reply.stopReason ?? (calls ? 'tool_use' : 'end_turn'),
    stopSequence,
    outputTokens: Math.max(1, turn.maxTokens - left),
    thinkingTokens,
  };
}

/** A block in tokens. Of a text that is much too long for what is left only the beginning is looked at. */
function piecesOf(block: ReplyBlock, left: number): readonly string[] {
  if (block.type === 'text' && block.deltas !== undefined)
    return block.deltas.filter((delta) => delta !== '');
  if (block.type === 'redacted_thinking') return redactedPieces;
  const text = block.type === 'tool_use' ? spacedJson(block.input) : block.text;
  return cutTokens(text.slice(0, (left + 1) * longestToken));
}

// What is sealed was thought: it counts.
const redactedPieces: readonly string[] = Array.from({ length: 40 }, () => '');

interface Finishing {
  readonly turn: Pick<Turn, 'thinking' | 'toolIds'>;
  readonly random: Random;
  /** How many tool calls stand before. */
  readonly nth: number;
}

function finish(
  block: ReplyBlock,
  pieces: readonly string[],
  whole: boolean,
  { turn, random, nth }: Finishing,
): CompletedBlock | undefined {
  switch (block.type) {
    case 'text':
      return pieces.length === 0
        ? undefined
        : {
            type: 'text',
            pieces,
            exact: block.deltas !== undefined,
            ...(block.citations === undefined ? {} : { citations: block.citations }),
          };
    case 'thinking': {
      const shown = turn.thinking.on && !turn.thinking.shown ? [] : pieces;
      return {
        type: 'thinking',
        pieces: shown,
        signature: whole ? signThinking(shown.join(''), random) : '',
      };
    }
    case 'redacted_thinking':
      return whole ? { type: 'redacted_thinking', data: sealThinking(random), pieces: [] } : undefined;
    case 'tool_use':
      return {
        type: 'tool_use',
        id: block.id ?? toolIdOf(turn.toolIds, block.name, nth, random),
        name: block.name,
        input: whole ? block.input : {},
        pieces,
        ...(block.result === undefined || !whole ? {} : { result: block.result }),
      };
  }
}

interface Stop {
  readonly sequence: string;
  readonly start: number;
  readonly end: number;
}

/** The stop sequence that is complete first; of two that end together the longer one. */
function findStop(text: string, sequences: readonly string[]): Stop | undefined {
  let found: Stop | undefined;
  for (const sequence of sequences) {
    if (sequence === '') continue;
    const start = text.indexOf(sequence);
    if (start === -1) continue;
    const end = start + sequence.length;
    if (found === undefined || end < found.end || (end === found.end && start < found.start))
      found = { sequence, start, end };
  }
  return found;
}

/** The pieces up to a place in their text; the last one may be cut. */
function cutAt(pieces: readonly string[], place: number): string[] {
  const kept: string[] = [];
  let length = 0;
  for (const piece of pieces) {
    if (length >= place) break;
    kept.push(piece.slice(0, place - length));
    length += piece.length;
  }
  return kept;
}

/** How many pieces it takes to reach a place. */
function countUpTo(pieces: readonly string[], place: number): number {
  let length = 0;
  let count = 0;
  for (const piece of pieces) {
    if (length >= place) break;
    length += piece.length;
    count += 1;
  }
  return count;
}
