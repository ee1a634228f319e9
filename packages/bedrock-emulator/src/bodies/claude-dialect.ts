import type { ModelFacts } from '@streambed/model-facts';
import { longMessageId, messageId } from '../ids.ts';
import type { Random } from '../random.ts';
import type { ProblemStyle } from './problems.ts';

/**
 * What changed in Claude's native answers over the years, by what the recordings show of each model.
 *
 * first   Claude 2, 3, 3.5 Sonnet   usage is input_tokens, output_tokens
 * caching 3.5 Haiku, 3.7, 4, 4.1    usage has cache_creation_input_tokens, cache_read_input_tokens
 * details 4.5, 4.6                  `model` first, stop_details, usage.cache_creation, message_delta tells all counts
 * latest  4.7 and later             also usage.output_tokens_details, service_tier; longer message ids
 */
export interface ClaudeDialect {
  readonly problems: ProblemStyle;
  readonly cacheUsage: boolean;
  readonly details: boolean;
  readonly latest: boolean;
  /** `temperature` and `top_p` together are refused (public reports from Opus 4.1 on). */
  readonly oneSamplingParam: boolean;
  /** A `system` message may stand in mid-conversation (recorded on Opus 4.8). */
  readonly systemMessages: boolean;
}

const first: ClaudeDialect = {
  problems: 'schema',
  cacheUsage: false,
  details: false,
  latest: false,
  oneSamplingParam: false,
  systemMessages: false,
};
const caching: ClaudeDialect = { ...first, problems: 'fields', cacheUsage: true };
const details: ClaudeDialect = { ...caching, details: true, oneSamplingParam: true };
const latest: ClaudeDialect = { ...details, latest: true, systemMessages: true };

const dialects: readonly (readonly [RegExp, ClaudeDialect])[] = [
  [/claude-(v\d|instant|3-haiku|3-sonnet|3-opus|3-5-sonnet)/, first],
  [/claude-opus-4-1-/, { ...caching, oneSamplingParam: true }],
  [/claude-(3-5-haiku|3-7-|sonnet-4-2025|opus-4-2025)/, caching],
  [/claude-(opus|sonnet|haiku)-4-[56]/, details],
];

export function dialectOf(model: ModelFacts): ClaudeDialect {
  return dialects.find(([pattern]) => pattern.test(model.id))?.[1] ?? latest;
}

/** `model` in an answer: Anthropic's own name, without Bedrock's provider and version. */
export function claudeName(model: ModelFacts): string {
  switch (model.id) {
    case 'anthropic.claude-v2':
      return 'claude-2.0';
    case 'anthropic.claude-v2:1':
      return 'claude-2.1';
    case 'anthropic.claude-instant-v1':
      return 'claude-instant-1.2';
    default:
      return model.id.replace(/^anthropic\./, '').replace(/-v\d+(:\d+)?$/, '');
  }
}

export function claudeMessageId(dialect: ClaudeDialect, random: Random): string {
  return dialect.latest ? longMessageId(random) : messageId(random);
}
