import type { Table, TableRow } from 'mdast';
import { memo, type ReactNode } from 'react';
import { texts } from '../texts.ts';
import { complete } from './complete.ts';
import { type Look, renderNodes } from './nodes.tsx';
import { parse, parseOnce } from './parse.ts';

/** A table in a frame of its own, which scrolls where it is wide. */
export function TableFrame({ children }: { readonly children: readonly ReactNode[] }) {
  const [head, ...rows] = children;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <section className="wide" aria-label={texts.blocks.table} tabIndex={0}>
      <table>
        <thead>{head}</thead>
        <tbody>{rows}</tbody>
      </table>
    </section>
  );
}

/** A row. One that is short is filled up, so that every row has its line. */
export function Cells(props: {
  readonly row: TableRow;
  readonly align: Table['align'];
  readonly head: boolean;
  readonly look: Look;
}) {
  const { row, align, head, look } = props;
  const Cell = head ? 'th' : 'td';
  const places = Math.max(row.children.length, align?.length ?? 0);
  return (
    <tr>
      {Array.from({ length: places }, (_, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a cell's place is its column.
        <Cell key={place} data-align={align?.[place] ?? undefined} scope={head ? 'col' : undefined}>
          {renderNodes(row.children[place]?.children ?? [], look)}
        </Cell>
      ))}
    </tr>
  );
}

/** A table as it grows: each row is read once, alone, so that a long one costs no more than its last row. */
export function TablePiece({ text, live }: { readonly text: string; readonly live: boolean }) {
  const [header = '', delimiter = '', ...rows] = text.split('\n');
  const top = `${header}\n${delimiter}`;
  return (
    <TableFrame>
      {[
        <Row key="head" top={top} row={undefined} live={false} />,
        ...rows.map((row, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows are only ever appended.
          <Row key={place} top={top} row={row} live={live && place === rows.length - 1} />
        )),
      ]}
    </TableFrame>
  );
}

const Row = memo(function Row(props: {
  readonly top: string;
  readonly row: string | undefined;
  readonly live: boolean;
}) {
  const { top, row, live } = props;
  const text = row === undefined ? top : `${top}\n${live ? complete(row) || '|' : row}`;
  const table = (live ? parse(text) : parseOnce(text)).children.find((node) => node.type === 'table');
  const found = table?.children[row === undefined ? 0 : 1];
  if (table === undefined || found === undefined) return null;
  return <Cells row={found} align={table.align} head={row === undefined} look={{ live }} />;
});
