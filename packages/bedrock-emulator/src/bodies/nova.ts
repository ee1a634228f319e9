import type { CompletedBlock, Completion } from '../engine/complete.ts';
import type { PaceClock } from '../pace.ts';
import type { Random } from '../random.ts';
import type { JsonObject, Turn } from '../turn.ts';
import type { BodyEvent, NativeBody } from './body.ts';
import { cacheCounts } from './cache-counts.ts';
import { grouped } from './claude-answer.ts';
import { stopReasonOf } from './converse-answer.ts';
import { metricsText } from './metrics.ts';
import { parseNova } from './nova-request.ts';

/** Amazon Nova's own body, `messages-v1`: like Converse, with keys in an order of its own. */
export const nova: NativeBody = {
  parse: parseNova,
  answer: (turn, completion) => {
    const { input, read, written } = cacheCounts(turn);
    return JSON.stringify({
      output: { message: { content: completion.blocks.flatMap(wholeBlock), role: 'assistant' } },
      stopReason: stopReasonOf(completion),
      usage: {
        inputTokens: input,
        outputTokens: completion.outputTokens,
        totalTokens: turn.inputTokens + completion.outputTokens,
        cacheReadInputTokenCount: read,
        cacheWriteInputTokenCount: written,
      },
    });
  },
  events,
  counts: (turn, completion) => {
    const { input, read, written } = cacheCounts(turn);
    return { input, output: completion.outputTokens, cacheRead: read, cacheWrite: written };
  },
};

function wholeBlock(block: CompletedBlock): readonly JsonObject[] {
  switch (block.type) {
    case 'text':
      return [{ text: block.pieces.join('') }];
    case 'thinking':
      return [{ reasoningContent: { reasoningText: { text: block.pieces.join('') } } }];
    case 'tool_use':
      return [{ toolUse: { name: block.name, toolUseId: block.id, input: block.input } }];
    case 'redacted_thinking':
      return [];
  }
}

/**
 * One key an event: its type. Every delta of a text is a block of its own with a stop after it, and a tool's index
 * skips one (all recorded).
 */
function* events(turn: Turn, completion: Completion, clock: PaceClock, random: Random): Generator<BodyEvent> {
  yield event({ messageStart: { role: 'assistant' } });
  let index = 0;
  for (const [nth, block] of completion.blocks.entries()) {
    const ending = nth === completion.blocks.length - 1;
    if (block.type === 'tool_use') {
      const start = { toolUse: { toolUseId: block.id, name: block.name } };
      yield event({ contentBlockStart: { start, contentBlockIndex: index } });
      if (Object.keys(block.input).length > 0 || block.pieces.join('') !== '{}')
        yield delta({ toolUse: { input: JSON.stringify(block.input) } }, index, block.pieces.length);
      yield stop(index, ending);
      index += 2;
      continue;
    }
    if (block.type === 'redacted_thinking') continue;
    const pieces = [...grouped(block.pieces, block.type === 'text' && block.exact ? 1 : 6, random)];
    for (const [place, [text, tokens]] of pieces.entries()) {
      const value = block.type === 'text' ? { text } : { reasoningContent: { reasoningText: { text } } };
      yield delta(value, index, tokens);
      yield stop(index, ending && place === pieces.length - 1);
      index += 1;
    }
  }
  yield event({ messageStop: { stopReason: stopReasonOf(completion) } }, true);
  const { input, read, written } = cacheCounts(turn);
  const usage = {
    inputTokens: input,
    outputTokens: completion.outputTokens,
    cacheReadInputTokenCount: read,
    cacheWriteInputTokenCount: written,
  };
  const metadata = JSON.stringify({ metadata: { usage, metrics: {}, trace: {} } }).slice(0, -1);
  const json = `${metadata},${metricsText(turn, completion, clock)}}`;
  yield { json, tokens: 0, ending: true, last: true };
}

function event(value: object, ending = false): BodyEvent {
  return { json: JSON.stringify(value), tokens: 0, ending, last: false };
}

function delta(value: object, contentBlockIndex: number, tokens: number): BodyEvent {
  const json = JSON.stringify({ contentBlockDelta: { delta: value, contentBlockIndex } });
  return { json, tokens, ending: false, last: false };
}

function stop(contentBlockIndex: number, ending: boolean): BodyEvent {
  return event({ contentBlockStop: { contentBlockIndex } }, ending);
}
