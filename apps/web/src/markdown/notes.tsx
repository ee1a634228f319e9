import type { FootnoteDefinition } from 'mdast';
import { createContext, use, useMemo } from 'react';
import { texts } from '../texts.ts';
import { goTo } from '../ui/go-to.ts';
import { complete } from './complete.ts';
import type { Piece } from './cut.ts';
import { renderNodes } from './nodes.tsx';
import { parse } from './parse.ts';

/** The notes of one answer. */
export interface Notes {
  /** Before the names of its marks and notes: two answers may both have a first note. */
  readonly prefix: string;
  /** Labels in the order of their first mark. */
  readonly order: readonly string[];
  readonly defined: ReadonlySet<string>;
  readonly live: boolean;
}

export const NotesContext = createContext<Notes>({ prefix: '', order: [], defined: new Set(), live: false });

/** The mark of a note. One without a note is, once the answer is whole, the text it is. */
export function NoteMark({ label }: { readonly label: string }) {
  const { prefix, order, defined, live } = use(NotesContext);
  const known = defined.has(label);
  if (!known && !live) return `[^${label}]`;
  const number = order.indexOf(label) + 1;
  if (!known || number === 0) return <sup className="text-ink-quiet">{number || label}</sup>;
  const name = `${prefix}-${number}`;
  return (
    <sup>
      <a id={`${name}-mark`} href={`#${name}`} aria-label={texts.blocks.note(number)} onClick={goTo(name)}>
        {number}
      </a>
    </sup>
  );
}

/** The notes themselves, at the end of the answer. */
export function NoteList({ pieces, live }: { readonly pieces: readonly Piece[]; readonly live: boolean }) {
  const { prefix, order } = use(NotesContext);
  const definitions = useMemo(() => readNotes(pieces, live), [pieces, live]);
  const listed = order.flatMap((label) => definitions.find(({ identifier }) => identifier === label) ?? []);
  if (listed.length === 0) return null;
  return (
    <section className="notes" aria-label={texts.blocks.notes}>
      <ol>
        {listed.map((note) => {
          const number = order.indexOf(note.identifier) + 1;
          const name = `${prefix}-${number}`;
          return (
            <li key={note.identifier} id={name} value={number} tabIndex={-1}>
              {renderNodes(note.children, { live: false })}
              <a
                href={`#${name}-mark`}
                aria-label={texts.blocks.noteBack(number)}
                onClick={goTo(`${name}-mark`)}
              >
                ↩
              </a>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

function readNotes(pieces: readonly Piece[], live: boolean): readonly FootnoteDefinition[] {
  return pieces
    .flatMap(({ text, closed }) => parse(live && !closed ? complete(text) : text).children)
    .filter((node) => node.type === 'footnoteDefinition')
    .filter(
      (note, place, all) => all.findIndex(({ identifier }) => identifier === note.identifier) === place,
    );
}
