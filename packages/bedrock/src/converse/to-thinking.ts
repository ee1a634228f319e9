import type { ThinkingFacts } from '@streambed/model-facts';
import type { MessagesRequest, Thinking } from '@streambed/protocol';
import { refuse, unsupported, type Writing } from './writing.ts';

type Fields = Readonly<Record<string, unknown>>;
type Request = MessagesRequest & { readonly max_tokens: number };

/**
 * How this model is asked to think, for `additionalModelRequestFields`. Throws `SB_UNSUPPORTED` where it can't be
 * asked; a switch that the model doesn't have is dropped where it changes nothing.
 */
export function toThinking(request: Request, writing: Writing): Fields {
  const { thinking } = request;
  const effort = request.output_config?.effort ?? undefined;
  const facts = writing.model.facts?.thinking;
  const wanted = thinking?.type === 'enabled' || thinking?.type === 'adaptive';
  if (wanted && facts?.supported === false) unsupported('thinking', `${writing.model.id} does not think`);
  if (effort !== undefined && facts?.effort !== undefined && !facts.effort.includes(effort as never)) {
    unsupported('output_config.effort', `expected one of ${facts.effort.join(', ')}`);
  }
  switch (writing.quirks.thinking) {
    case 'claude':
      return { ...claudeThinking(thinking, request.max_tokens, facts), ...claudeEffort(request) };
    case 'nova':
      return novaThinking(thinking, effort, writing);
    case 'reasoning_effort':
      if (thinking !== undefined && !wanted) writing.drop('thinking');
      if (wanted || effort !== undefined)
        return { reasoning_effort: effort ?? effortOf(thinking, 'medium', writing) };
      return {};
    case 'reasoning_config':
      // Qwen knows two levels, and no way to switch thinking off.
      if (!wanted) return leftOut(request, writing);
      return {
        reasoning_config: (effort ?? effortOf(thinking, 'high', writing)) === 'low' ? 'low' : 'high',
      };
    case 'own':
      return leftOut(request, writing);
    default:
      if (wanted) unsupported('thinking', `there is no way to ask ${writing.model.id} to think`);
      if (effort !== undefined) writing.drop('output_config.effort');
      return {};
  }
}

/** The model thinks as it likes: what was said about it changes nothing. */
function leftOut(request: Request, writing: Writing): Fields {
  if (request.thinking !== undefined) writing.drop('thinking');
  if (request.output_config?.effort !== undefined && request.output_config.effort !== null) {
    writing.drop('output_config.effort');
  }
  return {};
}

function claudeThinking(
  thinking: Thinking | undefined,
  maxTokens: number,
  facts: ThinkingFacts | undefined,
): Fields {
  if (thinking === undefined) return {};
  const modes = facts?.modes;
  if (thinking.type === 'disabled') {
    if (facts?.canDisable === false) unsupported('thinking.type', 'this model always thinks');
    return facts?.supported === false ? {} : { thinking };
  }
  if (
    (thinking.type === 'enabled' || thinking.type === 'adaptive') &&
    modes !== undefined &&
    !modes.includes(thinking.type)
  ) {
    unsupported('thinking.type', `this model takes ${modes.map((mode) => `"${mode}"`).join(' or ')}`);
  }
  if (thinking.type === 'enabled') {
    const budget = thinking.budget_tokens;
    if (typeof budget !== 'number')
      return refuse('thinking.budget_tokens', 'expected how many tokens to think');
    const least = facts?.budgetTokensMin ?? 1024;
    if (budget < least) refuse('thinking.budget_tokens', `expected at least ${least}`);
    if (budget >= maxTokens)
      refuse('thinking.budget_tokens', `expected less than max_tokens, which is ${maxTokens}`);
  }
  return { thinking };
}

/** Everything of `output_config` but the format, which Converse has a place of its own for. */
function claudeEffort(request: Request): Fields {
  const { format: _, ...rest } = request.output_config ?? {};
  const said = Object.entries(rest).filter(([, value]) => value !== undefined && value !== null);
  return said.length === 0 ? {} : { output_config: Object.fromEntries(said) };
}

function novaThinking(thinking: Thinking | undefined, effort: string | undefined, writing: Writing): Fields {
  if (thinking?.type === 'enabled' || thinking?.type === 'adaptive') {
    const maxReasoningEffort = effort ?? effortOf(thinking, 'medium', writing);
    return { reasoningConfig: { type: 'enabled', maxReasoningEffort } };
  }
  // Effort is Nova's word for how much to think, and says nothing while it doesn't.
  if (effort !== undefined) writing.drop('output_config.effort');
  return thinking?.type === 'disabled' ? { reasoningConfig: { type: 'disabled' } } : {};
}

/** A budget of tokens as the nearest effort, for models that know no budgets. */
function effortOf(thinking: Thinking | undefined, usual: string, writing: Writing): string {
  const budget = thinking?.budget_tokens;
  if (typeof budget !== 'number') return usual;
  writing.drop('thinking.budget_tokens');
  return budget <= 4096 ? 'low' : budget <= 16_384 ? 'medium' : 'high';
}
