import { Menu } from '@base-ui/react/menu';
import type { Turn } from '@streambed/client';
import { useReadable } from '@streambed/client/react';
import { Ellipsis } from 'lucide-react';
import { pickToCompare } from '../compare/comparing.ts';
import { usePage } from '../shell/page-context.ts';
import { texts } from '../texts.ts';
import { popupClass } from '../ui/popup.ts';
import { writeClipboard } from '../ui/write-clipboard.ts';
import { useTurnActions } from './chat-context.ts';

const itemClass =
  'flex cursor-default items-baseline gap-3 rounded-lg px-2.5 py-1.5 outline-none select-none data-disabled:text-ink-quiet data-highlighted:bg-stone-2';

/** What is seldom needed: the answer as plain text, and another model's answer to the same question. */
export default function AnswerMenu(props: {
  readonly turn: Turn;
  readonly running: boolean;
  readonly plainText: () => string;
}) {
  const { turn, running } = props;
  const { regenerate } = useTurnActions();
  const { models } = useReadable(usePage().models);
  return (
    <Menu.Root modal={false}>
      <Menu.Trigger aria-label={texts.actions.more} className="quiet-button min-w-8 flex-none px-0">
        <Ellipsis size={15} aria-hidden />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner className="z-10" side="top" align="end" sideOffset={4} collisionPadding={12}>
          <Menu.Popup
            className={`${popupClass} max-h-[min(24rem,var(--available-height))] min-w-56 overflow-y-auto p-1`}
          >
            <Menu.Item className={itemClass} onClick={() => void writeClipboard(props.plainText())}>
              {texts.actions.copyText}
            </Menu.Item>
            <Menu.Item className={itemClass} onClick={() => pickToCompare({ type: 'answer', turn })}>
              {texts.compare.withAnother}
            </Menu.Item>
            <Menu.Separator className="my-1 border-t border-stone-2" />
            <Menu.Group>
              <Menu.GroupLabel className="px-2.5 pt-1.5 pb-1 text-meter text-ink-quiet">
                {texts.actions.regenerateWith}
              </Menu.GroupLabel>
              {models.map(({ name, title }) => (
                <Menu.Item
                  key={name}
                  className={itemClass}
                  disabled={running}
                  onClick={() => regenerate(turn, name)}
                >
                  <span className="grow">{title}</span>
                  <span className="font-mono text-meter text-ink-quiet">{name}</span>
                </Menu.Item>
              ))}
            </Menu.Group>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
