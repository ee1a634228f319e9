/** What a model is for. */
export type ModelKind = 'chat' | 'embedding' | 'rerank' | 'speech';

/**
 * Where a model answers. `runtime`: InvokeModel and Converse on the bedrock-runtime host; `openai`: only the
 * OpenAI-compatible paths of that host; `mantle`: the bedrock-mantle host.
 */
export type Endpoint = 'runtime' | 'openai' | 'mantle';

/** Which body InvokeModel takes for the model. */
export type NativeBody =
  | 'claude-messages'
  | 'llama-prompt'
  | 'nova-messages'
  | 'titan-text'
  | 'mistral-prompt-or-chat'
  | 'openai-chat'
  | 'provider-specific';

export type InputModality = 'text' | 'image' | 'pdf' | 'video' | 'audio';
export type OutputModality = 'text' | 'embedding' | 'ranking' | 'audio';

/** How much a model may be told to think, from least to most. */
export type Effort = 'none' | 'low' | 'medium' | 'high' | 'xhigh' | 'max';

export interface ThinkingFacts {
  readonly supported: boolean;
  /** Values of Claude's `thinking.type` that switch it on. Only Claude has them. */
  readonly modes?: readonly ('enabled' | 'adaptive')[];
  /** Smallest `budget_tokens` with mode `enabled`. */
  readonly budgetTokensMin?: number;
  /** False: the model always thinks, `thinking.type: "disabled"` is refused. Absent: it can be left off. */
  readonly canDisable?: boolean;
  readonly effort?: readonly Effort[];
  /** The highest effort that Converse's `outputConfig.effort` takes, where it is known to be lower than `effort`'s end. */
  readonly converseEffortMax?: Effort;
}

export interface PromptCachingFacts {
  readonly supported: boolean;
  /** A prefix shorter than this, in tokens, is silently not cached. */
  readonly minTokens?: number;
  /** Whether a cache write may ask for one hour instead of five minutes. */
  readonly ttl1h?: boolean;
}

/** Prices of one scope: exact decimals, USD per million tokens. Absent is unknown; "0" is free. */
export interface TokenPrices {
  readonly input?: string;
  readonly output?: string;
  readonly cacheRead?: string;
  readonly cacheWrite5m?: string;
  readonly cacheWrite1h?: string;
}

/** Prices of one scope, with the dearer ones for long prompts where the model has such. */
export interface ScopePrices extends TokenPrices {
  /** Replaces the prices above for the whole request when its prompt, cached tokens included, is longer. */
  readonly longContext?: TokenPrices & { readonly overInputTokens: number };
}

/**
 * What a call is priced by: `inRegion` is the bare model id, the others are the prefix of the inference profile,
 * `mantle` the other host.
 */
export type PriceScope = 'inRegion' | ProfilePrefix | 'mantle';

/** What inference profile ids begin with. */
export type ProfilePrefix = 'us' | 'us-gov' | 'eu' | 'apac' | 'jp' | 'au' | 'ca' | 'in' | 'global';

/** What is known of one model. An absent field is unknown: it is never a "no". */
export interface ModelFacts {
  /** The base model id, without a profile's prefix. */
  readonly id: string;
  /** For people. */
  readonly name: string;
  /** For people: `Anthropic`, `Meta`, … */
  readonly provider: string;
  /** Models of one line share it: `claude-sonnet`, `llama-3.1`, … */
  readonly family: string;
  readonly kind: ModelKind;
  readonly endpoints: readonly Endpoint[];
  readonly nativeBody?: NativeBody;
  /** Whether the bare id may be called on demand; else an inference profile is needed. */
  readonly onDemand: boolean;
  /** Profile ids that some source lists. Which of them work depends on the region called from: no region table. */
  readonly inferenceProfiles: readonly string[];
  /** Tokens of prompt and answer together. */
  readonly contextWindow?: number;
  /** Largest answer, in tokens. */
  readonly maxOutput?: number;
  readonly modalities: {
    readonly input: readonly InputModality[];
    readonly output: readonly OutputModality[];
  };
  readonly streaming: boolean;
  /** False: Converse refuses `system`. */
  readonly systemPrompt?: boolean;
  readonly tools?: boolean;
  /** Whether a tool choice other than `auto` is taken. */
  readonly toolChoice?: boolean;
  /** False: ConverseStream with tools is refused, Converse with tools works. */
  readonly toolsWhileStreaming?: boolean;
  readonly thinking?: ThinkingFacts;
  /** Whether temperature, top_p and top_k are taken. */
  readonly samplingParams?: boolean;
  /** True: `temperature` together with `top_p` is a 400 (public reports, from Claude Opus 4.1 on). */
  readonly oneSamplingParam?: boolean;
  /** Whether the last message may be the beginning of the answer. */
  readonly prefill?: boolean;
  readonly promptCaching?: PromptCachingFacts;
  readonly structuredOutput?: boolean;
  readonly embeddingDimensions?: number;
  /** Absent: active. `legacy`: works for who uses it; `ended`: refused. */
  readonly lifecycle?: { readonly status: 'legacy' | 'ended'; readonly note: string };
  readonly prices: Readonly<Partial<Record<PriceScope, ScopePrices>>>;
}
