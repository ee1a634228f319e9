import type { CompletedBlock } from '../engine/complete.ts';
import type { PaceClock } from '../pace.ts';
import type { Random } from '../random.ts';
import { grouped } from './claude-answer.ts';
import {
  type ConverseFrame,
  citationOf,
  converseUsage,
  optional,
  redacted,
  shows,
  stopReasonOf,
  toolHead,
} from './converse-answer.ts';

/** One event of ConverseStream: its type stands in the frame's header, its members in the payload. */
export interface ConverseEvent {
  readonly type:
    | 'messageStart'
    | 'contentBlockStart'
    | 'contentBlockDelta'
    | 'contentBlockStop'
    | 'messageStop'
    | 'metadata';
  /** The members that sort before `p`, and those that sort after: JSON without the braces. */
  readonly before: string;
  readonly after: string;
  readonly tokens: number;
  readonly ending: boolean;
  readonly last: boolean;
}

/** Everything but the latency, which is read off the clock when the last event is made. */
export type StreamFrame = Omit<ConverseFrame, 'latencyMs'>;

/**
 * The answer's events in the recorded order. There is no `contentBlockStart` for text and reasoning; `metadata` comes
 * after `messageStop`.
 */
export function* converseEvents(
  frame: StreamFrame,
  clock: PaceClock,
  random: Random,
): Generator<ConverseEvent> {
  const { dialect, completion } = frame;
  yield event('messageStart', '', '"role":"assistant"');
  const blocks = completion.blocks.filter((block) => shows(block, dialect));
  let index = 0;
  if (dialect.emptyStart === 'block' && blocks[0]?.type === 'thinking') {
    yield delta(0, '{"text":""}', 0);
    yield stop(0, false);
    index += 1;
  }
  for (const [nth, block] of blocks.entries()) {
    const ending = nth === blocks.length - 1;
    yield* blockEvents(block, index, frame, random);
    yield stop(index, ending && !hasResult(block));
    index += 1;
    if (!hasResult(block)) continue;
    yield* resultEvents(block, index);
    yield stop(index, ending);
    index += 1;
  }
  const fields = frame.responseFields;
  const reason = `"stopReason":${JSON.stringify(stopReasonOf(completion))}`;
  yield event(
    'messageStop',
    fields === undefined ? '' : `"additionalModelResponseFields":${JSON.stringify(fields)}`,
    reason,
    true,
  );
  yield { ...metadata(frame, clock), ending: true, last: true };
}

function metadata(frame: StreamFrame, clock: PaceClock): ConverseEvent {
  const usage = converseUsage({ ...frame, latencyMs: 0 }, true);
  const after = {
    ...optional('performanceConfig', frame.performance),
    ...optional('serviceTier', frame.serviceTier),
    ...optional('trace', frame.trace),
    usage,
  };
  return event('metadata', `"metrics":{"latencyMs":${clock.latencyMs}}`, JSON.stringify(after).slice(1, -1));
}

function* blockEvents(
  block: CompletedBlock,
  index: number,
  { dialect, turn }: StreamFrame,
  random: Random,
): Generator<ConverseEvent> {
  switch (block.type) {
    case 'text':
      for (const citation of block.citations ?? [])
        yield delta(index, `{"citation":${JSON.stringify(citationOf(citation))}}`, 0);
      if (dialect.emptyStart === 'delta') yield delta(index, '{"text":""}', 0);
      if (dialect.wholeText && !block.exact)
        yield delta(index, `{"text":${JSON.stringify(block.pieces.join(''))}}`, block.pieces.length);
      else
        for (const [text, tokens] of grouped(block.pieces, block.exact ? 1 : 6, random))
          yield delta(index, `{"text":${JSON.stringify(text)}}`, tokens);
      return;
    case 'thinking':
      for (const [text, tokens] of grouped(block.pieces, 6, random))
        yield delta(index, `{"reasoningContent":{"text":${JSON.stringify(text)}}}`, tokens);
      if (dialect.reasoning === 'signed' && block.signature !== '')
        yield delta(index, `{"reasoningContent":{"signature":"${block.signature}"}}`, 0);
      return;
    case 'redacted_thinking':
      yield delta(index, `{"reasoningContent":{"redactedContent":"${redacted(block.data)}"}}`, 0);
      return;
    case 'tool_use': {
      const head = JSON.stringify({ toolUse: toolHead(block, dialect, turn) });
      yield event('contentBlockStart', `"contentBlockIndex":${index}`, `"start":${head}`);
      const empty = Object.keys(block.input).length === 0 && block.pieces.join('') === '{}';
      if (dialect.wholeInput) {
        // Nova writes its input in one piece, and none at all where there is nothing to say (recorded).
        if (!empty) yield input(index, JSON.stringify(block.input), block.pieces.length);
        return;
      }
      yield input(index, '', 0);
      if (empty) return;
      for (const [text, tokens] of grouped(block.pieces, 4, random)) yield input(index, text, tokens);
    }
  }
}

type WithResult = Extract<CompletedBlock, { type: 'tool_use' }>;

function hasResult(block: CompletedBlock): block is WithResult {
  return block.type === 'tool_use' && block.result !== undefined;
}

function* resultEvents(block: WithResult, index: number): Generator<ConverseEvent> {
  const start = { toolResult: { status: 'success', toolUseId: block.id, type: block.result?.type ?? '' } };
  yield event('contentBlockStart', `"contentBlockIndex":${index}`, `"start":${JSON.stringify(start)}`);
  yield delta(index, `{"toolResult":${JSON.stringify(block.result?.content ?? [])}}`, 0);
}

function event(type: ConverseEvent['type'], before: string, after: string, ending = false): ConverseEvent {
  return { type, before, after, tokens: 0, ending, last: false };
}

function delta(index: number, value: string, tokens: number): ConverseEvent {
  return {
    type: 'contentBlockDelta',
    before: `"contentBlockIndex":${index},"delta":${value}`,
    after: '',
    tokens,
    ending: false,
    last: false,
  };
}

function input(index: number, text: string, tokens: number): ConverseEvent {
  return delta(index, `{"toolUse":{"input":${JSON.stringify(text)}}}`, tokens);
}

function stop(index: number, ending: boolean): ConverseEvent {
  return event('contentBlockStop', `"contentBlockIndex":${index}`, '', ending);
}
