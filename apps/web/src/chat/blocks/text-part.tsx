import { lazy, memo, Suspense, useId } from 'react';
import { SourcesContext, withoutCitationMarks } from '../../markdown/citation-mark.tsx';
import { loadPart, Otherwise } from '../../ui/load.tsx';
import type { Source } from '../answer-parts.ts';
import { Sources } from './sources.tsx';

export const loadMarkdown = () => import('../../markdown/markdown.tsx');
const Markdown = lazy(() => loadPart(loadMarkdown));

/** Markdown, and what it leans on; until its renderer has come, or where it doesn't, the same text, plain. */
export const TextPart = memo(
  function TextPart(props: {
    readonly text: string;
    readonly sources: readonly Source[];
    readonly live: boolean;
  }) {
    const { text, sources, live } = props;
    const id = useId();
    const plain = <p className="whitespace-pre-wrap">{withoutCitationMarks(text)}</p>;
    return (
      <SourcesContext value={id}>
        <div data-part="text" className="answer">
          <Otherwise otherwise={plain}>
            <Suspense fallback={plain}>
              <Markdown text={text} live={live} />
            </Suspense>
          </Otherwise>
        </div>
        {sources.length > 0 && <Sources id={id} sources={sources} />}
      </SourcesContext>
    );
  },
  // The sources come with the text, in an array that is made anew with each token.
  (before, after) =>
    before.text === after.text &&
    before.live === after.live &&
    before.sources.length === after.sources.length,
);
