import { Popover } from '@base-ui/react/popover';
import { Check, Columns2 } from 'lucide-react';
import { useMemo } from 'react';
import { pickToCompare } from '../compare/comparing.ts';
import { keysText } from '../shell/mod-key.ts';
import { shortcuts } from '../shell/shortcuts.ts';
import { texts } from '../texts.ts';
import { PickList } from '../ui/pick-list.tsx';
import { popupClass } from '../ui/popup.ts';
import { choicesOf } from './choices.ts';
import type { ModelPickerProps } from './model-picker.tsx';
import { ModelRow } from './model-row.tsx';

/** The picker's list: search, what each model can, how much it holds, what it costs, and why one can't be asked. */
export default function ModelMenu(props: ModelPickerProps & { readonly onClose: () => void }) {
  const { models, name, onChange, onClose, triggerRef } = props;
  const choices = useMemo(() => choicesOf(models, name), [models, name]);
  return (
    <Popover.Root open onOpenChange={(open) => !open && onClose()}>
      <Popover.Portal>
        <Popover.Positioner
          className="z-20"
          anchor={triggerRef}
          side="top"
          align="start"
          sideOffset={6}
          collisionPadding={12}
        >
          <Popover.Popup
            id="model-menu"
            aria-label={texts.model.choose}
            finalFocus={triggerRef}
            className={`flex max-h-[min(30rem,var(--available-height))] w-[min(38rem,calc(100vw-1.5rem))] flex-col overflow-hidden ${popupClass}`}
          >
            <PickList
              items={choices}
              searchLabel={texts.model.search}
              listLabel={texts.model.list}
              empty={texts.model.nothingFound}
              fromSelected
              onPick={(choice) => {
                onChange(choice.name);
                onClose();
              }}
            >
              {(choice) => (
                <ModelRow choice={choice} mark={choice.selected && <Check size={14} aria-hidden />} />
              )}
            </PickList>
            <div className="flex-none border-t border-stone-2 p-1">
              <button
                type="button"
                className="quiet-button w-full justify-start px-2.5 text-ink hover:bg-stone-1"
                onClick={() => {
                  onClose();
                  pickToCompare({ type: 'question' });
                }}
              >
                <Columns2 size={14} aria-hidden className="text-ink-quiet" />
                <span className="grow text-left">{texts.model.compareWith}</span>
                <kbd
                  aria-hidden
                  className="font-mono text-[0.6875rem] text-ink-quiet max-sm:hidden pointer-coarse:hidden"
                >
                  {keysText(shortcuts.compare)}
                </kbd>
              </button>
            </div>
            <p className="flex-none border-t border-stone-2 px-3.5 py-2 text-meter text-ink-quiet">
              {texts.model.legend(models.pricesOf)}
            </p>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
