import { type Citation, isCitation, type KnownCitation } from '@streambed/protocol';
import type { DocumentNames } from './names.ts';
import { type Fields, isFields, textOr, unionKey } from './read.ts';
import type { ConverseCitation } from './types.ts';

/** A citation of an answer as ours. What isn't known of it is kept under `bedrock`. */
export function fromCitation(value: Fields, documents: DocumentNames): Citation | KnownCitation {
  const location = isFields(value.location) ? value.location : {};
  const kind = unionKey(location);
  const at = kind !== undefined && isFields(location[kind]) ? location[kind] : {};
  const text = citedText(value.sourceContent);
  const title = textOr(value.title, undefined);
  const bedrock = { ...(typeof value.source === 'string' && { source: value.source }) };
  const extra = Object.keys(bedrock).length === 0 ? {} : { bedrock };
  const inDocument = {
    cited_text: text ?? '',
    document_index: count(at.documentIndex),
    document_title: title === undefined ? null : documents.titleOf(title),
  };
  switch (kind) {
    case 'documentChar':
      return {
        type: 'char_location',
        ...inDocument,
        start_char_index: count(at.start),
        end_char_index: count(at.end),
        ...extra,
      };
    case 'documentPage':
      return {
        type: 'page_location',
        ...inDocument,
        start_page_number: count(at.start),
        end_page_number: count(at.end),
        ...extra,
      };
    case 'documentChunk':
      return {
        type: 'content_block_location',
        ...inDocument,
        start_block_index: count(at.start),
        end_block_index: count(at.end),
        ...extra,
      };
    case 'searchResultLocation':
      return {
        type: 'search_result_location',
        cited_text: text ?? '',
        source: textOr(value.source, ''),
        title: title ?? null,
        search_result_index: count(at.searchResultIndex),
        start_block_index: count(at.start),
        end_block_index: count(at.end),
      };
    case 'web':
      return {
        type: 'streambed:web_location',
        ...(typeof at.url === 'string' && { url: at.url }),
        ...(typeof at.domain === 'string' && { domain: at.domain }),
        ...(title !== undefined && { title }),
        ...(text !== undefined && { cited_text: text }),
        ...extra,
      };
    default:
      // A kind of location that is newer than this: as AWS wrote it.
      return { type: 'streambed:location', cited_text: text ?? '', bedrock: { citation: value } };
  }
}

/**
 * A citation on its way back. `undefined` for one that Converse doesn't take back: without the cited text
 * (web grounding), or of a search result (Bedrock loses its type on the way to Claude, which then refuses it).
 */
export function toCitation(
  citation: Citation | KnownCitation,
  nameOf: (title: string | null | undefined) => string | undefined,
): ConverseCitation | undefined {
  const text = textOr(citation.cited_text, '');
  if (text.trim() === '') return undefined;
  const sourceContent = [{ text }];
  const source = isFields(citation.bedrock) ? textOr(citation.bedrock.source, undefined) : undefined;
  const named = (title: string | null | undefined) => {
    const name = nameOf(title);
    return { ...(name !== undefined && { title: name }), ...(source !== undefined && { source }) };
  };
  if (isCitation(citation, 'char_location')) {
    const { document_index: documentIndex, start_char_index: start, end_char_index: end } = citation;
    const location = { documentChar: { documentIndex, start, end } };
    return { ...named(citation.document_title), sourceContent, location };
  }
  if (isCitation(citation, 'page_location')) {
    const { document_index: documentIndex, start_page_number: start, end_page_number: end } = citation;
    const location = { documentPage: { documentIndex, start, end } };
    return { ...named(citation.document_title), sourceContent, location };
  }
  if (isCitation(citation, 'content_block_location')) {
    const { document_index: documentIndex, start_block_index: start, end_block_index: end } = citation;
    const location = { documentChunk: { documentIndex, start, end } };
    return { ...named(citation.document_title), sourceContent, location };
  }
  return undefined;
}

function citedText(sourceContent: unknown): string | undefined {
  if (!Array.isArray(sourceContent)) return undefined;
  return sourceContent.map((piece) => (isFields(piece) ? textOr(piece.text, '') : '')).join('');
}

function count(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
