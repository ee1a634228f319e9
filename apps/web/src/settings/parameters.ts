import type { CatalogueModel, Question } from '@streambed/client';
import type { settingsTexts } from '../texts/settings.ts';

/** What a question says beside its words. */
export type Settings = NonNullable<Question['settings']>;

/** What a person has set for the answers to come; what is absent is left to the model. */
export interface Parameters {
  readonly system?: string;
  readonly temperature?: number;
  readonly topP?: number;
  readonly maxTokens?: number;
  readonly thinking?: 'on' | 'off';
  readonly budget?: number;
  readonly effort?: string;
}

export type ParameterName = keyof Parameters;

/** Why something can't be set: which of the texts says so. */
export type Reason = keyof typeof settingsTexts.why;

/** What a model makes of one parameter: its bounds, or why it can't be set. */
export type Offer =
  | { readonly type: 'range'; readonly min: number; readonly max: number; readonly step: number }
  | { readonly type: 'choice'; readonly values: readonly string[] }
  | { readonly type: 'text' }
  | { readonly type: 'none'; readonly why: Reason };

export type Offers = { readonly [Name in ParameterName]: Offer };

/** More than any model writes; where its own bound isn't known. */
const unknownMaxOutput = 128_000;
/** What is left to write after thinking, where nothing was said about it. */
export const roomToWrite = 8_192;
const leastBudget = 1_024;

/** What can be set on a model; of one that isn't known, everything: Bedrock has the last word. */
export function offersOf(facts: CatalogueModel | undefined, parameters: Parameters): Offers {
  const { settings } = facts ?? {};
  const thinks = settings?.thinking;
  const none = (reason: Reason): Offer => ({ type: 'none', why: reason });
  const most = facts?.maxOutput ?? unknownMaxOutput;
  const sampling: Offer =
    settings?.samplingParams === false ? none('sampling') : { type: 'range', min: 0, max: 1, step: 0.01 };
  const canThink = facts?.capabilities?.thinking ?? thinks?.supported ?? facts === undefined;
  const thinking = thinkingOffer(facts, canThink);
  const on = parameters.thinking === 'on' || thinks?.canDisable === false;
  const budgeted = thinks?.modes?.includes('enabled') === true;
  return {
    system: settings?.systemPrompt === false ? none('system') : { type: 'text' },
    temperature: on && thinks?.modes !== undefined && sampling.type === 'range' ? none('hot') : sampling,
    topP:
      settings?.oneSamplingParam === true && parameters.temperature !== undefined
        ? none('oneOfTwo')
        : sampling,
    maxTokens: { type: 'range', min: 1, max: most, step: 1 },
    thinking,
    budget: !canThink
      ? none('noThinking')
      : !on
        ? none('thinkingOff')
        : budgeted
          ? { type: 'range', min: thinks?.budgetTokensMin ?? leastBudget, max: most - 1, step: 1 }
          : none('noBudget'),
    effort:
      thinks?.effort === undefined
        ? none(canThink ? 'noEffort' : 'noThinking')
        : { type: 'choice', values: thinks.effort },
  };
}

function thinkingOffer(facts: CatalogueModel | undefined, canThink: boolean): Offer {
  const thinks = facts?.settings?.thinking;
  if (!canThink) return { type: 'none', why: 'noThinking' };
  if (thinks?.canDisable === false) return { type: 'none', why: 'alwaysThinks' };
  return { type: 'choice', values: ['off', 'on'] };
}

/**
 * The parameters as a request to this model says them. What the model can't take is left out: the same rules as
 * {@link offersOf}. Room to write is kept beside a budget for thinking.
 */
export function toSettings(parameters: Parameters, facts: CatalogueModel | undefined): Settings | undefined {
  const offers = offersOf(facts, parameters);
  const value = <Name extends ParameterName>(name: Name): Parameters[Name] | undefined => {
    const offer = offers[name];
    const set = parameters[name];
    if (set === undefined || offer.type === 'none') return undefined;
    if (offer.type === 'choice' && !offer.values.includes(String(set))) return undefined;
    return offer.type === 'range' && typeof set === 'number' ? (clamp(set, offer) as Parameters[Name]) : set;
  };
  const system = value('system')?.trim();
  const temperature = value('temperature');
  const topP = value('topP');
  const effort = value('effort');
  const thinking = thinkingOf(value('thinking'), value('budget'), facts);
  const asked = value('maxTokens');
  const budget = thinking?.type === 'enabled' ? Number(thinking.budget_tokens) : undefined;
  const maxTokens =
    budget === undefined || (asked !== undefined && asked > budget)
      ? asked
      : Math.min(budget + roomToWrite, facts?.maxOutput ?? unknownMaxOutput);
  const settings: Settings = {
    ...(system && { system }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { top_p: topP }),
    ...(maxTokens !== undefined && { max_tokens: maxTokens }),
    ...(thinking !== undefined && { thinking }),
    ...(effort !== undefined && { output_config: { effort } }),
  };
  return Object.keys(settings).length === 0 ? undefined : settings;
}

function thinkingOf(
  wanted: 'on' | 'off' | undefined,
  budget: number | undefined,
  facts: CatalogueModel | undefined,
): Settings['thinking'] {
  if (wanted === undefined) return undefined;
  if (wanted === 'off') return { type: 'disabled' };
  const { modes, budgetTokensMin } = facts?.settings?.thinking ?? {};
  if (modes?.includes('adaptive') === true && budget === undefined)
    return { type: 'adaptive', display: 'summarized' };
  return { type: 'enabled', budget_tokens: budget ?? Math.max(4 * leastBudget, budgetTokensMin ?? 0) };
}

/** How many parameters are set that this model takes. */
export function countSet(parameters: Parameters, facts: CatalogueModel | undefined): number {
  const offers = offersOf(facts, parameters);
  return (Object.keys(offers) as ParameterName[]).filter(
    (name) => parameters[name] !== undefined && parameters[name] !== '' && offers[name].type !== 'none',
  ).length;
}

function clamp(value: number, { min, max }: { readonly min: number; readonly max: number }): number {
  return Math.max(min, Math.min(max, value));
}
