import { memo, useId, useMemo, useRef } from 'react';
import { useGrouped } from '../ui/use-grouped.ts';
import { Cutter, type Piece } from './cut.ts';
import { NoteList, type Notes, NotesContext } from './notes.tsx';
import { PieceView } from './piece.tsx';

/** Pieces that are finished and stand together are compared as one, so that a long answer costs no more than a short one. */
const together = 16;

/** Renders Markdown while it is written. `live`: more may come. */
export default function Markdown({ text, live }: { readonly text: string; readonly live: boolean }) {
  const cutter = useRef<Cutter>(undefined);
  cutter.current ??= new Cutter();
  const pieces = cutter.current.cut(text);
  const groups = useGrouped(pieces, together);
  const notes = useNotes(pieces, live);
  const definitions = useDefinitions(pieces, live);
  return (
    <NotesContext value={notes}>
      {groups.map((group, place) => (
        <Group
          // biome-ignore lint/suspicious/noArrayIndexKey: pieces are only ever appended.
          key={place}
          pieces={group}
          live={live && place === groups.length - 1}
          definitions={definitions}
        />
      ))}
      {notes.defined.size > 0 && <NoteList pieces={pieces.filter(isNotes)} live={live} />}
    </NotesContext>
  );
}

const Group = memo(function Group(props: {
  readonly pieces: readonly Piece[];
  readonly live: boolean;
  readonly definitions: ReadonlyMap<string, string>;
}) {
  const { pieces, live, definitions } = props;
  return pieces.map((piece, place) => (
    <PieceView
      key={piece.start}
      piece={piece}
      live={live && place === pieces.length - 1}
      definitions={definitionsFor(piece, definitions)}
    />
  ));
});

const isNotes = ({ kind }: Piece) => kind === 'notes';

/** Which notes there are; the same object until that changes. */
function useNotes(pieces: readonly Piece[], live: boolean): Notes {
  const prefix = useId();
  const order = unique(
    pieces,
    ({ kind }) => kind === 'markdown' || kind === 'table',
    /\[\^([^\]\s]+)\](?!:)/g,
  );
  const defined = unique(pieces, isNotes, /^ {0,3}\[\^([^\]\s]+)\]:/gm);
  const state = `${order.join(' ')}\n${defined.join(' ')}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `state` is what the lists hold.
  return useMemo(() => ({ prefix, order, defined: new Set(defined), live }), [prefix, state, live]);
}

const found = new WeakMap<Piece, readonly string[]>();

/** What an expression catches in pieces, each once, in order; pieces that are finished are searched once. */
function unique(
  pieces: readonly Piece[],
  which: (piece: Piece) => boolean,
  expression: RegExp,
): readonly string[] {
  const all = new Set<string>();
  for (const piece of pieces) {
    if (!which(piece)) continue;
    let labels = found.get(piece);
    if (labels === undefined) {
      labels = piece.text.includes('[^')
        ? Array.from(piece.text.matchAll(expression), (match) => normalised(match[1] ?? ''))
        : [];
      found.set(piece, labels);
    }
    for (const label of labels) all.add(label);
  }
  return [...all];
}

/** As the parser names them. */
const normalised = (label: string) => label.toLowerCase();

const definition = /^ {0,3}\[(?!\^)([^\]\n]+)\]:[ \t]*\S.*$/gm;

/** Lines that define links by name, `[name]: https://…`; the same map until there are more of them. */
function useDefinitions(pieces: readonly Piece[], live: boolean): ReadonlyMap<string, string> {
  const before = useRef<ReadonlyMap<string, string>>(new Map());
  const lines = new Map<string, string>();
  for (const { kind, text, closed } of pieces) {
    if (kind !== 'markdown' || (live && !closed) || !text.includes(']:')) continue;
    for (const [line, name = ''] of text.matchAll(definition)) lines.set(name, line);
  }
  if (lines.size !== before.current.size) before.current = lines;
  return before.current;
}

function definitionsFor(piece: Piece, definitions: ReadonlyMap<string, string>): string {
  if (definitions.size === 0 || piece.kind !== 'markdown') return '';
  const mentioned = [...definitions].filter(([name]) => piece.text.includes(`[${name}]`));
  return mentioned.length === 0 ? '' : `\n\n${mentioned.map(([, line]) => line).join('\n')}`;
}
