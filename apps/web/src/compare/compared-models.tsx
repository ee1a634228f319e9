import { Columns2, X } from 'lucide-react';
import type { RefObject } from 'react';
import { titleOf } from '../models/model-picker.tsx';
import type { ModelState } from '../models/model-store.ts';
import { texts } from '../texts.ts';
import { IconButton } from '../ui/icon-button.tsx';
import { comparing, pickToCompare } from './comparing.ts';

/** The models that the next question goes to, in the picker's place. */
export function ComparedModels(props: {
  readonly models: ModelState;
  readonly names: readonly string[];
  readonly triggerRef: RefObject<HTMLButtonElement | null>;
}) {
  const { models, names } = props;
  const titles = names.map((name) => titleOf(models, name) ?? name);
  return (
    <>
      <button
        ref={props.triggerRef}
        type="button"
        aria-label={texts.model.compared(titles)}
        onClick={() => pickToCompare({ type: 'question' })}
        className="quiet-button min-w-0 shrink justify-start font-medium text-ink"
      >
        <Columns2 size={14} aria-hidden className="flex-none text-flow" />
        <span className="truncate sm:hidden">{texts.model.several(names.length)}</span>
        <span className="truncate max-sm:hidden">{titles.join(', ')}</span>
      </button>
      <IconButton name={texts.model.notCompared} onClick={() => comparing.set([])}>
        <X size={14} aria-hidden />
      </IconButton>
    </>
  );
}
