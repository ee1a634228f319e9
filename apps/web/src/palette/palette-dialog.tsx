import { Dialog } from '@base-ui/react/dialog';
import { Check } from 'lucide-react';
import { useMemo, useRef } from 'react';
import { keysText } from '../shell/mod-key.ts';
import { paletteTexts } from '../texts/palette.ts';
import { PickList } from '../ui/pick-list.tsx';
import { backdropClass, popupClass } from '../ui/popup.ts';
import { type Command, paletteOpen } from './commands.ts';
import { pageCommands } from './page-commands.ts';
import { pageScope } from './page-scope.ts';

/** The palette: what was picked is done once it is closed, and the focus is back where it was. */
export default function PaletteDialog() {
  const picked = useRef<Command>(undefined);
  const items = useMemo(
    () =>
      commandsOfPage().map((command) => ({
        ...command,
        command,
        key: command.id,
        text: `${command.title} ${command.group} ${command.also ?? ''}`.toLowerCase(),
      })),
    [],
  );
  return (
    <Dialog.Root
      open
      onOpenChange={(open) => {
        if (!open) paletteOpen.set(false);
      }}
    >
      <Dialog.Portal>
        <Dialog.Backdrop className={backdropClass} />
        <Dialog.Popup
          aria-label={paletteTexts.label}
          finalFocus={() => {
            const command = picked.current;
            if (command === undefined) return true;
            // What it does may move the focus itself, or need the page's own.
            setTimeout(() => command.run());
            return true;
          }}
          className={`fixed top-[max(1rem,12dvh)] left-1/2 z-30 flex max-h-[min(28rem,76dvh)] w-[min(36rem,calc(100vw-1.5rem))] -translate-x-1/2 flex-col overflow-hidden ${popupClass}`}
        >
          <PickList
            items={items}
            searchLabel={paletteTexts.search}
            listLabel={paletteTexts.list}
            empty={paletteTexts.nothingFound}
            onPick={({ command }) => {
              picked.current = command;
              paletteOpen.set(false);
            }}
          >
            {({ command }) => (
              <span className="flex items-center gap-3">
                <span className="min-w-0 grow truncate">{command.title}</span>
                {command.selected && <Check size={14} aria-hidden className="flex-none text-flow" />}
                {command.keys !== undefined && (
                  <kbd className="flex-none font-mono text-[0.6875rem] text-ink-quiet pointer-coarse:hidden">
                    {keysText(command.keys)}
                  </kbd>
                )}
              </span>
            )}
          </PickList>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function commandsOfPage(): readonly Command[] {
  const scope = pageScope.get();
  return scope === undefined ? [] : pageCommands(scope);
}
