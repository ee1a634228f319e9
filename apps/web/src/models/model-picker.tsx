import type { ModelListing } from '@streambed/client';
import { ChevronDown } from 'lucide-react';
import { lazy, type RefObject, Suspense } from 'react';
import { texts } from '../texts.ts';
import { loadPart, Otherwise } from '../ui/load.tsx';

export const loadModelSelect = () => import('./model-select.tsx');
const ModelSelect = lazy(() => loadPart(loadModelSelect));

export interface ModelPickerProps {
  readonly models: readonly ModelListing[];
  readonly loaded: boolean;
  /** The model chosen: what the request will carry. */
  readonly name: string;
  readonly onChange: (name: string) => void;
  readonly triggerRef: RefObject<HTMLButtonElement | null>;
}

export const triggerClass =
  'quiet-button min-w-0 shrink justify-start font-medium text-ink data-disabled:text-ink-quiet disabled:text-ink-quiet';

/** The model to ask. The list is loaded beside the shell; until it is there, its button stands in its place. */
export function ModelPicker(props: ModelPickerProps) {
  return (
    <Otherwise otherwise={<PlainSelect {...props} />}>
      <Suspense
        fallback={
          <button type="button" disabled className={triggerClass}>
            <TriggerLabel {...props} />
          </button>
        }
      >
        <ModelSelect {...props} />
      </Suspense>
    </Otherwise>
  );
}

/** The browser's own list, where ours could not be loaded. */
function PlainSelect({ models, name, onChange }: ModelPickerProps) {
  return (
    <select
      aria-label={texts.model.label}
      className={triggerClass}
      value={name}
      onChange={(event) => onChange(event.target.value)}
    >
      {models.map((model) => (
        <option key={model.name} value={model.name}>
          {model.title}
        </option>
      ))}
    </select>
  );
}

/** What the closed picker says. */
export function TriggerLabel({ models, loaded, name }: ModelPickerProps) {
  const chosen = models.find((model) => model.name === name);
  const empty = loaded ? texts.model.none : texts.model.loading;
  return (
    <>
      <span className="truncate">{chosen?.title ?? (models.length === 0 ? empty : texts.model.choose)}</span>
      <ChevronDown size={14} aria-hidden className="flex-none text-ink-quiet" />
    </>
  );
}
