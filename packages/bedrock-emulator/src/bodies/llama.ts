import type { ModelFacts } from '@streambed/model-facts';
import type { Completion } from '../engine/complete.ts';
import { countTokens } from '../engine/tokens.ts';
import { validationError } from '../errors.ts';
import type { PaceClock } from '../pace.ts';
import type { Turn } from '../turn.ts';
import type { BodyEvent, NativeBody } from './body.ts';
import { readLlamaPrompt } from './llama-prompt.ts';
import { metricsText } from './metrics.ts';
import { Problems, readObject } from './problems.ts';

const maxGenLen = 2048;
const defaultGenLen = 512;

/** Llama: everything is in one prompt text. */
export const llama: NativeBody = {
  parse,
  answer: (turn, completion) =>
    JSON.stringify({
      generation: textOf(completion),
      prompt_token_count: turn.inputTokens,
      generation_token_count: completion.outputTokens,
      stop_reason: stopReason(completion),
    }),
  events,
  counts: (turn, completion) => ({ input: turn.inputTokens, output: completion.outputTokens }),
};

function parse(value: unknown, model: ModelFacts, modelId: string): Turn {
  const problems = new Problems('schema');
  const body = readObject(value);
  const images = model.modalities.input.includes('image') ? ['images'] : [];
  problems.keys([], body, ['prompt'], ['max_gen_len', 'temperature', 'top_p', ...images]);
  const prompt = body.prompt === undefined ? undefined : problems.text(['prompt'], body.prompt);
  // The ranges are AWS's; of the words only those for missing and extraneous keys are in reports.
  if (prompt === '') problems.wrong(['prompt'], 'expected minLength: 1, actual: 0');
  const maxTokens =
    body.max_gen_len === undefined
      ? defaultGenLen
      : problems.integer(['max_gen_len'], body.max_gen_len, 1, maxGenLen);
  if (body.temperature !== undefined) problems.number(['temperature'], body.temperature, 0, 1);
  if (body.top_p !== undefined) problems.number(['top_p'], body.top_p, 0, 1);
  const attached =
    images.length === 0 || body.images === undefined ? [] : (problems.list(['images'], body.images) ?? []);
  problems.throwIfAny();

  const inputTokens = Math.max(1, countTokens(prompt ?? ''));
  if (model.contextWindow !== undefined && inputTokens > model.contextWindow)
    throw validationError('Input is too long for requested model.');
  const { system, messages } = readLlamaPrompt(prompt ?? '');
  const attachments = attached.map(() => 'image');
  return {
    model,
    modelId,
    system,
    messages: messages.map((message, place) =>
      place === messages.length - 1 ? { ...message, attachments } : message,
    ),
    tools: [],
    toolChoice: { type: 'none' },
    thinking: { on: false, shown: false },
    maxTokens: maxTokens ?? defaultGenLen,
    stopSequences: [],
    inputTokens,
  };
}

/**
 * One token an event. `generation_token_count` counts up, `prompt_token_count` is told once. The answer's end has an
 * event of its own, except where the length ended it: then the last token carries it (both recorded).
 */
function* events(turn: Turn, completion: Completion, clock: PaceClock): Generator<BodyEvent> {
  const pieces = completion.blocks.flatMap((block) => (block.type === 'text' ? block.pieces : []));
  const texts = completion.stopReason === 'max_tokens' ? pieces : [...pieces, ''];
  if (texts.length === 0) texts.push('');
  for (const [place, text] of texts.entries()) {
    const last = place === texts.length - 1;
    const count = last ? completion.outputTokens : place + 1;
    const prompt = place === 0 ? turn.inputTokens : 'null';
    const start = `{"generation":${JSON.stringify(text)},"prompt_token_count":${prompt},"generation_token_count":${count},"stop_reason":`;
    if (last) {
      // The metrics are read when this event is made: its own time is then not in them, a token's worth.
      const metrics = metricsText(turn, completion, clock);
      yield { json: `${start}"${stopReason(completion)}",${metrics}}`, tokens: 1, ending: true, last };
    } else yield { json: `${start}null}`, tokens: 1, ending: false, last };
  }
}

function stopReason(completion: Completion): string {
  return completion.stopReason === 'max_tokens' ? 'length' : 'stop';
}

function textOf(completion: Completion): string {
  return completion.blocks.flatMap((block) => (block.type === 'text' ? block.pieces : [])).join('');
}
