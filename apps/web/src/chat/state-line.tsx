import type { Turn } from '@streambed/client';
import { texts } from '../texts.ts';
import { Sign } from '../ui/sign.tsx';

/** What the answer is doing: the sign moves until the first token, then stands. */
export function StateLine({ turn }: { readonly turn: Turn }) {
  const { phase, cancelling } = turn.answer;
  const arrived = phase === 'thinking' || phase === 'writing';
  const state = cancelling
    ? texts.phase.stopping
    : phase === 'waiting' && !turn.stream
      ? texts.phase.waitingWhole
      : texts.phase[phase];
  return (
    <p className="mt-2 flex min-h-8 items-center gap-2 text-small text-ink-quiet">
      <Sign flow={arrived ? 'steady' : 'moving'} size={18} />
      {state}
    </p>
  );
}
