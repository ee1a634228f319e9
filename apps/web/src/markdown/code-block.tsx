import { memo } from 'react';
import { texts } from '../texts.ts';
import { CopyButton } from '../ui/copy-button.tsx';
import type { Line } from './highlighter.ts';
import { useHighlight } from './use-highlight.ts';

/** Code with its language and a copy button. It is plain until its grammar has come, and never waits for it. */
export function CodeBlock(props: {
  readonly code: string;
  readonly language: string;
  readonly live: boolean;
}) {
  const code = props.code.replace(/\n$/, '');
  const lines = useHighlight(code, props.language);
  return (
    <figure className="code" aria-label={texts.blocks.code(props.language)}>
      <figcaption>
        <span>{props.language}</span>
        <CopyButton text={() => code} className="-mr-1.5 min-h-7 font-sans" />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <pre tabIndex={0}>
        <code>{lines === undefined ? code : <CodeLines lines={lines} />}</code>
      </pre>
    </figure>
  );
}

/** Lines are only ever appended, and a line is replaced as a whole: their places are their names. */
function CodeLines({ lines }: { readonly lines: readonly Line[] }) {
  return lines.map((line, place) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: see above.
    <CodeLine key={place} line={line} last={place === lines.length - 1} />
  ));
}

const CodeLine = memo(function CodeLine({ line, last }: { readonly line: Line; readonly last: boolean }) {
  return (
    <>
      {line.map(({ text, color }, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: see above.
        <span key={place} style={color === undefined ? undefined : { color }}>
          {text}
        </span>
      ))}
      {last ? null : '\n'}
    </>
  );
});
