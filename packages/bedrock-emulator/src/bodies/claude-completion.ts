import type { ModelFacts } from '@streambed/model-facts';
import type { Completion } from '../engine/complete.ts';
import { countTokens } from '../engine/tokens.ts';
import type { PaceClock } from '../pace.ts';
import type { Turn, TurnMessage } from '../turn.ts';
import type { BodyEvent, NativeBody } from './body.ts';
import { stopSequences } from './claude-fields.ts';
import { metricsText } from './metrics.ts';
import { Problems, readObject } from './problems.ts';

const humanTurn = '\n\nHuman:';

/** `{prompt: "\n\nHuman: …\n\nAssistant:", max_tokens_to_sample}`: the text completions of claude-v2 and claude-instant. */
export const claudeCompletion: NativeBody = {
  parse,
  answer: (_turn, completion) =>
    // A whole answer stops at the human's turn, as recorded.
    JSON.stringify({ type: 'completion', completion: ` ${textOf(completion)}`, ...ending(completion) }),
  events,
  counts: (turn, completion) => ({ input: turn.inputTokens, output: completion.outputTokens }),
};

function parse(value: unknown, model: ModelFacts, modelId: string): Turn {
  const problems = new Problems('schema');
  const body = readObject(value);
  problems.keys(
    [],
    body,
    ['prompt', 'max_tokens_to_sample'],
    ['temperature', 'top_p', 'top_k', 'stop_sequences', 'anthropic_version'],
  );
  const prompt = body.prompt === undefined ? '' : problems.text(['prompt'], body.prompt);
  const maxTokens =
    body.max_tokens_to_sample === undefined
      ? 1
      : problems.integer(['max_tokens_to_sample'], body.max_tokens_to_sample, 1, model.maxOutput);
  if (body.temperature !== undefined) problems.number(['temperature'], body.temperature, 0, 1);
  if (body.top_p !== undefined) problems.number(['top_p'], body.top_p, 0, 1);
  if (body.top_k !== undefined) problems.integer(['top_k'], body.top_k, 0, 500);
  const stops = stopSequences(body.stop_sequences, problems);
  problems.throwIfAny();

  return {
    model,
    modelId,
    system: '',
    messages: splitTurns(prompt ?? ''),
    tools: [],
    toolChoice: { type: 'none' },
    thinking: { on: false, shown: false },
    maxTokens: maxTokens ?? 1,
    stopSequences: stops,
    inputTokens: Math.max(1, countTokens(prompt ?? '')),
  };
}

function* events(turn: Turn, completion: Completion, clock: PaceClock): Generator<BodyEvent> {
  let first = true;
  for (const block of completion.blocks) {
    for (const piece of block.pieces) {
      const text = JSON.stringify(first ? ` ${piece}` : piece);
      yield {
        json: `{"type":"completion","completion":${text},"stop_reason":null,"stop":null}`,
        tokens: 1,
        ending: false,
        last: false,
      };
      first = false;
    }
  }
  const end = JSON.stringify({ type: 'completion', completion: '', ...ending(completion) });
  const metrics = metricsText(turn, completion, clock);
  yield { json: `${end.slice(0, -1)},${metrics}}`, tokens: 0, ending: true, last: true };
}

function ending(completion: Completion): { readonly stop_reason: string; readonly stop: string | null } {
  if (completion.stopReason === 'max_tokens') return { stop_reason: 'max_tokens', stop: null };
  return { stop_reason: 'stop_sequence', stop: completion.stopSequence ?? humanTurn };
}

function textOf(completion: Completion): string {
  return completion.blocks.flatMap((block) => (block.type === 'text' ? block.pieces : [])).join('');
}

function splitTurns(prompt: string): TurnMessage[] {
  const messages: TurnMessage[] = [];
  for (const part of prompt.split(/(?=(?:^|\n\n)(?:Human|Assistant):)/)) {
    const found = /^\s*(?<who>Human|Assistant):\s?(?<text>[\s\S]*)$/.exec(part)?.groups;
    const said = (found?.text ?? part).trim();
    const text = said.endsWith('Assistant:') ? said.slice(0, -'Assistant:'.length).trim() : said;
    if (text === '') continue;
    const role = found?.who === 'Assistant' ? 'assistant' : 'user';
    messages.push({ role, text, toolUses: [], toolResults: [], attachments: [] });
  }
  return messages;
}
