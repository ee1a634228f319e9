import type { CompletedBlock, Completion } from '../engine/complete.ts';
import { uuid } from '../ids.ts';
import type { PaceClock } from '../pace.ts';
import type { Random } from '../random.ts';
import type { Turn } from '../turn.ts';
import type { BodyEvent, NativeBody } from './body.ts';
import { parseChat } from './chat-request.ts';
import { grouped } from './claude-answer.ts';
import { converseDialectOf } from './converse-dialect.ts';
import { metricsText } from './metrics.ts';

/**
 * OpenAI's chat body: gpt-oss (recorded), and by its example Qwen, DeepSeek V3, Kimi, GLM, MiniMax, Gemma, Nemotron.
 * gpt-oss has its thoughts inside the text.
 */
export const chat: NativeBody = {
  parse: parseChat,
  answer,
  events,
  counts: (turn, completion) => ({ input: turn.inputTokens, output: completion.outputTokens }),
};

function answer(turn: Turn, completion: Completion, random: Random): string {
  const calls = completion.blocks.flatMap((block) => (block.type === 'tool_use' ? [callOf(block)] : []));
  const text = completion.blocks.flatMap((block) => textOf(block, turn)).join('');
  return JSON.stringify({
    choices: [
      {
        finish_reason: finishReason(completion),
        index: 0,
        logprobs: null,
        message: {
          content: text === '' ? null : text,
          refusal: null,
          role: 'assistant',
          ...(calls.length === 0 ? {} : { tool_calls: calls }),
        },
      },
    ],
    ...head(turn, random, 'chat.completion'),
    usage: usageOf(turn, completion),
  });
}

function* events(turn: Turn, completion: Completion, clock: PaceClock, random: Random): Generator<BodyEvent> {
  const rest = JSON.stringify(head(turn, random, 'chat.completion.chunk')).slice(1);
  const chunk = (delta: string, tokens: number, reason: string | null = null): BodyEvent => ({
    json: `{"choices":[{"delta":${delta},"finish_reason":${JSON.stringify(reason)},"index":0}],${rest}`,
    tokens,
    ending: reason !== null,
    last: false,
  });
  yield chunk('{"content":"","role":"assistant"}', 0);
  let nth = 0;
  for (const block of completion.blocks) {
    if (block.type === 'tool_use') {
      const { function: called, id, type } = callOf(block);
      const call = { function: called, id, index: nth++, type };
      yield chunk(JSON.stringify({ tool_calls: [call] }), block.pieces.length);
      continue;
    }
    if (block.type === 'redacted_thinking') continue;
    const exact = block.type === 'text' && block.exact;
    for (const [text, tokens] of grouped(block.pieces, exact ? 1 : 6, random))
      yield chunk(JSON.stringify({ content: wrapped(block, text, turn) }), tokens);
  }
  yield chunk('{}', 0, finishReason(completion));
  const usage = JSON.stringify(usageOf(turn, completion));
  yield {
    json: `{"choices":[],${rest.slice(0, -1)},"usage":${usage},${metricsText(turn, completion, clock)}}`,
    tokens: 0,
    ending: true,
    last: true,
  };
}

function head(turn: Turn, random: Random, object: string) {
  return {
    created: Math.floor(Date.now() / 1000),
    id: `chatcmpl-${uuid(random)}`,
    model: turn.model.id,
    object,
    service_tier: 'auto',
  };
}

function callOf(block: Extract<CompletedBlock, { type: 'tool_use' }>) {
  const input = block.pieces.join('');
  return { function: { arguments: input, name: block.name }, id: block.id, type: 'function' };
}

function textOf(block: CompletedBlock, turn: Turn): readonly string[] {
  return block.type === 'text' || block.type === 'thinking'
    ? [wrapped(block, block.pieces.join(''), turn)]
    : [];
}

/** Each piece of gpt-oss's thinking stands in tags of its own (recorded). Others' thoughts don't show here. */
function wrapped(block: CompletedBlock, text: string, turn: Turn): string {
  if (block.type !== 'thinking') return text;
  return converseDialectOf(turn.model).kind === 'gpt-oss' ? `<reasoning>${text}</reasoning>` : '';
}

function finishReason({ stopReason }: Completion): string {
  switch (stopReason) {
    case 'tool_use':
      return 'tool_calls';
    case 'max_tokens':
      return 'length';
    case 'refusal':
      return 'content_filter';
    default:
      return 'stop';
  }
}

function usageOf(turn: Turn, { outputTokens }: Completion) {
  return {
    completion_tokens: outputTokens,
    prompt_tokens: turn.inputTokens,
    total_tokens: turn.inputTokens + outputTokens,
  };
}
