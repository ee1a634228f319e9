import type { Turn } from '@streambed/client';
import type { MeterName } from '../chat/read-meters.ts';

/** The figures in which one answer beats all others, by its key. Nothing is said until two have come to their end. */
export function bestFigures(
  turns: readonly (Turn | undefined)[],
): ReadonlyMap<string, ReadonlySet<MeterName>> {
  const best = new Map<string, Set<MeterName>>();
  const ended = turns.flatMap((turn) => (turn?.answer.phase === 'completed' ? [turn] : []));
  for (const [name, value] of Object.entries(figures) as [keyof typeof figures, Figure][]) {
    const known = ended.flatMap((turn) => {
      const figure = value(turn);
      return figure === undefined ? [] : [{ key: turn.key, figure }];
    });
    const [first, second] = known.sort((a, b) => a.figure - b.figure);
    if (first === undefined || second === undefined || first.figure === second.figure) continue;
    best.set(first.key, (best.get(first.key) ?? new Set()).add(name));
  }
  return best;
}

/** Less is better, as exactly as it is shown; undefined where it isn't known. */
type Figure = (turn: Turn) => number | undefined;

const figures = {
  first: ({ answer, stream }) => (stream ? answer.stop?.timing.first_event_ms : answer.stop?.timing.total_ms),
  speed: ({ answer: { stop }, stream }) => {
    const { first_event_ms: first, total_ms: total = 0 } = stop?.timing ?? {};
    const written = (stop?.usage.output_tokens ?? 0) - 1;
    const ms = total - (first ?? total);
    return stream && written > 0 && ms >= 50 ? -Math.round(written / (ms / 1_000)) : undefined;
  },
  cost: ({ answer: { stop } }) =>
    stop === undefined || stop.cost.status === 'unknown'
      ? undefined
      : Math.round(Number(stop.cost.usd) * 1e4),
} satisfies { readonly [Name in MeterName]?: Figure };
