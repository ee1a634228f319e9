import type { Citation, KnownCitation } from '@streambed/protocol';
import type { Annotation } from './output-types.ts';

/**
 * A citation as an annotation of the text that stands from `start` to `end`; undefined for a kind that has no shape here.
 * Documents came with the request and have no file id: their place among its documents stands for it.
 */
export function annotationOf(
  citation: Citation | KnownCitation,
  start: number,
  end: number,
): Annotation | undefined {
  const known = citation as KnownCitation;
  switch (known.type) {
    case 'web_search_result_location':
    case 'streambed:web_location': {
      const url = known.url ?? known.domain;
      if (typeof url !== 'string') return undefined;
      return {
        type: 'url_citation',
        url,
        title: known.title ?? url,
        start_index: start,
        end_index: end,
      };
    }
    case 'char_location':
    case 'page_location':
    case 'content_block_location': {
      const file = `document_${known.document_index}`;
      return {
        type: 'file_citation',
        file_id: file,
        filename: known.document_title ?? file,
        index: end,
      };
    }
    case 'search_result_location':
      return {
        type: 'file_citation',
        file_id: known.source,
        filename: known.title ?? known.source,
        index: end,
      };
    default:
      return undefined;
  }
}
