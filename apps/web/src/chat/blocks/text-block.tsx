import { lazy, Suspense } from 'react';
import { loadPart, Otherwise } from '../../ui/load.tsx';

export const loadMarkdown = () => import('../../markdown/markdown.tsx');
const Markdown = lazy(() => loadPart(loadMarkdown));

/** Markdown; until its renderer has come, or where it doesn't, the same text, plain. */
export function TextBlock({ text, live }: { readonly text: string; readonly live: boolean }) {
  const plain = <p className="whitespace-pre-wrap">{text}</p>;
  return (
    <div data-part="text" className="answer">
      <Otherwise otherwise={plain}>
        <Suspense fallback={plain}>
          <Markdown text={text} live={live} />
        </Suspense>
      </Otherwise>
    </div>
  );
}
