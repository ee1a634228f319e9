import { StreambedError } from '@streambed/protocol';
import { keepNumbers } from '../keep-numbers.ts';
import { type Fields, isFields, reading, unionKey } from './read.ts';

const answer = reading('SB_UPSTREAM_UNEXPECTED', 'Converse answered in a way it does not');

/**
 * A whole answer of Converse, as the events ConverseStream would have sent: so there is one reader for both.
 * Throws `SB_UPSTREAM_UNEXPECTED` for what isn't one.
 */
export function readWhole(body: string, emit: (type: string, payload: Fields) => void): void {
  const { output, stopReason, usage, metrics, trace, ...rest } = answer.fields(parse(body), '');
  const message = answer.fields(answer.fields(output, 'output').message, 'output.message');
  emit('messageStart', { role: 'assistant' });
  const content = answer.list(message.content, 'output.message.content');
  const callsTools = content.some((block) => isFields(block) && block.toolUse !== undefined);
  const asWritten = callsTools ? contentOf(parse(body, keepNumbers)) : content;
  for (const [index, value] of content.entries()) {
    const block = answer.fields(value, `output.message.content[${index}]`);
    emitBlock(index, block.toolUse === undefined ? block : answer.fields(asWritten[index], ''), emit);
  }
  const { additionalModelResponseFields, performanceConfig, serviceTier } = rest;
  emit('messageStop', { stopReason, additionalModelResponseFields });
  emit('metadata', { usage, metrics, trace, performanceConfig, serviceTier });
}

function contentOf(whole: unknown): readonly unknown[] {
  return (whole as { output: { message: { content: readonly unknown[] } } }).output.message.content;
}

function emitBlock(
  contentBlockIndex: number,
  block: Fields,
  emit: (type: string, payload: Fields) => void,
): void {
  const kind = unionKey(block);
  if (kind === undefined) return;
  const value = block[kind];
  const start = (start: Fields) => emit('contentBlockStart', { contentBlockIndex, start });
  const delta = (delta: Fields) => emit('contentBlockDelta', { contentBlockIndex, delta });
  switch (kind) {
    case 'text':
      delta({ text: value });
      break;
    case 'toolUse': {
      const { input, ...head } = answer.fields(value, 'toolUse');
      start({ toolUse: head });
      delta({ toolUse: { input: JSON.stringify(input ?? {}) } });
      break;
    }
    case 'toolResult': {
      const { content, ...head } = answer.fields(value, 'toolResult');
      start({ toolResult: head });
      delta({ toolResult: content });
      break;
    }
    case 'reasoningContent': {
      const { reasoningText, redactedContent } = answer.fields(value, 'reasoningContent');
      if (redactedContent !== undefined) delta({ reasoningContent: { redactedContent } });
      if (reasoningText !== undefined) {
        const { text, signature } = answer.fields(reasoningText, 'reasoningContent.reasoningText');
        delta({ reasoningContent: { text, signature } });
      }
      break;
    }
    case 'citationsContent': {
      const { content, citations } = answer.fields(value, 'citationsContent');
      for (const citation of answer.list(citations, 'citationsContent.citations')) delta({ citation });
      for (const piece of answer.list(content, 'citationsContent.content')) {
        delta({ text: answer.fields(piece, 'citationsContent.content').text });
      }
      break;
    }
    case 'image': {
      const { format, source } = answer.fields(value, 'image');
      start({ image: { format } });
      delta({ image: { source } });
      break;
    }
    default:
      start({ [kind]: isFields(value) ? value : { value } });
  }
  emit('contentBlockStop', { contentBlockIndex });
}

function parse(body: string, reviver?: typeof keepNumbers): unknown {
  try {
    return JSON.parse(body, reviver);
  } catch (cause) {
    throw new StreambedError('SB_UPSTREAM_UNEXPECTED', undefined, { cause });
  }
}
