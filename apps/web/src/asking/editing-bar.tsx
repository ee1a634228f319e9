import { texts } from '../texts.ts';

/** Says that the box holds a message of before, and what sending it will do. */
export function EditingBar({ onCancel }: { readonly onCancel: () => void }) {
  return (
    <p
      role="status"
      aria-label={texts.editing.label}
      className="flex items-center gap-3 border-b border-stone-2 py-1 pr-2 pl-4 text-small text-ink-quiet"
    >
      <span className="grow">{texts.editing.what}</span>
      <button type="button" onClick={onCancel} className="quiet-button flex-none text-small text-ink">
        {texts.editing.cancel}
        <kbd aria-hidden className="font-mono text-[0.6875rem] text-ink-quiet pointer-coarse:hidden">
          {texts.composer.keys.stop}
        </kbd>
      </button>
    </p>
  );
}
