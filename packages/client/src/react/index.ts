export { StreambedProvider, useClient } from './provider.ts';
export { useConnection } from './use-connection.ts';
export { useConversation } from './use-conversation.ts';
export { useConversations } from './use-conversations.ts';
export { useGeneration } from './use-generation.ts';
export { useReadable } from './use-readable.ts';
export { useTurn } from './use-turn.ts';
