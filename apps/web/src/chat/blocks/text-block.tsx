import { lazy, Suspense } from 'react';

export const loadMarkdown = () => import('../../markdown/markdown.tsx');
const Markdown = lazy(loadMarkdown);

/** Markdown; until its renderer has come, the same text, plain. */
export function TextBlock({ text, live }: { readonly text: string; readonly live: boolean }) {
  return (
    <div data-part="text" className="answer">
      <Suspense fallback={<p className="whitespace-pre-wrap">{text}</p>}>
        <Markdown text={text} live={live} />
      </Suspense>
    </div>
  );
}
