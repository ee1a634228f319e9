import { Burst, type Delta, type EventItem, type MessagesRequest, type Usage } from '@streambed/protocol';
import type { Bulk } from './bulk.ts';

/** A rule of thumb for English; what a model really counts is known only at an answer's end. */
const charactersPerToken = 4;

/** Fields whose strings are bytes of a file and not text. */
const encoded = new Set(['data', 'bytes', 'signature']);

/** How many characters of text, thinking and tool arguments the items carry. */
export function charactersIn(items: readonly EventItem[]): number {
  let characters = 0;
  for (const item of items) {
    if (item instanceof Burst) characters += item.text.length;
    else if (item.event.type === 'content_block_delta') characters += lengthOf(item.event.delta);
  }
  return characters;
}

/**
 * The counts of an answer that was ended before the model said them, for an estimate of its cost: Claude's first event
 * says only a provisional count of output, Converse says nothing before its end. A count that is larger stays.
 */
export function estimateUsage(usage: Usage, written: number, request: MessagesRequest, bulk?: Bulk): Usage {
  return {
    ...usage,
    input_tokens: usage.input_tokens ?? estimateInput(request, bulk),
    output_tokens: Math.max(usage.output_tokens ?? 0, tokens(written)),
  };
}

/** About how many tokens a request takes in, by its texts. */
export function estimateInput({ system, tools, messages }: MessagesRequest, bulk?: Bulk): number {
  return tokens(textLength([system, tools, messages], bulk));
}

function lengthOf(delta: Delta): number {
  switch (delta.type) {
    case 'text_delta':
      return delta.text.length;
    case 'thinking_delta':
      return delta.thinking.length;
    case 'input_json_delta':
      return delta.partial_json.length;
    default:
      return 0;
  }
}

function textLength(value: unknown, bulk: Bulk | undefined): number {
  if (typeof value === 'string') return value.length + (bulk?.hiddenIn(value) ?? 0);
  if (typeof value !== 'object' || value === null) return 0;
  return Object.entries(value).reduce(
    (sum, [name, field]) => (encoded.has(name) ? sum : sum + textLength(field, bulk)),
    0,
  );
}

function tokens(characters: number): number {
  return Math.ceil(characters / charactersPerToken);
}
