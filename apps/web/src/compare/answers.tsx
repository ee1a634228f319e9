import { type RefObject, useId, useLayoutEffect, useRef, useState } from 'react';
import { compareTexts } from '../texts/compare.ts';
import { Column, type ColumnActions } from './column.tsx';
import { CompareTabs } from './compare-tabs.tsx';
import { useBest } from './use-columns.ts';
import { useRoom } from './use-room.ts';
import { useSwipe } from './use-swipe.ts';

interface AnswersProps {
  /** What scrolls: the whole of it, never a column by itself. */
  readonly mainRef: RefObject<HTMLElement | null>;
  readonly keys: readonly string[];
  readonly wanted: string;
  readonly titleOf: (model: string) => string;
  readonly actions: ColumnActions;
}

/** Beside each other where there is room, else one at a time, under tabs. */
export function Answers(props: AnswersProps) {
  const { mainRef, keys, titleOf, actions } = props;
  const beside = useRoom(mainRef, keys.length);
  const best = useBest(actions.conversation, keys);
  if (!beside) return <OneAtATime {...props} best={best} />;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms.
    <div
      role="group"
      aria-label={compareTexts.label}
      className="columns-of-answers"
      style={{ gridTemplateColumns: `repeat(${keys.length}, minmax(0, 1fr))` }}
    >
      {keys.map((key) => (
        <Column key={key} turnKey={key} titleOf={titleOf} titled best={best.get(key)} actions={actions} />
      ))}
    </div>
  );
}

function OneAtATime(props: AnswersProps & { readonly best: ReturnType<typeof useBest> }) {
  const { mainRef, keys, titleOf, actions, best } = props;
  const [chosen, setChosen] = useState(() => Math.max(0, keys.indexOf(props.wanted)));
  const place = Math.min(chosen, keys.length - 1);
  const current = keys[place] ?? '';
  const id = useId();
  /** Each answer is read at its own pace. */
  const tops = useRef(new Map<number, number>());
  const choose = (next: number) => {
    if (next < 0 || next >= keys.length) return;
    tops.current.set(place, mainRef.current?.scrollTop ?? 0);
    setChosen(next);
  };
  useLayoutEffect(() => {
    const top = tops.current.get(place);
    if (top !== undefined) mainRef.current?.scrollTo(0, top);
  }, [mainRef, place]);
  const swipe = useSwipe((step) => choose(place + step));
  return (
    <>
      <CompareTabs
        id={id}
        conversation={actions.conversation}
        keys={keys}
        current={current}
        titleOf={titleOf}
        onChoose={(key) => choose(keys.indexOf(key))}
      />
      <div
        role="tabpanel"
        id={id}
        aria-labelledby={`${id}-${current}`}
        className="flex grow flex-col [--head-top:2.625rem]"
        {...swipe}
      >
        <Column
          key={current}
          turnKey={current}
          titleOf={titleOf}
          titled={false}
          best={best.get(current)}
          actions={actions}
        />
      </div>
    </>
  );
}
