import { type GenerationSnapshot, isEnded } from '@streambed/client';
import type { HeldConversation } from '@streambed/client/conversations';
import { useTurn } from '@streambed/client/react';
import { type KeyboardEvent, useEffect, useRef } from 'react';
import { noteProgress } from '../chat/progress.ts';
import { compareTexts } from '../texts/compare.ts';
import { Sign } from '../ui/sign.tsx';
import { standing } from './standing.tsx';

/** The answers by the names of their models, where there is room for one at a time. Arrows go between. */
export function CompareTabs(props: {
  readonly id: string;
  readonly conversation: HeldConversation;
  readonly keys: readonly string[];
  readonly current: string;
  readonly titleOf: (model: string) => string;
  readonly onChoose: (key: string) => void;
}) {
  const { id, conversation, keys, current, titleOf, onChoose } = props;
  const ref = useRef<HTMLDivElement>(null);
  const tabOf = (key: string | undefined) => ref.current?.querySelector<HTMLElement>(`[data-tab="${key}"]`);
  const onKeyDown = (event: KeyboardEvent) => {
    const at = keys.indexOf(current);
    const to: Readonly<Record<string, number>> = {
      ArrowRight: (at + 1) % keys.length,
      ArrowLeft: (at + keys.length - 1) % keys.length,
      Home: 0,
      End: keys.length - 1,
    };
    const next = keys[to[event.key] ?? -1];
    if (next === undefined) return;
    event.preventDefault();
    onChoose(next);
    tabOf(next)?.focus();
  };
  useEffect(() => {
    const tab = ref.current?.querySelector(`[data-tab="${current}"]`);
    tab?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [current]);
  return (
    <div
      ref={ref}
      role="tablist"
      aria-label={compareTexts.models}
      onKeyDown={onKeyDown}
      className="sticky top-0 z-2 -mx-4 flex flex-none overflow-x-auto border-b border-stone-2 bg-ground px-2 [scrollbar-width:none]"
    >
      {keys.map((key) => (
        <Tab
          key={key}
          panel={id}
          conversation={conversation}
          turnKey={key}
          selected={key === current}
          titleOf={titleOf}
          onChoose={onChoose}
        />
      ))}
    </div>
  );
}

function Tab(props: {
  readonly panel: string;
  readonly conversation: HeldConversation;
  readonly turnKey: string;
  readonly selected: boolean;
  readonly titleOf: (model: string) => string;
  readonly onChoose: (key: string) => void;
}) {
  const { turnKey, selected } = props;
  const turn = useTurn(props.conversation, turnKey);
  if (turn === undefined) return null;
  const { answer, stream } = turn;
  // Its figures go on while another one is looked at.
  if (!isEnded(answer.phase)) noteProgress(answer);
  return (
    <button
      type="button"
      role="tab"
      id={`${props.panel}-${turnKey}`}
      data-tab={turnKey}
      aria-selected={selected}
      aria-controls={props.panel}
      tabIndex={selected ? 0 : -1}
      onClick={() => props.onChoose(turnKey)}
      className="-mb-px flex min-h-11 flex-none items-center gap-1.5 border-b-2 border-transparent px-2 text-small text-ink-quiet -outline-offset-2 aria-selected:border-flow aria-selected:font-medium aria-selected:text-ink"
    >
      <Mark answer={answer} />
      {props.titleOf(turn.model)}
      <span className="sr-only">, {standing(answer, stream)}</span>
    </button>
  );
}

/** How it stands, for the eye: the sign where it flows, a dot where it came to nothing. */
function Mark({ answer: { phase } }: { readonly answer: GenerationSnapshot }) {
  if (!isEnded(phase)) {
    const flows = phase === 'writing' || phase === 'thinking';
    return <Sign flow={flows ? 'steady' : 'moving'} size={14} />;
  }
  if (phase === 'completed') return null;
  const tone = phase === 'failed' ? 'bg-loss' : phase === 'interrupted' ? 'bg-warn' : 'bg-stone-4';
  return <span aria-hidden className={`size-1.5 flex-none rounded-full ${tone}`} />;
}
