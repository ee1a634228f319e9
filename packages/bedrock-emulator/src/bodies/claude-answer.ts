import type { CompletedBlock, Completion } from '../engine/complete.ts';
import type { PaceClock } from '../pace.ts';
import type { Random } from '../random.ts';
import type { Citation } from '../script.ts';
import type { Turn } from '../turn.ts';
import type { BodyEvent, HeaderCounts } from './body.ts';
import { cacheCounts } from './cache-counts.ts';
import { type ClaudeDialect, claudeMessageId, claudeName, dialectOf } from './claude-dialect.ts';
import { metricsText } from './metrics.ts';

/** The whole message, keys in the recorded order. */
export function claudeAnswer(turn: Turn, completion: Completion, random: Random): string {
  const dialect = dialectOf(turn.model);
  return JSON.stringify({
    ...head(turn, dialect, random),
    content: completion.blocks.map(wholeBlock),
    ...stop(completion, dialect),
    usage: {
      ...inputUsage(turn, dialect),
      output_tokens: completion.outputTokens,
      ...(dialect.latest
        ? {
            output_tokens_details: { thinking_tokens: completion.thinkingTokens },
            service_tier: 'standard',
          }
        : {}),
    },
  });
}

/**
 * Cache counts stand in the headers where the recordings have them: where something was marked for the cache, always
 * from 4.5 on, and reads alone on the latest.
 */
export function claudeCounts(turn: Turn, completion: Completion): HeaderCounts {
  const dialect = dialectOf(turn.model);
  const { input, read, written } = cacheCounts(turn);
  return {
    input,
    output: completion.outputTokens,
    ...(dialect.details || turn.cached ? { cacheRead: read } : {}),
    ...((dialect.details && !dialect.latest) || turn.cached ? { cacheWrite: written } : {}),
  };
}

/** The same answer as Messages events, one a chunk. */
export function* claudeEvents(
  turn: Turn,
  completion: Completion,
  clock: PaceClock,
  random: Random,
): Generator<BodyEvent> {
  const dialect = dialectOf(turn.model);
  const counts = cacheCounts(turn);
  yield event({
    type: 'message_start',
    message: {
      ...head(turn, dialect, random),
      content: [],
      ...stop(undefined, dialect),
      usage: {
        ...inputUsage(turn, dialect),
        output_tokens: Math.min(random.integer(1, 8), completion.outputTokens),
        ...(dialect.latest ? { service_tier: 'standard' } : {}),
      },
    },
  });

  const lastIndex = completion.blocks.length - 1;
  for (const [index, block] of completion.blocks.entries()) {
    yield event({ type: 'content_block_start', index, content_block: emptyBlock(block) });
    yield* deltas(block, index, random);
    yield event({ type: 'content_block_stop', index }, 0, index === lastIndex);
  }
  yield event(
    {
      type: 'message_delta',
      delta: stop(completion, dialect),
      usage: {
        ...(dialect.details
          ? {
              input_tokens: counts.input,
              cache_creation_input_tokens: counts.written,
              cache_read_input_tokens: counts.read,
            }
          : {}),
        output_tokens: completion.outputTokens,
        ...(dialect.latest ? { output_tokens_details: { thinking_tokens: completion.thinkingTokens } } : {}),
      },
    },
    0,
    true,
  );
  const metrics = metricsText(turn, completion, clock);
  yield { json: `{"type":"message_stop",${metrics}}`, tokens: 0, ending: true, last: true };
}

function event(value: object, tokens = 0, ending = false): BodyEvent {
  return { json: JSON.stringify(value), tokens, ending, last: false };
}

