import { Wrench } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { texts } from '../../texts.ts';
import { loadPart, Otherwise } from '../../ui/load.tsx';
import { asText, type Fields } from './block.tsx';

const CodeLines = lazy(() =>
  loadPart(() => import('../../markdown/code-lines.tsx').then((part) => ({ default: part.CodeLines }))),
);

/** A tool the model wants called (or, not `here`, that ran on its own side), with its arguments as they come. */
export function ToolUseBlock(props: {
  readonly fields: Fields;
  readonly live: boolean;
  readonly here: boolean;
}) {
  const { fields, live, here } = props;
  const name = asText(fields.name);
  const pieces = typeof fields.partial_json === 'string' ? fields.partial_json : undefined;
  const input = pieces ?? pretty(fields.input);
  return (
    <figure aria-label={texts.blocks.toolNamed(name)} className="tool">
      <figcaption>
        <Wrench size={14} aria-hidden className="flex-none text-ink-quiet" />
        <span className="min-w-0 truncate font-mono">{name}</span>
        <span className="text-ink-quiet">
          {live ? texts.blocks.toolWriting : here ? texts.blocks.tool : texts.blocks.toolThere}
        </span>
      </figcaption>
      {input !== '' && <Json text={input} />}
      {!live && pieces !== undefined && <p className="tool-note">{texts.blocks.toolCut}</p>}
    </figure>
  );
}

/** JSON in its colours. */
export function Json({ text }: { readonly text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <pre tabIndex={0}>
      <code>
        <Otherwise otherwise={text}>
          <Suspense fallback={text}>
            <CodeLines code={text} language="json" />
          </Suspense>
        </Otherwise>
      </code>
    </pre>
  );
}

/** A call without arguments shows none. */
function pretty(input: unknown): string {
  if (input === undefined || (typeof input === 'object' && input !== null && Object.keys(input).length === 0))
    return '';
  return JSON.stringify(input, null, 2);
}
