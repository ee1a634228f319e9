import { StreambedError } from '@streambed/protocol';
import { filterNames, type UsageFilter } from './usage-filter.ts';
import { dayMs, type UsageGrouping, usageGroupings } from './usage-sums.ts';

/** What somebody wants to know of usage: texts as a query or flags have them. */
export type AskedUsage = Readonly<Record<string, string | undefined>>;

/**
 * Reads which rows are meant: `from` (default: the first of this month) and `to` (default: the end of today), in UTC, and
 * what they must have. Throws `SB_BAD_REQUEST`.
 */
export function readFilter(asked: AskedUsage, now = Date.now()): UsageFilter {
  const today = new Date(now);
  const monthStart = Date.UTC(today.getUTCFullYear(), today.getUTCMonth(), 1);
  const from = asked.from === undefined ? monthStart : readTime(asked.from, 'from');
  const to = asked.to === undefined ? now - (now % dayMs) + dayMs : readTime(asked.to, 'to');
  if (to < from) throw bad('to', 'expected a time that is not before from');
  const chosen = filterNames.flatMap((name) => (asked[name] === undefined ? [] : [[name, asked[name]]]));
  return { from, to, ...Object.fromEntries(chosen) };
}

/** Reads a list of columns, `model,day`. Throws `SB_BAD_REQUEST`. */
export function readGroup(text = 'model'): readonly UsageGrouping[] {
  const names = text.split(',').map((name) => name.trim());
  const known = names.filter((name) => name !== '' && name !== 'none');
  for (const name of known) {
    if (!usageGroupings.some((grouping) => grouping === name))
      throw bad('group', `expected none, or some of ${usageGroupings.join(', ')}`);
  }
  return [...new Set(known)] as UsageGrouping[];
}

/** A date is its first moment; a time without a zone is one of UTC. */
function readTime(text: string, field: string): number {
  const match = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:\d{2})?)?$/.exec(
    text,
  );
  const time =
    match === null ? Number.NaN : Date.parse(`${match[1]}T${match[2] ?? '00:00'}${match[3] ?? 'Z'}`);
  if (Number.isNaN(time))
    throw bad(field, 'expected a date or time such as 2026-11-01 or 2026-11-01T09:30:00Z');
  return time;
}

function bad(field: string, what: string): StreambedError {
  return new StreambedError('SB_BAD_REQUEST', `${field}: ${what}`, { field });
}
