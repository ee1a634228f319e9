import type { Thinking, Tool } from '@streambed/protocol';
import { quirksOf } from '../families/quirks.ts';
import { type Fields, isFields } from './read.ts';

/** What a model's own fields say in our words, and what is left of them. */
export interface ReadFields {
  readonly top_k?: number;
  readonly thinking?: Thinking;
  readonly output_config?: Fields;
  readonly anthropic_beta?: string[];
  readonly tools: readonly Tool[];
  /** What has no word of ours: sent as it is. */
  readonly rest: Fields;
}

/** Reads `additionalModelRequestFields` by the kind of model they are for. */
export function fromAdditionalFields(fields: Fields, model: string): ReadFields {
  const quirks = quirksOf({ id: model, facts: undefined });
  switch (quirks.thinking) {
    case 'claude':
      return fromClaude(fields);
    case 'nova':
      return { ...fromNova(fields) };
    case 'reasoning_effort': {
      const { reasoning_effort: effort, ...rest } = fields;
      return typeof effort === 'string'
        ? { output_config: { effort }, tools: [], rest }
        : { tools: [], rest: fields };
    }
    case 'reasoning_config': {
      const { reasoning_config: level, ...rest } = fields;
      if (level !== 'low' && level !== 'high') return { tools: [], rest: fields };
      return { thinking: { type: 'adaptive' }, output_config: { effort: level }, tools: [], rest };
    }
    default:
      return quirks.topK === 'inferenceConfig.topK' ? fromNova(fields) : { tools: [], rest: fields };
  }
}

function fromClaude(fields: Fields): ReadFields {
  // `reasoning_config` is another name that Bedrock takes for `thinking`.
  const { thinking, reasoning_config: alias, output_config: output, top_k: topK, ...others } = fields;
  const { anthropic_beta: betas, tools, ...rest } = others;
  const asked = thinking ?? alias;
  return {
    ...(isThinking(asked) && { thinking: asked }),
    ...(isFields(output) && { output_config: output }),
    ...(typeof topK === 'number' && { top_k: topK }),
    ...(Array.isArray(betas) && { anthropic_beta: betas as string[] }),
    tools: Array.isArray(tools) ? (tools as Tool[]) : [],
    rest,
  };
}

function fromNova(fields: Fields): ReadFields {
  const { reasoningConfig: reasoning, inferenceConfig: inference, ...others } = fields;
  const { topK, ...otherInference } = isFields(inference) ? inference : {};
  const rest =
    Object.keys(otherInference).length > 0 ? { ...others, inferenceConfig: otherInference } : others;
  const counted = typeof topK === 'number' ? { top_k: topK } : {};
  if (!isFields(reasoning)) return { ...counted, tools: [], rest };
  const effort = reasoning.maxReasoningEffort;
  return {
    ...counted,
    thinking: { type: reasoning.type === 'disabled' ? 'disabled' : 'adaptive' },
    ...(typeof effort === 'string' && { output_config: { effort } }),
    tools: [],
    rest,
  };
}

function isThinking(value: unknown): value is Thinking {
  return isFields(value) && typeof value.type === 'string';
}
