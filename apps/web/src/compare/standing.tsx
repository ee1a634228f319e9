import { type GenerationSnapshot, isEnded } from '@streambed/client';
import { stateOf } from '../chat/state-line.tsx';
import { compareTexts } from '../texts/compare.ts';
import { Sign } from '../ui/sign.tsx';

/** How an answer stands, in a word or two: here the end of a good one is said as well. */
export function standing(answer: GenerationSnapshot, stream: boolean): string {
  return answer.phase === 'completed' ? compareTexts.complete : stateOf(answer, stream);
}

const tones: Readonly<Record<string, string>> = { failed: 'text-loss', interrupted: 'text-warn' };

/** It, with the sign where something is on its way. */
export function Standing(props: { readonly answer: GenerationSnapshot; readonly stream: boolean }) {
  const { answer, stream } = props;
  const { phase } = answer;
  const flows = phase === 'writing' || phase === 'thinking';
  return (
    <p className={`flex min-h-5 items-center gap-1.5 text-small ${tones[phase] ?? 'text-ink-quiet'}`}>
      {!isEnded(phase) && <Sign flow={flows ? 'steady' : 'moving'} size={16} />}
      <span className="truncate">{standing(answer, stream)}</span>
    </p>
  );
}
