import type { ModelFacts } from '@streambed/model-facts';
import type { ToolIds } from '../turn.ts';

/** How a model's answers look in Converse, by what the recordings show of it and its kin. */
export interface ConverseDialect {
  readonly kind:
    | 'claude'
    | 'nova'
    | 'llama'
    | 'mistral'
    | 'cohere'
    | 'jamba'
    | 'titan'
    | 'deepseek'
    | 'gpt-oss'
    | 'qwen'
    | 'kimi'
    | 'palmyra'
    | 'other';
  /**
   * When `usage` has cache counts. `always`: on every whole answer. `reads`: those of reads on every whole answer,
   * those of writes when there were some. `used`: where something was marked. In streams it is always `used`.
   */
  readonly cacheCounts: 'always' | 'reads' | 'used';
  /** Client tools have `type: "tool_use"`. `beside`: only beside tools of the model's own side. */
  readonly toolType: 'always' | 'beside' | 'never';
  readonly toolIds: ToolIds;
  /** `signed`: Claude's. `plain`: a text without signature. `none`: it never shows reasoning. */
  readonly reasoning: 'signed' | 'plain' | 'none';
  /** It reasons without being asked. */
  readonly alwaysReasons: boolean;
  /** A stream begins with an empty text delta: in the first block, or in a block of its own. */
  readonly emptyStart: 'never' | 'delta' | 'block';
  /** A block's text comes in one delta. */
  readonly wholeText: boolean;
  /** Tool input comes in one delta, and in none where it is empty. */
  readonly wholeInput: boolean;
}

const usual: Omit<ConverseDialect, 'kind'> = {
  cacheCounts: 'used',
  toolType: 'never',
  toolIds: 'tooluse',
  reasoning: 'none',
  alwaysReasons: false,
  emptyStart: 'never',
  wholeText: false,
  wholeInput: false,
};

const rows: readonly (readonly [RegExp, ConverseDialect])[] = [
  [/^anthropic\.claude-(v|instant|3-haiku|3-sonnet|3-opus|3-5-)/, { ...usual, kind: 'claude' }],
  [
    /^anthropic\.claude-(3-7-|sonnet-4-2025|opus-4-2025|opus-4-1-)/,
    { ...usual, kind: 'claude', cacheCounts: 'always', reasoning: 'signed' },
  ],
  [
    /^anthropic\.claude-(opus|sonnet|haiku)-4-[56]/,
    { ...usual, kind: 'claude', cacheCounts: 'always', reasoning: 'signed', toolType: 'always' },
  ],
  [
    /^anthropic\./,
    { ...usual, kind: 'claude', cacheCounts: 'reads', reasoning: 'signed', toolType: 'always' },
  ],
  [/^amazon\.nova-2/, { ...usual, kind: 'nova', reasoning: 'plain', toolType: 'beside', wholeInput: true }],
  [/^amazon\.nova/, { ...usual, kind: 'nova', wholeInput: true }],
  [/^amazon\.titan/, { ...usual, kind: 'titan', wholeText: true }],
  [/^meta\./, { ...usual, kind: 'llama' }],
  [/^mistral\./, { ...usual, kind: 'mistral' }],
  [/^cohere\./, { ...usual, kind: 'cohere' }],
  [/^ai21\./, { ...usual, kind: 'jamba', emptyStart: 'delta' }],
  [/^deepseek\.r1/, { ...usual, kind: 'deepseek', reasoning: 'plain', alwaysReasons: true }],
  [/^deepseek\./, { ...usual, kind: 'deepseek', reasoning: 'plain' }],
  [/^openai\.gpt-oss-safeguard/, { ...usual, kind: 'gpt-oss' }],
  [/^openai\./, { ...usual, kind: 'gpt-oss', reasoning: 'plain', alwaysReasons: true, emptyStart: 'block' }],
  [/^qwen\./, { ...usual, kind: 'qwen', reasoning: 'plain' }],
  [
    /^moonshot(ai)?\..*thinking/,
    { ...usual, kind: 'kimi', toolIds: 'functions', reasoning: 'plain', alwaysReasons: true },
  ],
  [/^moonshot(ai)?\./, { ...usual, kind: 'kimi', toolIds: 'functions', reasoning: 'plain' }],
  [/^minimax\./, { ...usual, kind: 'other', reasoning: 'plain', alwaysReasons: true }],
  [/^writer\./, { ...usual, kind: 'palmyra' }],
];

export function converseDialectOf(model: ModelFacts): ConverseDialect {
  return rows.find(([pattern]) => pattern.test(model.id))?.[1] ?? { ...usual, kind: 'other' };
}
