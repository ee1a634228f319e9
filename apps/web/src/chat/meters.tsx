import type { Turn } from '@streambed/client';
import { type KeyboardEvent, use, useState } from 'react';
import { UpstreamContext } from '../models/upstream.ts';
import { useTitle } from '../models/use-title.ts';
import { texts } from '../texts.ts';
import { Hint } from '../ui/hint.tsx';
import { gridOrder, type Meter, type MeterName, readMeters } from './read-meters.ts';

/**
 * The figures of an answer, in one line; each explains itself on hover or focus. One tab stop, arrows go between.
 * `grid`: each in a place of its own, so that they stand in line with those of answers beside it; `best` names those
 * that no other beats.
 */
export function Meters(props: {
  readonly turn: Turn;
  readonly grid?: boolean;
  readonly best?: ReadonlySet<MeterName>;
}) {
  const { turn, grid = false, best } = props;
  const [current, setCurrent] = useState(0);
  const demo = use(UpstreamContext)?.kind === 'emulator';
  const read = readMeters(turn, demo, useTitle(turn.model));
  const meters = grid ? read.filter(({ name }) => name !== 'model' && name !== 'cached') : read;

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    event.stopPropagation();
    const next = (current + step + meters.length) % meters.length;
    setCurrent(next);
    event.currentTarget.querySelectorAll('button').item(next).focus();
  };
  const figure = ({ name, value, meaning }: Meter, place: number) => {
    const said = best?.has(name) ? `${meaning} ${texts.compare.best}` : meaning;
    return (
      <Hint text={said}>
        <button
          type="button"
          data-meter={name}
          data-best={best?.has(name) ? '' : undefined}
          aria-description={said}
          tabIndex={place === current ? 0 : -1}
          onFocus={() => setCurrent(place)}
          className="cursor-default rounded-sm hover:text-ink data-best:font-medium data-best:text-flow"
        >
          {value}
        </button>
      </Hint>
    );
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms; these are figures.
    <div
      role="group"
      aria-label={texts.meters.label}
      onKeyDown={onKeyDown}
      className={grid ? 'figures' : 'meters meters-of-answer grow'}
    >
      {grid
        ? gridOrder.map((name) => {
            const place = meters.findIndex((meter) => meter.name === name);
            const meter = meters[place];
            return (
              <span key={name} className="figure">
                {meter !== undefined && (
                  <>
                    <span>{texts.meters.short[name]}</span>
                    {figure(meter, place)}
                  </>
                )}
              </span>
            );
          })
        : meters.map((meter, place) => <span key={meter.name}>{figure(meter, place)}</span>)}
    </div>
  );
}
