import type { Conversations } from '@streambed/client/conversations';
import { forgetParameters } from '../settings/parameter-store.ts';
import { keepDraftFiles } from './draft-files.ts';
import { keepDraft } from './drafts.ts';

/** What was being written in a conversation goes with it, on whichever page it was deleted. */
export function forgetDraftsOfDeleted(conversations: Conversations): void {
  let forgotten = new Set<string>();
  conversations.subscribe(() => {
    const deleted = new Set(conversations.get().deleted.map(({ id }) => id));
    for (const id of deleted) {
      if (forgotten.has(id)) continue;
      keepDraft(id, '');
      keepDraftFiles(id, []);
      forgetParameters(id);
    }
    forgotten = deleted;
  });
}
