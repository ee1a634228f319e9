import type { Turn } from '@streambed/client';
import { type KeyboardEvent, use, useState } from 'react';
import { UpstreamContext } from '../models/upstream.ts';
import { texts } from '../texts.ts';
import { Hint } from '../ui/hint.tsx';
import { readMeters } from './read-meters.ts';

/** The figures of an answer, in one line; each explains itself on hover or focus. One tab stop, arrows go between. */
export function Meters({ turn }: { readonly turn: Turn }) {
  const [current, setCurrent] = useState(0);
  const demo = use(UpstreamContext)?.kind === 'emulator';
  const meters = readMeters(turn, demo);

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const next = (current + step + meters.length) % meters.length;
    setCurrent(next);
    event.currentTarget.querySelectorAll('button').item(next).focus();
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms; these are figures.
    <div
      role="group"
      aria-label={texts.meters.label}
      onKeyDown={onKeyDown}
      className="flex min-w-0 grow flex-wrap items-center font-mono text-meter text-ink-quiet tabular-nums"
    >
      {meters.map(({ name, value, meaning }, place) => (
        <span key={name} className="whitespace-nowrap">
          <Hint text={meaning}>
            <button
              type="button"
              data-meter={name}
              aria-description={meaning}
              tabIndex={place === current ? 0 : -1}
              onFocus={() => setCurrent(place)}
              className="cursor-default rounded-sm hover:text-ink"
            >
              {value}
            </button>
          </Hint>
          {place < meters.length - 1 && (
            <span aria-hidden="true" className="px-1.5 text-stone-4">
              ·
            </span>
          )}
        </span>
      ))}
    </div>
  );
}
