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
export {
  type CatalogueModel,
  fetchModelCatalogue,
  type ModelCatalogue,
  type ThinkingAbility,
} from './catalogue.ts';
export { type Client, type ClientOptions, createClient } from './client.ts';
export { type Clock, systemClock } from './clock.ts';
export {
  type Connection,
  type ConnectionOptions,
  type ConnectionState,
  createConnection,
  type Fallback,
  type Socket,
  type Transport,
} from './connection.ts';
export {
  type Conversation,
  type ConversationState,
  createConversation,
  type Question,
  type SavedConversation,
  type SavedTurn,
  type Turn,
} from './conversation.ts';
export type { ReadEvent } from './event-queue.ts';
export type { OnDisconnect, StorePolicy } from './frames.ts';
export { type Generation, GenerationError } from './generation.ts';
export type { AttachOptions, GenerateOptions } from './generation-order.ts';
export { HttpRefusal } from './http.ts';
export type { GenerationListeners } from './listeners.ts';
export { type Catalogue, fetchCatalogue, type ModelListing } from './models.ts';
export { onWake, Reconnect, type ReconnectLimits } from './reconnect.ts';
export { type GenerationPhase, type GenerationSnapshot, isEnded } from './snapshot.ts';
export { createStore, onNextFrame, perFrame, type Readable, type Schedule, type Store } from './store.ts';
export { answersTools, answerText } from './turn-messages.ts';
export type { Versions } from './turn-tree.ts';
export {
  type ActivityList,
  type GenerationList,
  watchActivity,
  watchGenerations,
} from './watch-generations.ts';
