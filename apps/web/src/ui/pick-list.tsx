import { type KeyboardEvent, type ReactNode, useEffect, useId, useMemo, useRef, useState } from 'react';

/** One thing to pick. */
export interface PickItem {
  readonly key: string;
  /** Items of one group stand together, under its name. */
  readonly group: string;
  /** What is searched, in lower case. */
  readonly text: string;
  /** Shown, found, and not picked: what it shows says why. */
  readonly disabled?: boolean;
  readonly selected?: boolean;
}

export interface PickListProps<Item extends PickItem> {
  /** In the order to show them; groups in the order of their first items. */
  readonly items: readonly Item[];
  /** What the search box and the list are called. */
  readonly searchLabel: string;
  readonly listLabel: string;
  /** In place of the list, where nothing fits. */
  readonly empty: ReactNode;
  readonly onPick: (item: Item) => void;
  readonly children: (item: Item) => ReactNode;
  /** Begin at what is selected, rather than at the first one. */
  readonly fromSelected?: boolean;
  /** Several can be selected: picking goes on. */
  readonly multiple?: boolean;
}

/**
 * A search box and what it finds. The focus stays in the box: arrows, Home and End move through the list, Enter picks.
 * All words must occur, in any order; what begins with the first of them comes first.
 */
export function PickList<Item extends PickItem>(props: PickListProps<Item>) {
  const { items, onPick } = props;
  const [wanted, setWanted] = useState('');
  const groups = useMemo(() => [...Map.groupBy(find(items, wanted), ({ group }) => group)], [items, wanted]);
  const found = useMemo(() => groups.flatMap(([, rows]) => rows), [groups]);
  const [moved, setMoved] = useState<string>();
  const current =
    found.find(({ key }) => key === moved) ?? firstOf(found, props.fromSelected === true && wanted === '');
  const id = useId();
  const boxRef = useRef<HTMLInputElement>(null);
  const listRef = useRef<HTMLDivElement>(null);
  const rowId = (item: Item) => `${id}-${item.key}`;

  useEffect(() => {
    const row = listRef.current?.querySelector('[data-current]');
    row?.scrollIntoView({ block: 'nearest' });
  });

  const move = (step: number) => {
    const at = current === undefined ? -1 : found.indexOf(current);
    setMoved(found[Math.max(0, Math.min(found.length - 1, at + step))]?.key);
  };
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: 1,
    ArrowUp: -1,
    PageDown: 8,
    PageUp: -8,
    ...(wanted === '' && { Home: -Infinity, End: Infinity }),
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const step = steps[event.key];
    if (step !== undefined) move(step);
    else if (event.key === 'Enter' && current !== undefined && !current.disabled) onPick(current);
    else return;
    event.preventDefault();
  };

  return (
    <>
      <div className="flex flex-none items-center gap-2 border-b border-stone-2 px-3.5">
        <input
          ref={boxRef}
          // It was opened to be searched.
          // biome-ignore lint/a11y/noAutofocus: see above.
          autoFocus
          type="text"
          role="combobox"
          aria-label={props.searchLabel}
          aria-expanded="true"
          aria-controls={id}
          aria-activedescendant={current && rowId(current)}
          aria-autocomplete="list"
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          enterKeyHint="go"
          placeholder={props.searchLabel}
          value={wanted}
          onChange={(event) => {
            setWanted(event.target.value);
            setMoved(undefined);
          }}
          onKeyDown={onKeyDown}
          className="h-11 min-w-0 grow bg-transparent text-base outline-none placeholder:text-ink-quiet max-sm:text-body"
        />
      </div>
      <div
        ref={listRef}
        id={id}
        role="listbox"
        aria-label={props.listLabel}
        aria-multiselectable={props.multiple}
        // Mouse and finger must not take the focus out of the box.
        onPointerDown={(event) => event.pointerType === 'mouse' && event.preventDefault()}
        className="min-h-0 grow overflow-y-auto overscroll-contain p-1"
      >
        {found.length === 0 && <p className="px-3 py-6 text-center text-ink-quiet">{props.empty}</p>}
        {groups.map(([group, rows], place) => (
          // biome-ignore lint/a11y/useSemanticElements: a fieldset can't stand in a listbox.
          <div key={group} role="group" aria-labelledby={group === '' ? undefined : `${id}-group-${place}`}>
            {group !== '' && (
              <div id={`${id}-group-${place}`} className="px-2.5 pt-2.5 pb-1 text-meter text-ink-quiet">
                {group}
              </div>
            )}
            {rows.map((item) => (
              // The box has the keys of all of them.
              // biome-ignore lint/a11y/useKeyWithClickEvents: see above.
              // biome-ignore lint/a11y/useFocusableInteractive: see above.
              <div
                key={item.key}
                id={rowId(item)}
                role="option"
                aria-selected={item.selected === true}
                aria-disabled={item.disabled === true || undefined}
                data-current={item === current ? '' : undefined}
                onPointerMove={() => item !== current && setMoved(item.key)}
                onClick={() => !item.disabled && onPick(item)}
                className="cursor-default rounded-lg px-2.5 py-1.5 [contain-intrinsic-size:auto_2.25rem] [content-visibility:auto] data-current:bg-stone-2 aria-disabled:text-ink-quiet"
              >
                {props.children(item)}
              </div>
            ))}
          </div>
        ))}
      </div>
    </>
  );
}

function firstOf<Item extends PickItem>(found: readonly Item[], fromSelected: boolean): Item | undefined {
  const selected = fromSelected ? found.find((item) => item.selected) : undefined;
  return selected ?? found.find((item) => !item.disabled) ?? found[0];
}

/** Those that have all the words; with the first word at their very beginning first, but disabled ones always last. */
export function find<Item extends PickItem>(items: readonly Item[], wanted: string): readonly Item[] {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  const [first] = words;
  if (first === undefined) return items;
  const rank = ({ text, disabled }: Item) =>
    (disabled ? 4 : 0) + (text.startsWith(first) ? 0 : text.includes(` ${first}`) ? 1 : 2);
  return items
    .filter(({ text }) => words.every((word) => text.includes(word)))
    .map((item) => ({ item, rank: rank(item) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}
