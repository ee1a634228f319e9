import type { Citation, ReplyBlock } from '../script.ts';
import type { TurnDocument } from '../turn.ts';

/** An answer that quotes the cited documents of a request, one sentence each; `undefined` when none is to be cited. */
export function citedAnswer(
  documents: readonly TurnDocument[],
  prompt: string,
): readonly ReplyBlock[] | undefined {
  const asked = new Set(wordsOf(prompt));
  const quotes = documents.flatMap((document, place) => {
    if (!document.cited) return [];
    const citation = quote(document, place, asked);
    return citation === undefined ? [] : [citation];
  });
  if (quotes.length === 0) return undefined;
  return quotes.flatMap((citation): ReplyBlock[] => [
    { type: 'text', text: `*${citation.title || 'The document'}* says: ` },
    { type: 'text', text: citation.text.trim(), citations: [citation] },
    { type: 'text', text: '\n' },
  ]);
}

/** The sentence that shares most words with the question; of a document nobody can read here, its first page. */
function quote(document: TurnDocument, place: number, asked: ReadonlySet<string>): Citation | undefined {
  const { title, text, unit } = document;
  if (text === undefined)
    return unit === 'page'
      ? { document: place, title, unit, text: `Page 1 of ${title}.`, start: 1, end: 2 }
      : undefined;
  let best: { readonly text: string; readonly start: number; readonly score: number } | undefined;
  for (const found of text.slice(0, 100_000).matchAll(/[^.!?\n]+[.!?]*/g)) {
    if (found[0].trim() === '') continue;
    const score = wordsOf(found[0]).filter((word) => asked.has(word)).length;
    if (best === undefined || score > best.score) best = { text: found[0], start: found.index, score };
  }
  if (best === undefined) return undefined;
  const span =
    unit === 'chunk' ? { start: 0, end: 1 } : { start: best.start, end: best.start + best.text.length };
  return { document: place, title, unit, text: best.text, ...span };
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu) ?? [];
}
