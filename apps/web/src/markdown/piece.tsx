import { memo, type ReactNode, useEffect, useReducer, useRef } from 'react';
import { CodeBlock } from './code-block.tsx';
import { complete } from './complete.ts';
import type { Piece } from './cut.ts';
import { Formula } from './formula.tsx';
import { fenceOf } from './lines.ts';
import { renderTree } from './nodes.tsx';
import { isParsed, parse, parseOnce } from './parse.ts';
import { mayParse, whenIdle } from './parse-budget.ts';
import { TablePiece } from './table.tsx';

/** One piece of an answer. `live`: it is the last one, and more of it may come. */
export const PieceView = memo(function PieceView(props: {
  readonly piece: Piece;
  readonly live: boolean;
  /** The definitions of links it mentions by name. */
  readonly definitions: string;
}): ReactNode {
  const { piece, live, definitions } = props;
  switch (piece.kind) {
    case 'code':
      return <CodePiece piece={piece} live={live} />;
    case 'math':
      return <MathPiece piece={piece} live={live} />;
    case 'table':
      return <TablePiece text={piece.text} live={live} />;
    case 'notes':
      return null;
    case 'markdown':
      return live ? (
        renderTree(parse(complete(piece.text), definitions), { live: true, joined: piece.joined })
      ) : (
        <Finished piece={piece} definitions={definitions} />
      );
  }
});

/** Finished Markdown is read once. A long text that comes at once is read over several frames, and is plain until then. */
function Finished({ piece, definitions }: { readonly piece: Piece; readonly definitions: string }) {
  const [, again] = useReducer((count: number) => count + 1, 0);
  const read = useRef(false);
  read.current ||= isParsed(piece.text) || mayParse(piece.text.length);
  const ready = read.current;
  useEffect(() => (ready ? undefined : whenIdle(again)));
  if (!ready) return <p className="whitespace-pre-wrap">{piece.text}</p>;
  return renderTree(parseOnce(piece.text, definitions), { live: false, joined: piece.joined });
}

function CodePiece({ piece, live }: { readonly piece: Piece; readonly live: boolean }) {
  const end = piece.text.indexOf('\n');
  // Its language may not be whole yet.
  if (end === -1 && live) return null;
  const first = end === -1 ? piece.text : piece.text.slice(0, end);
  const language = fenceOf(first)?.info.split(/[\s{]/, 1)[0] ?? '';
  const rest = end === -1 ? '' : piece.text.slice(end + 1);
  const indent = first.length - first.trimStart().length;
  const inner =
    piece.closed || !live
      ? rest.replace(/(?:^|\n) {0,3}[`~]{3,}\s*$/, '')
      : rest.replace(/\n {0,3}[`~]+$/, '');
  const code = indent === 0 ? inner : inner.replaceAll(new RegExp(`^ {1,${indent}}`, 'gm'), '');
  return <CodeBlock code={code} language={language} live={live && !piece.closed} />;
}

function MathPiece({ piece, live }: { readonly piece: Piece; readonly live: boolean }) {
  const inner = piece.text.trim().slice(2);
  const tex = piece.closed ? inner.slice(0, -2) : inner.replace(/(?:\\\]|\$\$)$/, '');
  return (
    <p>
      <Formula tex={tex.trim()} display live={live && !piece.closed} />
    </p>
  );
}
