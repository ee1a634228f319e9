import type { ConversationItem } from '@streambed/client/conversations';
import { railTexts } from '../texts/rail.ts';

/** What the list shows: a heading, or a conversation under it. */
export type RailRow =
  | { readonly type: 'heading'; readonly key: string; readonly text: string }
  | { readonly type: 'conversation'; readonly key: string; readonly item: ConversationItem };

const dayMs = 86_400_000;

/** Conversations under the days they were last touched: pinned ones first, then today, yesterday, and so on. */
export function groupByDay(items: readonly ConversationItem[], now: number): readonly RailRow[] {
  const sorted = [...items].sort(
    (a, b) => Number(b.pinned) - Number(a.pinned) || b.updated_at - a.updated_at || (a.id < b.id ? 1 : -1),
  );
  const rows: RailRow[] = [];
  let last = '';
  for (const item of sorted) {
    const heading = item.pinned ? railTexts.pinned : headingOf(item.updated_at * 1000, now);
    if (heading !== last) rows.push({ type: 'heading', key: `heading ${heading}`, text: heading });
    last = heading;
    rows.push({ type: 'conversation', key: item.id, item });
  }
  return rows;
}

function headingOf(at: number, now: number): string {
  const days = Math.round((startOfDay(now) - startOfDay(at)) / dayMs);
  if (days <= 0) return railTexts.today;
  if (days === 1) return railTexts.yesterday;
  if (days < 7) return new Intl.DateTimeFormat('en', { weekday: 'long' }).format(at);
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return new Intl.DateTimeFormat('en', { month: 'long', ...(!sameYear && { year: 'numeric' }) }).format(at);
}

function startOfDay(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}
