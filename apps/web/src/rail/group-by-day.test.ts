import { expect, test } from 'vitest';
import { groupByDay } from './group-by-day.ts';

const now = new Date(2026, 10, 22, 15, 0).getTime();
const item = (id: string, daysAgo: number, pinned = false) =>
  ({ id, title: id, pinned, updated_at: (now - daysAgo * 86_400_000) / 1000, running: [] }) as never;

test('pinned first, then by day, then by month, newest on top', () => {
  const rows = groupByDay(
    [
      item('old', 400),
      item('yesterday', 1),
      item('pin', 90, true),
      item('now', 0),
      item('week', 3),
      item('month', 40),
    ],
    now,
  );
  expect(rows.map((row) => (row.type === 'heading' ? `# ${row.text}` : row.item.id))).toEqual([
    '# Pinned',
    'pin',
    '# Today',
    'now',
    '# Yesterday',
    'yesterday',
    '# Thursday',
    'week',
    '# October',
    'month',
    '# October 2025',
    'old',
  ]);
});
