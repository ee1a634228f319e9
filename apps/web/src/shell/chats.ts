import { createStore, type Readable } from '@streambed/client';
import type { ConversationItem, Conversations, HeldConversation } from '@streambed/client/conversations';
import { type Asking, createAsking } from '../asking/asking.ts';
import type { Format } from '../rail/export.ts';
import { loadPart } from '../ui/load.tsx';
import { goToAddress, idInAddress, place } from './address.ts';
import { keepPending, readPending } from './pending.ts';

/** One conversation as the page shows it. */
export interface Chat {
  readonly id: string;
  readonly conversation: HeldConversation;
  readonly asking: Asking;
}

/** The conversations of this page, and which one is shown. */
export interface Chats extends Readable<Chat> {
  open(id: string): void;
  startNew(): void;
  /** Back to the one that is shown, from a place beside it. */
  goBack(): void;
  exportAs(item: ConversationItem, format: Format): Promise<void>;
}

/** So many stay open behind the one that is shown: going back to them is instant. */
const maxOpen = 6;

/** Makes them; the address names the one that is shown. */
export function createChats(conversations: Conversations): Chats {
  /** The last shown are at the end. */
  const open = new Map<string, Chat>();

  const make = (id?: string): Chat => {
    const conversation = conversations.open(id, id === undefined ? undefined : readPending(id));
    // Until its first question a new conversation has no name that a reload would find again.
    const draftId = () => (conversation.get().turns.length === 0 && id === undefined ? '' : conversation.id);
    keepPending(conversation);
    return { id: conversation.id, conversation, asking: createAsking(conversation, draftId) };
  };
  const shown = createStore<Chat>(make(idInAddress()));
  open.set(shown.get().id, shown.get());

  const show = (chat: Chat) => {
    open.delete(chat.id);
    open.set(chat.id, chat);
    shown.set(chat);
    for (const [id, old] of open) {
      if (open.size <= maxOpen) break;
      // What waits in line is asked by this page alone.
      if (old.asking.get().queue.length > 0) continue;
      old.conversation.close();
      open.delete(id);
    }
  };
  const showId = (id: string) => {
    if (id !== shown.get().id) show(open.get(id) ?? make(id));
  };
  const showNew = () => {
    if (shown.get().conversation.get().phase !== 'new') show(make());
  };

  // A new conversation gets its address with its first question.
  const follow = () => {
    const { id, conversation } = shown.get();
    const begun = conversation.get().turns.length > 0;
    if (begun && place.get() === 'conversation' && idInAddress() === undefined)
      history.replaceState(null, '', `#${id}`);
  };
  let stopFollowing = shown.get().conversation.subscribe(follow);
  shown.subscribe(() => {
    stopFollowing();
    stopFollowing = shown.get().conversation.subscribe(follow);
  });
  window.addEventListener('popstate', () => {
    const id = idInAddress();
    if (place.get() !== 'conversation') return;
    if (id === undefined) showNew();
    else showId(id);
  });

  return {
    get: shown.get,
    subscribe: shown.subscribe,
    open: (id) => {
      showId(id);
      goToAddress(`#${id}`);
    },
    startNew: () => {
      showNew();
      goToAddress('');
    },
    goBack: () => {
      const { id, conversation } = shown.get();
      goToAddress(conversation.get().phase === 'new' ? '' : `#${id}`);
    },
    exportAs: async (item, format) => {
      const { exportConversation } = await loadPart(() => import('../rail/export.ts'));
      return exportConversation(conversations, item, format);
    },
  };
}
