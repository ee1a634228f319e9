import type { HeldConversation, PendingQuestion } from '@streambed/client/conversations';
import { fieldsOf } from '../kept.ts';

/** The tab's own memory: it survives a reload and ends with the tab. */
const key = 'streambed.pending';

/** A question that had not reached the server when this tab was reloaded. */
export function readPending(id: string): PendingQuestion | undefined {
  try {
    const kept = fieldsOf(JSON.parse(sessionStorage.getItem(key) ?? 'null'));
    return kept.id === id ? (kept.pending as PendingQuestion | undefined) : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps what the server has not accepted yet, as long as it hasn't. */
export function keepPending(conversation: HeldConversation): void {
  let kept: string | undefined;
  conversation.subscribe(() => {
    const pending = conversation.pending();
    if (pending?.key === kept) return;
    kept = pending?.key;
    try {
      if (pending === undefined) sessionStorage.removeItem(key);
      else sessionStorage.setItem(key, JSON.stringify({ id: conversation.id, pending }));
    } catch {
      // Full or refused: a reload then loses what had not left.
    }
  });
}
