import { memo, useRef } from 'react';
import type { Line } from './highlighter-messages.ts';
import { useHighlight } from './use-highlight.ts';

/** Lines that are shown together: what is complete is compared and never rendered again. */
const together = 24;

interface Chunk {
  readonly texts: readonly string[];
  readonly lines: readonly (Line | undefined)[];
  readonly last: boolean;
}

/** The lines of a block of code, each in colour as soon as its colours are known. */
export function CodeLines({ code, language }: { readonly code: string; readonly language: string }) {
  const lines = useHighlight(code, language);
  const before = useRef<readonly Chunk[]>([]);
  before.current = chunksOf(code, lines, before.current);
  // biome-ignore lint/suspicious/noArrayIndexKey: lines are only ever appended.
  return before.current.map((chunk, place) => <CodeChunk key={place} chunk={chunk} />);
}

function chunksOf(
  code: string,
  colours: readonly Line[] | undefined,
  before: readonly Chunk[],
): readonly Chunk[] {
  const all = code.split('\n');
  const chunks: Chunk[] = [];
  for (let from = 0; from < all.length; from += together) {
    const texts = all.slice(from, from + together);
    const lines = texts.map((_, place) => colours?.[from + place]);
    const known = before[chunks.length];
    const last = from + together >= all.length;
    const same =
      known?.last === last &&
      known.texts.length === texts.length &&
      texts.every((text, place) => text === known.texts[place] && lines[place] === known.lines[place]);
    chunks.push(same ? known : { texts, lines, last });
  }
  return chunks;
}

const CodeChunk = memo(function CodeChunk({ chunk: { texts, lines, last } }: { readonly chunk: Chunk }) {
  return texts.map((text, place) => (
    <CodeLine
      // biome-ignore lint/suspicious/noArrayIndexKey: as above.
      key={place}
      text={text}
      line={lines[place]}
      end={last && place === texts.length - 1 ? '' : '\n'}
    />
  ));
});

/** Colours that are a moment behind the text colour its beginning. */
const CodeLine = memo(function CodeLine(props: {
  readonly text: string;
  readonly line: Line | undefined;
  readonly end: string;
}) {
  const { text, line = [], end } = props;
  const coloured = line.map((token) => token.text).join('');
  if (coloured === '' || !text.startsWith(coloured)) return text + end;
  return (
    <>
      {line.map((token, place) =>
        token.color === undefined ? (
          token.text
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line is replaced as a whole.
          <span key={place} style={{ color: token.color }}>
            {token.text}
          </span>
        ),
      )}
      {text.slice(coloured.length) + end}
    </>
  );
});
