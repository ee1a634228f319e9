import { createContext, type ReactNode, use } from 'react';
import { texts } from '../texts.ts';
import { goTo } from '../ui/go-to.ts';

/**
 * Where a cited passage ends, its number stands between these two signs of Unicode's private area: no Markdown has a
 * place for it, and what a model writes there is taken out before.
 */
const open = '\uE200';
const close = '\uE201';
const mark = new RegExp(`${open}(\\d+)${close}`);

export const citationMark = (number: number): string => `${open}${number}${close}`;

export const withoutCitationMarks = (text: string): string => text.replaceAll(/[\uE200\uE201]/g, '');

/** What the names of an answer's sources begin with. */
export const SourcesContext = createContext('');

/** A text with the numbers of its sources in it. */
export function withCitations(text: string): ReactNode {
  if (!text.includes(open)) return text;
  return text.split(mark).map((part, place) =>
    // Every second part is what the expression caught.
    // biome-ignore lint/suspicious/noArrayIndexKey: parts stay where they are.
    place % 2 === 0 ? part : <CitationMark key={place} number={Number(part)} />,
  );
}

function CitationMark({ number }: { readonly number: number }) {
  const prefix = use(SourcesContext);
  return (
    <sup className="citation">
      <a
        href={`#${prefix}-${number}`}
        aria-label={texts.blocks.source(number)}
        onClick={goTo(`${prefix}-${number}`)}
      >
        {number}
      </a>
    </sup>
  );
}
