/**
 * Converse's shapes, named as AWS names them (botocore's bedrock-runtime service model). They are made here and
 * parsed from `unknown` here; nothing outside this folder and `families/converse.ts` sees them. A union of AWS is an
 * object with exactly one key.
 */

export type ConverseRole = 'user' | 'assistant';

export interface S3Location {
  readonly uri: string;
  readonly bucketOwner?: string;
}

/** `bytes` is base64 in JSON. */
export type MediaSource = { readonly bytes: string } | { readonly s3Location: S3Location };

export type DocumentSource =
  | MediaSource
  | { readonly text: string }
  | { readonly content: readonly { readonly text: string }[] };

export interface ImageBlock {
  readonly format: string;
  readonly source: MediaSource;
}

export interface DocumentBlock {
  readonly format: string;
  readonly name: string;
  readonly source: DocumentSource;
  readonly context?: string;
  readonly citations?: { readonly enabled: boolean };
}

export interface MediaBlock {
  readonly format: string;
  readonly source: MediaSource;
}

export interface SearchResultBlock {
  readonly source: string;
  readonly title: string;
  readonly content: readonly { readonly text: string }[];
  readonly citations?: { readonly enabled: boolean };
}

export interface ToolUseBlock {
  readonly toolUseId: string;
  readonly name: string;
  readonly input: unknown;
  /** `tool_use`, or `server_tool_use` for a system tool; absent on older models. */
  readonly type?: string;
}

export type ToolResultContent =
  | { readonly text: string }
  | { readonly json: unknown }
  | { readonly image: ImageBlock }
  | { readonly document: DocumentBlock }
  | { readonly video: MediaBlock }
  | { readonly searchResult: SearchResultBlock };

export interface ToolResultBlock {
  readonly toolUseId: string;
  readonly content: readonly ToolResultContent[];
  readonly status?: 'success' | 'error';
  /** `nova_code_interpreter_result`, …: a system tool's, in the assistant's turn. */
  readonly type?: string;
}

export type ReasoningContent =
  | { readonly reasoningText: { readonly text: string; readonly signature?: string } }
  | { readonly redactedContent: string };

export interface CachePoint {
  readonly type: 'default';
  readonly ttl?: '5m' | '1h';
}

export type GuardContent =
  | { readonly text: { readonly text: string; readonly qualifiers?: readonly string[] } }
  | { readonly image: ImageBlock };

export type CitationLocation =
  | { readonly documentChar: Span }
  | { readonly documentPage: Span }
  | { readonly documentChunk: Span }
  | {
      readonly searchResultLocation: {
        readonly searchResultIndex?: number;
        readonly start?: number;
        readonly end?: number;
      };
    }
  | { readonly web: { readonly url?: string; readonly domain?: string } };

export interface Span {
  readonly documentIndex?: number;
  readonly start?: number;
  readonly end?: number;
}

export interface ConverseCitation {
  readonly title?: string;
  readonly source?: string;
  readonly sourceContent?: readonly { readonly text?: string }[];
  readonly location?: CitationLocation | Readonly<Record<string, unknown>>;
}

export interface CitationsContent {
  readonly content?: readonly { readonly text: string }[];
  readonly citations?: readonly ConverseCitation[];
}

export type ConverseContentBlock =
  | { readonly text: string }
  | { readonly image: ImageBlock }
  | { readonly document: DocumentBlock }
  | { readonly video: MediaBlock }
  | { readonly audio: MediaBlock }
  | { readonly toolUse: ToolUseBlock }
  | { readonly toolResult: ToolResultBlock }
  | { readonly reasoningContent: ReasoningContent }
  | { readonly cachePoint: CachePoint }
  | { readonly guardContent: GuardContent }
  | { readonly citationsContent: CitationsContent }
  | { readonly searchResult: SearchResultBlock };

export interface ConverseMessage {
  readonly role: ConverseRole;
  readonly content: readonly ConverseContentBlock[];
}

export type ConverseSystemBlock =
  | { readonly text: string }
  | { readonly guardContent: GuardContent }
  | { readonly cachePoint: CachePoint };

export type ConverseTool =
  | {
      readonly toolSpec: {
        readonly name: string;
        readonly description?: string;
        /** `json` is an object, not a string. */
        readonly inputSchema: { readonly json: unknown };
        readonly strict?: boolean;
      };
    }
  | { readonly systemTool: { readonly name: string } }
  | { readonly cachePoint: CachePoint };

/** There is no "none". */
export type ConverseToolChoice =
  | { readonly auto: Record<string, never> }
  | { readonly any: Record<string, never> }
  | { readonly tool: { readonly name: string } };

export interface ConverseToolConfig {
  readonly tools: readonly ConverseTool[];
  readonly toolChoice?: ConverseToolChoice;
}

export interface ConverseInferenceConfig {
  readonly maxTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly stopSequences?: readonly string[];
}

export interface ConverseRequest {
  readonly messages: readonly ConverseMessage[];
  readonly system?: readonly ConverseSystemBlock[];
  readonly inferenceConfig?: ConverseInferenceConfig;
  readonly toolConfig?: ConverseToolConfig;
  readonly guardrailConfig?: {
    readonly guardrailIdentifier: string;
    readonly guardrailVersion: string;
    readonly trace?: string;
    readonly streamProcessingMode?: string;
  };
  readonly additionalModelRequestFields?: Readonly<Record<string, unknown>>;
  readonly additionalModelResponseFieldPaths?: readonly string[];
  readonly promptVariables?: Readonly<Record<string, { readonly text: string }>>;
  readonly requestMetadata?: Readonly<Record<string, string>>;
  readonly performanceConfig?: { readonly latency: string };
  readonly serviceTier?: { readonly type: string };
  readonly outputConfig?: {
    readonly textFormat?: {
      readonly type: 'json_schema';
      readonly structure: {
        /** `schema` is JSON as a string, not an object. */
        readonly jsonSchema: {
          readonly schema: string;
          readonly name?: string;
          readonly description?: string;
        };
      };
    };
    readonly effort?: string;
  };
}
