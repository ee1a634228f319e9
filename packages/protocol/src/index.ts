export {
  type ErrorCode,
  type ErrorInfo,
  type ErrorType,
  errorTable,
  StreambedError,
  type UpstreamError,
} from './errors.ts';
export {
  type Delta,
  type EncodedEvent,
  type Ending,
  encodeEvent,
  type GenerationEvent,
  type GenerationStop,
  type MessageEvent,
  unreachable,
} from './events.ts';
export { emptyMessage, fold } from './fold.ts';
export { type ClientId, clientIdPattern, type GenerationId, generationIdFrom, type Seq } from './ids.ts';
export {
  type AssistantMessage,
  type ContentBlock,
  contentBlockSchema,
  type DocumentBlock,
  type ImageBlock,
  isBlock,
  type KnownBlock,
  type Message,
  type MessagesRequest,
  messageSchema,
  messagesFormatVersion,
  messagesRequestSchema,
  type OtherBlock,
  type RedactedThinkingBlock,
  type TextBlock,
  type ThinkingBlock,
  type Tool,
  type ToolChoice,
  type ToolResultBlock,
  type ToolUseBlock,
} from './message.ts';
export { parseJson, parseWith } from './parse.ts';
export type { StopInfo, StopReason } from './stop-reason.ts';
export { type Cost, mergeUsage, type Timing, type Usage } from './usage.ts';
