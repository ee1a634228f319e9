import type { HeldConversation, PendingQuestion } from '@streambed/client/conversations';
import { fieldsOf } from '../kept.ts';

/** The tab's own memory: it survives a reload and ends with the tab. */
const key = 'streambed.pending';

/** The questions that had not reached the server when this tab was reloaded. */
export function readPending(id: string): readonly PendingQuestion[] {
  try {
    const kept = fieldsOf(JSON.parse(sessionStorage.getItem(key) ?? 'null'));
    return kept.id === id && Array.isArray(kept.pending) ? kept.pending : [];
  } catch {
    return [];
  }
}

/** Keeps what the server has not accepted yet, as long as it hasn't. */
export function keepPending(conversation: HeldConversation): void {
  let kept = '';
  conversation.subscribe(() => {
    const pending = conversation.pending();
    const keys = pending.map((question) => question.key).join(' ');
    if (keys === kept) return;
    kept = keys;
    try {
      if (pending.length === 0) sessionStorage.removeItem(key);
      else sessionStorage.setItem(key, JSON.stringify({ id: conversation.id, pending }));
    } catch {
      // Full or refused: a reload then loses what had not left.
    }
  });
}
