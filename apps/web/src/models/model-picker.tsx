import { ChevronDown } from 'lucide-react';
import { lazy, type RefObject, Suspense, useRef, useState } from 'react';
import { texts } from '../texts.ts';
import { loadPart, Otherwise } from '../ui/load.tsx';
import type { ModelState } from './model-store.ts';

export const loadModelMenu = () => import('./model-menu.tsx');
const ModelMenu = lazy(() => loadPart(loadModelMenu));

export interface ModelPickerProps {
  readonly models: ModelState;
  /** The model chosen: what the request will carry. */
  readonly name: string;
  readonly onChange: (name: string) => void;
  readonly triggerRef: RefObject<HTMLButtonElement | null>;
}

/** The model to ask. Its list is loaded beside the shell. */
export function ModelPicker(props: ModelPickerProps) {
  const { models, name, triggerRef } = props;
  const [open, setOpen] = useState(false);
  const wasOpen = useRef(false);
  const title = titleOf(models, name);
  const empty = models.loaded ? texts.model.none : texts.model.loading;
  return (
    <>
      <button
        ref={triggerRef}
        type="button"
        role="combobox"
        aria-label={texts.model.label}
        aria-haspopup="listbox"
        aria-expanded={open}
        aria-controls="model-menu"
        disabled={models.models.length === 0}
        data-popup-open={open ? '' : undefined}
        // A press outside closes the list, and this button is outside: its click would open it again.
        onPointerDown={() => {
          wasOpen.current = open;
        }}
        onClick={({ detail }) => setOpen(detail === 0 ? !open : !wasOpen.current)}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
          event.preventDefault();
          setOpen(true);
        }}
        className="quiet-button min-w-0 shrink justify-start font-medium text-ink disabled:text-ink-quiet"
      >
        <span className="truncate">{title ?? (models.models.length === 0 ? empty : texts.model.choose)}</span>
        <ChevronDown size={14} aria-hidden className="flex-none text-ink-quiet max-sm:hidden" />
      </button>
      {open && (
        <Otherwise otherwise={<PlainSelect {...props} />}>
          <Suspense>
            <ModelMenu {...props} onClose={() => setOpen(false)} />
          </Suspense>
        </Otherwise>
      )}
    </>
  );
}

/** What people call the model. */
export function titleOf({ models, all }: ModelState, name: string): string | undefined {
  return models.find((model) => model.name === name)?.title ?? all.find(({ id }) => id === name)?.name;
}

/** The browser's own list, where ours could not be loaded. */
function PlainSelect({ models, name, onChange }: ModelPickerProps) {
  return (
    <select
      aria-label={texts.model.choose}
      className="min-w-0 shrink"
      value={name}
      onChange={(event) => onChange(event.target.value)}
    >
      {models.models.map((model) => (
        <option key={model.name} value={model.name}>
          {model.title}
        </option>
      ))}
    </select>
  );
}
