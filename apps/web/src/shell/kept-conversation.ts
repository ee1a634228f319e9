import type { Conversation, SavedConversation } from '@streambed/client';

/** The tab's own memory: it survives a reload and ends with the tab. */
const key = 'streambed.conversation';

/** Changes when what is kept has another shape; what an older page kept is then forgotten. */
const version = 2;

/** What this tab showed before it was reloaded. */
export function readKept(): SavedConversation | undefined {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(key) ?? 'null');
    const { v, ...saved } = Object(kept) as { readonly v?: unknown } & SavedConversation;
    return v === version && Array.isArray(saved.turns) ? saved : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps the conversation as it goes on: each question, each answer's name, each ended answer; not each token. */
export function keep(conversation: Conversation): void {
  let kept = '';
  conversation.subscribe(() => {
    const { turns, running } = conversation.get();
    const { key: turn, answer } = turns.at(-1) ?? {};
    const now = `${turns.length} ${turn} ${answer?.generation} ${running}`;
    if (now === kept) return;
    kept = now;
    try {
      if (turns.length === 0) sessionStorage.removeItem(key);
      else sessionStorage.setItem(key, JSON.stringify({ v: version, ...conversation.save() }));
    } catch {
      // Full or refused: a reload then starts anew.
    }
  });
}
