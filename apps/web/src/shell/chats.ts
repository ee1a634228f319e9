import {
  type Client,
  type Conversation,
  createConversation,
  createStore,
  type Readable,
} from '@streambed/client';
import { type Asking, createAsking } from '../asking/asking.ts';
import { keep, readKept } from './kept-conversation.ts';

/** One conversation as the page shows it. */
export interface Chat {
  readonly id: string;
  readonly conversation: Conversation;
  readonly asking: Asking;
}

/** The conversations of this page, and which one is shown. */
export interface Chats extends Readable<Chat> {
  startNew(): void;
}

/** Makes them; what this tab showed before it was reloaded is shown again. */
export function createChats(client: Client): Chats {
  const conversation = createConversation(client, readKept());
  keep(conversation);
  const shown = createStore<Chat>({ id: 'tab', conversation, asking: createAsking(conversation, 'tab') });
  return {
    get: shown.get,
    subscribe: shown.subscribe,
    startNew: () => conversation.clear(),
  };
}
