import type { ConversationItem } from '@streambed/client/conversations';
import { Ellipsis, Pin } from 'lucide-react';
import { lazy, memo, type RefObject, Suspense, useEffect, useRef, useState } from 'react';
import { railTexts } from '../texts/rail.ts';
import { loadPart, Otherwise } from '../ui/load.tsx';
import { Sign } from '../ui/sign.tsx';
import type { ConversationActions } from './conversation-menu.tsx';

const ConversationMenu = lazy(() => loadPart(() => import('./conversation-menu.tsx')));

/** What can be done with any conversation of the list. */
export interface RowActions {
  open(id: string): void;
  rename(id: string, title: string): void;
  pin(id: string, pinned: boolean): void;
  exportAs(item: ConversationItem, format: 'markdown' | 'json'): void;
  remove(item: ConversationItem): void;
}

/** One conversation: its title, whether it is pinned or runs, and a menu of what can be done with it. */
export const RailRow = memo(function RailRow(props: {
  readonly item: ConversationItem;
  readonly shown: boolean;
  readonly actions: RowActions;
}) {
  const { item, shown, actions } = props;
  const [menu, setMenu] = useState(false);
  const [renaming, setRenaming] = useState(false);
  const buttonRef = useRef<HTMLButtonElement>(null);
  const title = item.title || railTexts.untitled;
  const does: ConversationActions = {
    rename: () => setRenaming(true),
    pin: () => actions.pin(item.id, !item.pinned),
    exportAs: (format) => actions.exportAs(item, format),
    remove: () => actions.remove(item),
  };
  if (renaming) {
    return (
      <Rename
        title={item.title}
        onDone={(name) => {
          setRenaming(false);
          if (name !== undefined && name !== item.title) actions.rename(item.id, name);
        }}
      />
    );
  }
  return (
    <div
      className={`group/row relative flex h-full items-center rounded-lg transition-colors duration-120 ${
        shown ? 'bg-stone-2' : 'hover:bg-stone-1 has-data-popup-open:bg-stone-1'
      }`}
    >
      <button
        type="button"
        data-row=""
        aria-current={shown ? 'page' : undefined}
        onClick={() => actions.open(item.id)}
        onKeyDown={(event) => {
          if (event.key === 'F2') setRenaming(true);
          else if (event.key === 'Delete') actions.remove(item);
          else return;
          event.preventDefault();
        }}
        className="flex h-full min-w-0 grow flex-col justify-center rounded-lg py-1 pr-2.5 pl-2.5 text-left group-focus-within/row:pr-9 group-hover/row:pr-9 group-has-data-popup-open/row:pr-9 pointer-coarse:pr-9"
      >
        <span className="flex w-full items-center gap-1.5">
          {item.running.length > 0 && (
            <>
              <Sign flow="moving" size={14} />
              <span className="sr-only">{railTexts.running}</span>
            </>
          )}
          <span className="truncate">{title}</span>
          {item.pinned && <Pin size={11} aria-hidden className="flex-none text-ink-quiet" />}
        </span>
        {item.match !== undefined && (
          <span className="w-full truncate text-meter text-ink-quiet">{item.match.text}</span>
        )}
      </button>
      <button
        ref={buttonRef}
        type="button"
        aria-label={railTexts.more(title)}
        aria-haspopup="menu"
        aria-expanded={menu}
        data-popup-open={menu ? '' : undefined}
        onClick={() => setMenu(true)}
        className="quiet-button absolute right-1 min-h-7 min-w-7 px-0 opacity-0 group-hover/row:opacity-100 focus-visible:opacity-100 data-popup-open:opacity-100 pointer-coarse:opacity-100"
      >
        <Ellipsis size={15} aria-hidden />
      </button>
      {menu && <RowMenu item={item} anchor={buttonRef} actions={does} onClose={() => setMenu(false)} />}
    </div>
  );
});

function RowMenu(props: {
  readonly item: ConversationItem;
  readonly anchor: RefObject<HTMLElement | null>;
  readonly actions: ConversationActions;
  readonly onClose: () => void;
}) {
  return (
    <Otherwise otherwise={null}>
      <Suspense>
        <ConversationMenu
          pinned={props.item.pinned}
          anchor={props.anchor}
          actions={props.actions}
          onClose={props.onClose}
        />
      </Suspense>
    </Otherwise>
  );
}

/** Enter and leaving keep the new name, Escape the old one. */
function Rename(props: { readonly title: string; readonly onDone: (title: string | undefined) => void }) {
  const { title, onDone } = props;
  const ref = useRef<HTMLInputElement>(null);
  const done = useRef(false);
  useEffect(() => ref.current?.select(), []);
  const finish = (name: string | undefined) => {
    if (done.current) return;
    done.current = true;
    onDone(name?.trim() || undefined);
  };
  return (
    <input
      ref={ref}
      aria-label={railTexts.newName}
      defaultValue={title}
      maxLength={200}
      onBlur={({ target }) => finish(target.value)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') finish(event.currentTarget.value);
        else if (event.key === 'Escape') finish(undefined);
        else return;
        event.preventDefault();
      }}
      className="field h-full rounded-lg"
    />
  );
}