function* deltas(block: CompletedBlock, index: number, random: Random): Generator<BodyEvent> {
  switch (block.type) {
    case 'text':
      for (const citation of block.citations ?? [])
        yield delta(
          index,
          `{"type":"citations_delta","citation":${JSON.stringify(citationOf(citation))}}`,
          0,
        );
      for (const [text, tokens] of grouped(block.pieces, block.exact ? 1 : 6, random))
        yield delta(index, `{"type":"text_delta","text":${JSON.stringify(text)}}`, tokens);
      return;
    case 'thinking':
      for (const [text, tokens] of grouped(block.pieces, 6, random))
        yield delta(index, `{"type":"thinking_delta","thinking":${JSON.stringify(text)}}`, tokens);
      if (block.signature !== '')
        yield delta(index, `{"type":"signature_delta","signature":"${block.signature}"}`, 0);
      return;
    case 'redacted_thinking':
      return;
    case 'tool_use':
      // The first piece of tool input is always an empty one (recorded).
      yield delta(index, '{"type":"input_json_delta","partial_json":""}', 0);
      for (const [text, tokens] of grouped(block.pieces, 4, random))
        yield delta(index, `{"type":"input_json_delta","partial_json":${JSON.stringify(text)}}`, tokens);
      return;
  }
}

// Deltas are nine tenths of all events: written by hand they cost a third of JSON.stringify.
function delta(index: number, value: string, tokens: number): BodyEvent {
  return {
    json: `{"type":"content_block_delta","index":${index},"delta":${value}}`,
    tokens,
    ending: false,
    last: false,
  };
}

/** Claude's deltas carry one to a few tokens each; the first ones are the shortest (recorded). */
export function* grouped(
  pieces: readonly string[],
  most: number,
  random: Random,
): Generator<readonly [string, number]> {
  let place = 0;
  while (place < pieces.length) {
    const size = Math.min(most === 1 ? 1 : random.integer(1, place < 4 ? 2 : most), pieces.length - place);
    yield [size === 1 ? (pieces[place] ?? '') : pieces.slice(place, place + size).join(''), size];
    place += size;
  }
}

function head(turn: Turn, dialect: ClaudeDialect, random: Random) {
  const id = claudeMessageId(dialect, random);
  const model = claudeName(turn.model);
  return dialect.details
    ? { model, id, type: 'message', role: 'assistant' }
    : { id, type: 'message', role: 'assistant', model };
}

function stop(completion: Completion | undefined, dialect: ClaudeDialect) {
  return {
    stop_reason: completion?.stopReason ?? null,
    stop_sequence: completion?.stopSequence ?? null,
    ...(dialect.details ? { stop_details: null } : {}),
  };
}

function inputUsage(turn: Turn, dialect: ClaudeDialect) {
  const { input, read, written, written5m, written1h } = cacheCounts(turn);
  return {
    input_tokens: input,
    ...(dialect.cacheUsage ? { cache_creation_input_tokens: written, cache_read_input_tokens: read } : {}),
    ...(dialect.details
      ? {
          cache_creation: {
            ephemeral_5m_input_tokens: written5m,
            ephemeral_1h_input_tokens: written1h,
          },
        }
      : {}),
  };
}

/** As Anthropic documents it. */
function citationOf({ unit, text, document, title, start, end }: Citation): object {
  const cited = { cited_text: text, document_index: document, document_title: title === '' ? null : title };
  switch (unit) {
    case 'char':
      return { type: 'char_location', ...cited, start_char_index: start, end_char_index: end };
    case 'page':
      return { type: 'page_location', ...cited, start_page_number: start, end_page_number: end };
    case 'chunk':
      return { type: 'content_block_location', ...cited, start_block_index: start, end_block_index: end };
  }
}

function wholeBlock(block: CompletedBlock): object {
  switch (block.type) {
    case 'text':
      return {
        type: 'text',
        text: block.pieces.join(''),
        ...(block.citations === undefined ? {} : { citations: block.citations.map(citationOf) }),
      };
    case 'thinking':
      return { type: 'thinking', thinking: block.pieces.join(''), signature: block.signature };
    case 'redacted_thinking':
      return { type: 'redacted_thinking', data: block.data };
    case 'tool_use':
      return { type: 'tool_use', id: block.id, name: block.name, input: block.input };
  }
}

function emptyBlock(block: CompletedBlock): object {
  switch (block.type) {
    case 'text':
      return { type: 'text', text: '', ...(block.citations === undefined ? {} : { citations: [] }) };
    case 'thinking':
      return { type: 'thinking', thinking: '', signature: '' };
    case 'redacted_thinking':
      return { type: 'redacted_thinking', data: block.data };
    case 'tool_use':
      return { type: 'tool_use', id: block.id, name: block.name, input: {} };
  }
}
