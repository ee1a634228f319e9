export type {
  AssistantMessage,
  ContentBlock,
  ErrorCode,
  ErrorInfo,
  GenerationEvent,
  GenerationStop,
  Message,
  MessagesRequest,
} from '@streambed/protocol';
export { type Client, type ClientOptions, createClient } from './client.ts';
export { type Clock, systemClock } from './clock.ts';
export {
  type Connection,
  type ConnectionOptions,
  type ConnectionState,
  createConnection,
  type Socket,
} from './connection.ts';
export {
  answerText,
  type Conversation,
  type ConversationState,
  createConversation,
  type Question,
  type Turn,
} from './conversation.ts';
export {
  type GenerateOptions,
  type Generation,
  type GenerationPhase,
  type GenerationSnapshot,
  isEnded,
  startGeneration,
} from './generation.ts';
export { type Catalogue, fetchCatalogue, type ModelListing } from './models.ts';
export { onWake, Reconnect, type ReconnectLimits } from './reconnect.ts';
export { createStore, onNextFrame, perFrame, type Readable, type Schedule, type Store } from './store.ts';
