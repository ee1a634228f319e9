import { refuseUnsupported } from '../shared/refuse.ts';
import { type ChatRequest, chatRequestSchema } from './chat-request.ts';

/** What becomes of a field that has no place in a Messages request. */
interface FieldRule {
  /** `dropped`: the answer is what was asked all the same, and a header names the field. `refused`: it would not be. */
  readonly rule: 'dropped' | 'refused';
  /** Values that ask for nothing: nobody need be told. `null` is always one. */
  readonly neutral?: readonly unknown[];
  /** Why, and what to do. */
  readonly why?: string;
}

/** Every field of OpenAI's that isn't translated. One that isn't here either is newer than this, and dropped. */
export const fieldRules: Readonly<Record<string, FieldRule>> = {
  n: { rule: 'refused', neutral: [1], why: 'one answer is given. Ask again for another' },
  logprobs: { rule: 'refused', neutral: [false], why: 'Bedrock tells no probabilities' },
  top_logprobs: { rule: 'refused', neutral: [0], why: 'Bedrock tells no probabilities' },
  logit_bias: { rule: 'refused', neutral: [{}], why: 'Bedrock takes no biases' },
  modalities: { rule: 'refused', neutral: [['text'], []], why: 'answers are text' },
  audio: { rule: 'refused', why: 'answers are text' },
  functions: { rule: 'refused', neutral: [[]], why: 'use tools' },
  function_call: { rule: 'refused', neutral: ['auto', 'none'], why: 'use tools and tool_choice' },
  web_search_options: { rule: 'refused', why: 'nothing is searched here. Give the model a tool that does' },
  frequency_penalty: { rule: 'dropped', neutral: [0] },
  presence_penalty: { rule: 'dropped', neutral: [0] },
  seed: { rule: 'dropped' },
  verbosity: { rule: 'dropped', neutral: ['medium'] },
  prediction: { rule: 'dropped' },
  metadata: { rule: 'dropped', neutral: [{}] },
  store: { rule: 'dropped', neutral: [false] },
  moderation: { rule: 'dropped' },
  prompt_cache_key: { rule: 'dropped' },
  prompt_cache_retention: { rule: 'dropped' },
  prompt_cache_options: { rule: 'dropped' },
};

const translated = new Set(Object.keys(chatRequestSchema.shape));

/** Applies the rules. Throws what refuses the request; gives back the names of the fields that were dropped. */
export function leftOutFields(request: ChatRequest): readonly string[] {
  const dropped: string[] = [];
  for (const [field, value] of Object.entries(request)) {
    if (translated.has(field) || value === undefined || value === null) continue;
    const { rule, neutral = [], why = '' }: FieldRule = ruleOf(field);
    const said = JSON.stringify(value);
    if (neutral.some((nothing) => JSON.stringify(nothing) === said)) continue;
    if (rule === 'refused') refuseUnsupported(field, why);
    dropped.push(field);
  }
  return dropped;
}

function ruleOf(field: string): FieldRule {
  return (Object.hasOwn(fieldRules, field) ? fieldRules[field] : undefined) ?? { rule: 'dropped' };
}
