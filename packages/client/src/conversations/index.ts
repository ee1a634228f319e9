export {
  type ConversationAnswer,
  type ConversationChange,
  type ConversationItem,
  type ConversationPage,
  type ConversationsApi,
  type ConversationTree,
  type ConversationTurn,
  conversationsApi,
  type NewConversation,
  type PageOptions,
} from './api.ts';
export { type Conversations, type ConversationsState, createConversations } from './conversations.ts';
export type { HeldConversation, HeldConversationState, PendingQuestion } from './held-types.ts';
