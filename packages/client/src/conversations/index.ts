export type {
  ConversationAnswer,
  ConversationChange,
  ConversationItem,
  ConversationPage,
  ConversationTree,
  ConversationTurn,
  NewConversation,
  RequestSettings,
} from '@streambed/protocol/conversations';
export { type ConversationsApi, conversationsApi, type PageOptions } from './api.ts';
export { type Conversations, type ConversationsState, createConversations } from './conversations.ts';
export type { HeldConversation, HeldConversationState, PendingQuestion } from './held-types.ts';
