import type { ContentBlock } from '@streambed/client';
import { citationMark, withoutCitationMarks } from '../markdown/citation-mark.tsx';

/** Where a passage was taken from. */
export interface Source {
  readonly title: string;
  /** `page 3`, a host: where in the title's document. */
  readonly place: string;
  readonly quote: string;
  /** Where it can be read, if it is on the web. */
  readonly url: string | undefined;
}

/** What is shown of an answer, in order: texts that belong together as one, every other block by itself. */
export type AnswerPart =
  | {
      readonly type: 'text';
      readonly key: number;
      readonly text: string;
      readonly sources: readonly Source[];
    }
  | { readonly type: 'block'; readonly key: number; readonly block: ContentBlock };

/**
 * Puts texts together that a model cut only to cite: the passage's end gets the number of its source. Texts that don't
 * cite stay paragraphs of their own.
 */
export function answerParts(content: readonly (ContentBlock | undefined)[]): readonly AnswerPart[] {
  const parts: AnswerPart[] = [];
  content.forEach((block, key) => {
    if (block === undefined) return;
    if (block.type !== 'text' || typeof block.text !== 'string') {
      parts.push({ type: 'block', key, block });
      return;
    }
    const last = parts.at(-1);
    const cites = citationsOf(block).length > 0;
    const text = withoutCitationMarks(block.text);
    const joined = last?.type === 'text' ? last : undefined;
    const sources = [...(joined?.sources ?? [])];
    const marks = new Set(citationsOf(block).map((citation) => placeOf(sourceOf(citation), sources)));
    const cited = text.trimEnd() + [...marks].map(citationMark).join('') + text.slice(text.trimEnd().length);
    const shown = marks.size > 0 ? cited : text;
    if (joined === undefined) {
      parts.push({ type: 'text', key, text: shown, sources });
      return;
    }
    const between = cites || joined.sources.length > 0 ? '' : '\n\n';
    parts[parts.length - 1] = { ...joined, text: joined.text + between + shown, sources };
  });
  return parts;
}

/** The number of a source, from 1; a new one is added. */
function placeOf(source: Source, sources: Source[]): number {
  const known = sources.findIndex(
    ({ title, place, quote, url }) =>
      title === source.title && place === source.place && quote === source.quote && url === source.url,
  );
  return known === -1 ? sources.push(source) : known + 1;
}

type Fields = Readonly<Record<string, unknown>>;

function citationsOf(block: ContentBlock): readonly Fields[] {
  const { citations } = block as Fields;
  return Array.isArray(citations) ? citations.map(Object) : [];
}

/** Reads any kind of citation by the fields they share; what isn't there stays empty. */
function sourceOf(citation: Fields): Source {
  const text = (name: string) => (typeof citation[name] === 'string' ? (citation[name] as string) : '');
  const number = (name: string) =>
    typeof citation[name] === 'number' ? (citation[name] as number) : undefined;
  const url = text('url') || (/^https?:/.test(text('source')) ? text('source') : '');
  const host = URL.parse(url)?.host ?? '';
  const index = number('document_index');
  const page = number('start_page_number');
  return {
    title:
      text('document_title') ||
      text('title') ||
      text('domain') ||
      host ||
      text('source') ||
      (index === undefined ? '' : `${index + 1}`),
    place: page === undefined ? (text('title') === '' ? '' : host) : `p. ${page}`,
    quote: text('cited_text').trim(),
    url: url === '' ? undefined : url,
  };
}
