import { WrapText } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { texts } from '../texts.ts';
import { CopyButton } from '../ui/copy-button.tsx';
import { Hint } from '../ui/hint.tsx';
import { loadPart, Otherwise } from '../ui/load.tsx';
import { CodeLines } from './code-lines.tsx';

const Diagram = lazy(() => loadPart(() => import('./diagram.tsx')));

interface CodeProps {
  readonly code: string;
  readonly language: string;
  /** More of it is to come. */
  readonly live: boolean;
}

/** Code; where it draws a diagram, the diagram. */
export function CodeBlock(props: CodeProps) {
  const plain = <Code {...props} />;
  if (props.language.toLowerCase() !== 'mermaid' || props.live) return plain;
  return (
    <Otherwise otherwise={plain}>
      <Suspense fallback={plain}>
        <Diagram source={props.code} fallback={plain} />
      </Suspense>
    </Otherwise>
  );
}

/** Code with its language, a switch for long lines and a copy button. It is plain until its colours have come. */
function Code({ code, language }: CodeProps) {
  const [wrapped, setWrapped] = useState(false);
  return (
    <figure className="code" aria-label={texts.blocks.code(language)}>
      <figcaption>
        <span className="grow truncate">{language}</span>
        <Hint text={texts.blocks.wrap}>
          <button
            type="button"
            aria-label={texts.blocks.wrap}
            aria-pressed={wrapped}
            className="quiet-button min-h-7 min-w-7 px-0 aria-pressed:text-flow"
            onClick={() => setWrapped(!wrapped)}
          >
            <WrapText size={14} aria-hidden />
          </button>
        </Hint>
        <CopyButton text={() => code} className="-mr-1.5 min-h-7 font-sans" />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <pre tabIndex={0} data-wrapped={wrapped || undefined}>
        <code>
          <CodeLines code={code} language={language} />
        </code>
      </pre>
    </figure>
  );
}
