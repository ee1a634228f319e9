import type { FamilyModel } from './family.ts';

/** How one kind of model differs from the others behind Converse's one shape. */
export interface ModelQuirks {
  /** Whose kind it is: a model takes thinking back only from its own kind. */
  readonly kind: string;
  /** Where `top_k` goes in `additionalModelRequestFields`; absent: it isn't taken, and an unknown key is a 400. */
  readonly topK?: 'top_k' | 'inferenceConfig.topK';
  /**
   * How thinking is asked for in `additionalModelRequestFields`: Claude's own fields, Nova 2's `reasoningConfig`,
   * `reasoning_effort`, Qwen's `reasoning_config`. `own`: the model thinks as it likes, there is no switch.
   */
  readonly thinking?: 'claude' | 'nova' | 'reasoning_effort' | 'reasoning_config' | 'own';
  /** Whether `stopSequences` is taken. */
  readonly stopSequences: boolean;
  /** Which forced tool choices are taken and obeyed. */
  readonly forcedToolChoice: readonly ('any' | 'tool')[];
  /** Whether a tool may be forced while the model thinks. */
  readonly forcedWhileThinking: boolean;
  /** Whether `{auto: {}}` may be written out; it is the default anyway. */
  readonly autoToolChoice: boolean;
  /** Which blocks may stand beside a `toolResult` in one user turn. */
  readonly besideToolResult: 'anything' | readonly string[];
  /** Whether text may stand beside a `toolUse` in one assistant turn. */
  readonly textBesideToolUse: boolean;
  /** Whether a `toolResult` may carry `status`. */
  readonly toolResultStatus: boolean;
  /** Whether prompts are cached, where the catalogue doesn't say. */
  readonly cache: boolean;
  /** Whether a cache point may stand among the tools. */
  readonly cacheTools: boolean;
  /** Whether a cache point may name its lifetime. */
  readonly cacheTtl: boolean;
  /** Whether there are tools that run on the model's side. */
  readonly systemTools: boolean;
  /** Whether citations of an answer are taken back. */
  readonly citations: boolean;
  /** Whether fields of the Messages API that Converse lacks go to the model in `additionalModelRequestFields`. */
  readonly nativeFields: boolean;
}

const usual: Omit<ModelQuirks, 'kind'> = {
  stopSequences: true,
  forcedToolChoice: ['any', 'tool'],
  forcedWhileThinking: true,
  autoToolChoice: true,
  besideToolResult: 'anything',
  textBesideToolUse: true,
  toolResultStatus: true,
  cache: false,
  cacheTools: false,
  cacheTtl: true,
  systemTools: false,
  citations: false,
  nativeFields: false,
};

/** Tool results alone in their turn, and tool calls too: what a 400 of Llama and Mistral says in so many words. */
const apart = { besideToolResult: [], textBesideToolUse: false } as const;

/** By the base model id, first match. A kind that isn't listed has the usual ways of Converse. */
const rows: readonly (readonly [RegExp, Partial<ModelQuirks>])[] = [
  [
    /^anthropic\./,
    {
      kind: 'claude',
      topK: 'top_k',
      thinking: 'claude',
      forcedWhileThinking: false,
      citations: true,
      // Documents and video beside a tool result are refused by Claude on Converse; text and images are taken.
      besideToolResult: ['text', 'image', 'guardContent', 'searchResult', 'citationsContent'],
      cache: true,
      cacheTools: true,
      nativeFields: true,
    },
  ],
  [
    /^amazon\.nova-2/,
    {
      kind: 'nova',
      topK: 'inferenceConfig.topK',
      thinking: 'nova',
      cache: true,
      cacheTtl: false,
      systemTools: true,
    },
  ],
  [/^amazon\.nova/, { kind: 'nova', topK: 'inferenceConfig.topK', cache: true, cacheTtl: false }],
  [/^meta\./, { kind: 'llama', ...apart, forcedToolChoice: [], autoToolChoice: false }],
  [/^mistral\.magistral/, { kind: 'mistral', ...apart, thinking: 'own', forcedToolChoice: ['any'] }],
  [/^mistral\./, { kind: 'mistral', ...apart, forcedToolChoice: ['any'] }],
  [
    /^writer\./,
    {
      kind: 'palmyra',
      besideToolResult: [],
      toolResultStatus: false,
      thinking: 'own',
      forcedToolChoice: [],
      autoToolChoice: false,
    },
  ],
  [/^cohere\./, { kind: 'command', forcedToolChoice: [], autoToolChoice: false }],
  [/^ai21\./, { kind: 'jamba', forcedToolChoice: [], autoToolChoice: false }],
  [/^deepseek\.r1/, { kind: 'deepseek', thinking: 'own', forcedToolChoice: [] }],
  // A named tool is accepted by DeepSeek V3, and not obeyed.
  [/^deepseek\./, { kind: 'deepseek', thinking: 'reasoning_effort', forcedToolChoice: ['any'] }],
  [/^openai\./, { kind: 'gpt', thinking: 'reasoning_effort' }],
  [/^qwen\./, { kind: 'qwen', thinking: 'reasoning_config', stopSequences: false }],
  [/^(?:moonshot|moonshotai)\./, { kind: 'kimi', thinking: 'own' }],
  [/^minimax\./, { kind: 'minimax', thinking: 'own' }],
  [/^zai\./, { kind: 'glm', thinking: 'own' }],
  [/^nvidia\./, { kind: 'nemotron', thinking: 'own' }],
  [/^google\./, { kind: 'gemma', thinking: 'own' }],
];

/** The quirks of a model, by its base id; what the catalogue says of it goes first. */
export function quirksOf(model: FamilyModel): ModelQuirks {
  const row = rows.find(([pattern]) => pattern.test(model.id))?.[1];
  const quirks = { ...usual, kind: kindOf(model.id), ...row };
  const facts = model.facts;
  if (facts === undefined) return quirks;
  const { thinking, ...rest } = quirks;
  return {
    ...rest,
    ...(thinking !== undefined && facts.thinking?.supported !== false && { thinking }),
    cache: facts.promptCaching?.supported ?? quirks.cache,
    cacheTtl: facts.promptCaching?.ttl1h ?? quirks.cacheTtl,
    forcedToolChoice: facts.toolChoice === false ? [] : quirks.forcedToolChoice,
  };
}

/** Whose kind a model is: `claude`, `nova`, …; the provider's name for one that has no row. */
export function kindOf(id: string): string {
  const row = rows.find(([pattern]) => pattern.test(id))?.[1];
  return row?.kind ?? id.split('.', 1)[0] ?? id;
}
