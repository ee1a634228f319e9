import type { Versions } from '@streambed/client';
import { ChevronLeft, ChevronRight } from 'lucide-react';
import { texts } from '../texts.ts';
import { IconButton } from '../ui/icon-button.tsx';
import { useTurnActions } from './chat-context.ts';

/** Walks between versions of a question, or of an answer. Nothing where there is one. */
export function VersionWalk({ versions, label }: { readonly versions: Versions; readonly label: string }) {
  const { conversation } = useTurnActions();
  const { keys, place } = versions;
  if (keys.length < 2) return null;
  const go = (to: number) => {
    const key = keys[to];
    if (key !== undefined) conversation.show(key);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms.
    <div role="group" aria-label={label} className="flex items-center text-meter text-ink-quiet tabular-nums">
      <IconButton name={texts.versions.before} disabled={place === 0} onClick={() => go(place - 1)}>
        <ChevronLeft size={14} aria-hidden />
      </IconButton>
      <span className="font-mono">
        <span className="sr-only">{texts.versions.of(place + 1, keys.length)}</span>
        <span aria-hidden>
          {place + 1}/{keys.length}
        </span>
      </span>
      <IconButton
        name={texts.versions.after}
        disabled={place === keys.length - 1}
        onClick={() => go(place + 1)}
      >
        <ChevronRight size={14} aria-hidden />
      </IconButton>
    </div>
  );
}
