import { fieldsOf } from '../kept.ts';
import type { Queued } from './asking.ts';

const key = 'streambed.drafts';
/** The oldest are forgotten first. */
const maxDrafts = 50;
const maxCharacters = 100_000;

/** What was being written in a conversation when the page was left. */
export function readDraft(id: string): string {
  const draft = readAll()[id];
  return typeof draft === 'string' ? draft : '';
}

/** Keeps what is being written, in this browser; an empty one is forgotten. */
export function keepDraft(id: string, draft: string): void {
  try {
    const { [id]: _, ...others } = readAll();
    const all = draft === '' ? others : { ...others, [id]: draft.slice(0, maxCharacters) };
    localStorage.setItem(key, JSON.stringify(Object.fromEntries(Object.entries(all).slice(-maxDrafts))));
  } catch {
    // Full or refused: the draft then lasts as long as the page.
  }
}

function readAll(): Readonly<Record<string, unknown>> {
  try {
    return fieldsOf(JSON.parse(localStorage.getItem(key) ?? '{}'));
  } catch {
    return {};
  }
}

const queueKey = (id: string) => `streambed.queue.${id}`;

/** What waited in this tab when the page was left. */
export function readQueue(id: string): readonly Queued[] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(queueKey(id)) ?? '[]');
    return Array.isArray(kept) ? kept : [];
  } catch {
    return [];
  }
}

/** Keeps what waits, in this tab. */
export function keepQueue(id: string, queue: readonly Queued[]): void {
  try {
    if (queue.length === 0) sessionStorage.removeItem(queueKey(id));
    else sessionStorage.setItem(queueKey(id), JSON.stringify(queue));
  } catch {
    // Full, with files in it, or refused: what waits then lasts as long as the page. What was kept before is asked by now.
    sessionStorage.removeItem(queueKey(id));
  }
}
