import { isBlock, type MessagesRequest } from '@streambed/protocol';
import type { FamilyModel } from './family.ts';
import { quirksOf } from './quirks.ts';
import { takesBack } from './thinking-origin.ts';

type Request = MessagesRequest & { readonly max_tokens: number };
type Effort = Exclude<NonNullable<NonNullable<MessagesRequest['bedrock']>['reasoning_effort']>, 'none'>;

/** A request in the model's own words for thinking, and what had to be left out for it. */
export interface Thought<R extends MessagesRequest> {
  readonly request: R;
  readonly dropped: readonly string[];
}

/**
 * Says `bedrock.reasoning_effort` in the way this model is asked to think, or left to: `thinking` with a budget,
 * `output_config.effort`, or both. It is a wish, so a model that can't be asked does without and it is named as dropped.
 * A request that says `thinking` or an effort itself means that. Families never see the field.
 */
export function withReasoningEffort<R extends Request>(request: R, model: FamilyModel): Thought<R> {
  const { reasoning_effort: effort, ...bedrock } = request.bedrock ?? {};
  if (effort === undefined) return { request, dropped: [] };
  const plain = { ...request, bedrock };
  if (request.thinking !== undefined || (request.output_config?.effort ?? undefined) !== undefined) {
    return { request: plain, dropped: ['reasoning_effort'] };
  }
  return effort === 'none' ? notThinking(plain, model) : thinking(plain, effort, model);
}

function leftOut<R extends Request>(request: R): Thought<R> {
  return { request, dropped: ['reasoning_effort'] };
}

function notThinking<R extends Request>(request: R, model: FamilyModel): Thought<R> {
  const facts = model.facts?.thinking;
  switch (quirksOf(model).thinking) {
    case 'claude':
      if (facts?.canDisable === false) return leftOut(request);
      return {
        request: facts === undefined ? request : { ...request, thinking: { type: 'disabled' } },
        dropped: [],
      };
    case 'nova':
      return { request: { ...request, thinking: { type: 'disabled' } }, dropped: [] };
    case 'reasoning_effort':
      if (facts?.effort?.includes('none')) return { request: withEffort(request, 'none'), dropped: [] };
      // A model with a scale of its own always thinks; the others think only when asked.
      return facts?.effort === undefined ? { request, dropped: [] } : leftOut(request);
    case undefined:
      return { request, dropped: [] };
    default:
      return leftOut(request);
  }
}

function thinking<R extends Request>(request: R, effort: Effort, model: FamilyModel): Thought<R> {
  const level = nearest(effort, model.facts?.thinking?.effort);
  switch (quirksOf(model).thinking) {
    case 'claude':
      return claudeThinking(request, effort, model);
    case 'reasoning_effort':
      return { request: withEffort(request, level), dropped: [] };
    case 'nova':
    case 'reasoning_config':
      return { request: { ...withEffort(request, level), thinking: { type: 'adaptive' } }, dropped: [] };
    default:
      return leftOut(request);
  }
}

/** Claude thinks for as long as it sees fit where it can, else within a budget. */
function claudeThinking<R extends Request>(request: R, effort: Effort, model: FamilyModel): Thought<R> {
  const facts = model.facts?.thinking;
  const forced = request.tool_choice?.type === 'any' || request.tool_choice?.type === 'tool';
  // Neither may be together with thinking, and both say more exactly what is wanted.
  if (forced || request.messages.at(-1)?.role === 'assistant') return leftOut(request);
  if (facts?.modes?.includes('adaptive') !== false) {
    const asked = withEffort(request, nearest(effort, facts?.effort));
    // The newest models keep their thoughts to themselves unless asked.
    return withoutSampling({ ...asked, thinking: { type: 'adaptive', display: 'summarized' } });
  }
  const least = facts?.budgetTokensMin ?? 1024;
  if (request.max_tokens <= least || lostItsThoughts(request, model)) return leftOut(request);
  const share = Math.floor(request.max_tokens * shares[effort]);
  const budget = Math.min(Math.max(share, least), mostBudget);
  return withoutSampling({ ...request, thinking: { type: 'enabled', budget_tokens: budget } });
}

/** How much of `max_tokens` may be thought, the usual shares of OpenAI-compatible gateways (OpenRouter's docs). */
const shares: Readonly<Record<Effort, number>> = {
  minimal: 0.1,
  low: 0.2,
  medium: 0.5,
  high: 0.8,
  xhigh: 0.95,
  max: 0.95,
};
const mostBudget = 32_000;

/**
 * Whether a tool loop is under way whose thoughts did not come back. Claude refuses to think on from there, since a turn
 * that called tools must begin with its thoughts; so it goes on without, as Anthropic's own API does.
 */
function lostItsThoughts({ messages }: Request, { id }: FamilyModel): boolean {
  const last = messages.at(-1)?.content;
  if (typeof last === 'string' || !last?.some((block) => isBlock(block, 'tool_result'))) return false;
  const turn = messages.findLast(({ role }) => role === 'assistant')?.content;
  if (turn === undefined || typeof turn === 'string') return false;
  return !turn.some(
    (block) => (isBlock(block, 'thinking') || isBlock(block, 'redacted_thinking')) && takesBack(block, id),
  );
}

/** Claude takes none of these while it thinks, but for values that change next to nothing. */
function withoutSampling<R extends Request>(request: R): Thought<R> {
  const { temperature, top_p, top_k, ...rest } = request;
  const keepTopP = top_p !== undefined && top_p >= 0.95;
  const dropped = [
    ...(temperature !== undefined && temperature !== 1 ? ['temperature'] : []),
    ...(top_p !== undefined && !keepTopP ? ['top_p'] : []),
    ...(top_k !== undefined ? ['top_k'] : []),
  ];
  return { request: { ...rest, ...(keepTopP && { top_p }) } as R, dropped };
}

function withEffort<R extends Request>(request: R, effort: string): R {
  return { ...request, output_config: { ...request.output_config, effort } };
}

const scale = ['low', 'medium', 'high', 'xhigh', 'max'] as const;

/** The highest effort that the model has and that is not above what is asked; else its lowest. */
function nearest(asked: Effort, has: readonly string[] = scale.slice(0, 3)): string {
  const wanted = scale.indexOf(asked === 'minimal' ? 'low' : asked);
  const known = scale.filter((effort) => has.includes(effort));
  return known.findLast((effort) => scale.indexOf(effort) <= wanted) ?? known[0] ?? 'low';
}
