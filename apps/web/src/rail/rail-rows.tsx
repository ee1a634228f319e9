import { type KeyboardEvent, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { railTexts } from '../texts/rail.ts';
import type { RailRow as Row } from './group-by-day.ts';
import { RailRow, type RowActions } from './rail-row.tsx';
import { useWindow } from './use-window.ts';

const headingHeight = 32;
const rowHeight = 34;
const matchHeight = 50;
/** So near to its end the list reads on. */
const nearEnd = 600;

/** The rows that are in sight. Arrows, Home and End go from one to another, however long the list is. */
export function RailRows(props: {
  readonly rows: readonly Row[];
  readonly shown: string;
  readonly actions: RowActions;
  readonly onNearEnd: () => void;
}) {
  const { rows, shown, actions, onNearEnd } = props;
  const scrollerRef = useRef<HTMLElement>(null);
  const heights = useMemo(() => rows.map(heightOf), [rows]);
  const { tops, from, to } = useWindow(scrollerRef, heights);
  const [wanted, setWanted] = useState<string>();
  const height = tops.at(-1) ?? 0;
  const bottom = tops[to] ?? height;
  useEffect(() => {
    if (height - bottom < nearEnd) onNearEnd();
  }, [height, bottom, onNearEnd]);

  // A row that is gone to may have to be drawn first.
  useEffect(() => {
    if (wanted === undefined) return;
    const row = scrollerRef.current?.querySelector<HTMLElement>(
      `[data-key="${CSS.escape(wanted)}"] [data-row]`,
    );
    if (row === null || row === undefined) return;
    row.focus({ preventScroll: true });
    setWanted(undefined);
  });
  const acts = useMemo<RowActions>(
    () => ({
      ...actions,
      remove: (item) => {
        const place = rows.findIndex(({ key }) => key === item.id);
        const next = [...rows.slice(place + 1), ...rows.slice(0, place).reverse()].find(
          ({ type }) => type === 'conversation',
        );
        // The row that has the focus goes: its neighbour takes it.
        if (scrollerRef.current?.contains(document.activeElement)) setWanted(next?.key);
        actions.remove(item);
      },
    }),
    [actions, rows],
  );
  const onKeyDown = useCallback(
    (event: KeyboardEvent<HTMLElement>) => {
      const step = { ArrowDown: 1, ArrowUp: -1, Home: 1, End: -1 }[event.key];
      const key = (event.target as Element).closest<HTMLElement>('[data-key]')?.dataset.key;
      if (step === undefined || key === undefined || event.target instanceof HTMLInputElement) return;
      event.preventDefault();
      const ends: Readonly<Record<string, number>> = { Home: 0, End: rows.length - 1 };
      let place = ends[event.key] ?? rows.findIndex((row) => row.key === key) + step;
      while (rows[place]?.type === 'heading') place += step;
      const row = rows[place];
      const scroller = scrollerRef.current;
      if (row === undefined || scroller === null) return;
      const top = tops[place] ?? 0;
      const end = tops[place + 1] ?? top;
      if (top < scroller.scrollTop) scroller.scrollTop = top - headingHeight;
      else if (end > scroller.scrollTop + scroller.clientHeight)
        scroller.scrollTop = end - scroller.clientHeight;
      setWanted(row.key);
    },
    [rows, tops],
  );

  return (
    <nav
      ref={scrollerRef}
      aria-label={railTexts.label}
      onKeyDown={onKeyDown}
      className="min-h-0 grow overflow-y-auto overscroll-contain px-2 pb-4"
    >
      <ul className="relative" style={{ height }}>
        {rows.slice(from, to).map((row, place) => (
          <li
            key={row.key}
            data-key={row.key}
            className="absolute inset-x-0 py-px"
            style={{ top: tops[from + place], height: heights[from + place] }}
          >
            {row.type === 'heading' ? (
              <h3 className="px-2.5 pt-3 text-meter text-ink-quiet">{row.text}</h3>
            ) : (
              <RailRow item={row.item} shown={row.item.id === shown} actions={acts} />
            )}
          </li>
        ))}
      </ul>
    </nav>
  );
}

function heightOf(row: Row): number {
  if (row.type === 'heading') return headingHeight;
  return row.item.match === undefined ? rowHeight : matchHeight;
}
