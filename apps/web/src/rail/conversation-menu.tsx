import { Menu } from '@base-ui/react/menu';
import { Download, Pencil, Pin, PinOff, Trash2 } from 'lucide-react';
import type { ComponentType, RefObject } from 'react';
import { railTexts } from '../texts/rail.ts';
import { popupClass } from '../ui/popup.ts';

/** What can be done with a conversation. */
export interface ConversationActions {
  rename(): void;
  pin(): void;
  exportAs(format: 'markdown' | 'json'): void;
  remove(): void;
}

/** The menu of one conversation, at the button that opened it. */
export default function ConversationMenu(props: {
  readonly pinned: boolean;
  readonly anchor: RefObject<HTMLElement | null>;
  readonly actions: ConversationActions;
  readonly onClose: () => void;
}) {
  const { pinned, actions, onClose } = props;
  const words = railTexts;
  return (
    <Menu.Root open onOpenChange={(open) => !open && onClose()}>
      <Menu.Portal>
        <Menu.Positioner
          className="z-40"
          anchor={props.anchor}
          side="bottom"
          align="end"
          sideOffset={4}
          collisionPadding={12}
        >
          <Menu.Popup
            aria-label={words.label}
            finalFocus={props.anchor}
            className={`min-w-48 p-1 ${popupClass}`}
          >
            <Item icon={Pencil} text={words.rename} run={actions.rename} />
            <Item icon={pinned ? PinOff : Pin} text={pinned ? words.unpin : words.pin} run={actions.pin} />
            <Item icon={Download} text={words.exportMarkdown} run={() => actions.exportAs('markdown')} />
            <Item icon={Download} text={words.exportJson} run={() => actions.exportAs('json')} />
            <Menu.Separator className="my-1 border-t border-stone-2" />
            <Item icon={Trash2} text={words.remove} run={actions.remove} />
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

function Item(props: {
  readonly icon: ComponentType<{ size: number; 'aria-hidden': true }>;
  readonly text: string;
  readonly run: () => void;
}) {
  const Icon = props.icon;
  return (
    <Menu.Item
      onClick={props.run}
      className="flex cursor-default items-center gap-2.5 rounded-lg px-2.5 py-1.5 outline-none data-highlighted:bg-stone-2"
    >
      <Icon size={15} aria-hidden />
      {props.text}
    </Menu.Item>
  );
}
