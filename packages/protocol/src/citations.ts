import { z } from 'zod';
import { tagged } from './tagged.ts';

/** What every location of a document has. `document_index` counts the request's documents from 0. */
const inDocument = {
  cited_text: z.string(),
  document_index: z.int(),
  document_title: z.string().nullish(),
};

const charLocation = z.looseObject({
  type: z.literal('char_location'),
  ...inDocument,
  start_char_index: z.int(),
  end_char_index: z.int(),
});

const pageLocation = z.looseObject({
  type: z.literal('page_location'),
  ...inDocument,
  start_page_number: z.int(),
  end_page_number: z.int(),
});

/** A block of a `content` document; Converse calls it a chunk. */
const contentBlockLocation = z.looseObject({
  type: z.literal('content_block_location'),
  ...inDocument,
  start_block_index: z.int(),
  end_block_index: z.int(),
});

const searchResultLocation = z.looseObject({
  type: z.literal('search_result_location'),
  cited_text: z.string(),
  source: z.string(),
  title: z.string().nullish(),
  search_result_index: z.int(),
  start_block_index: z.int(),
  end_block_index: z.int(),
});

/** Claude's own web search; its `encrypted_index` must go back unchanged. */
const webSearchResultLocation = z.looseObject({
  type: z.literal('web_search_result_location'),
  cited_text: z.string(),
  url: z.string(),
  title: z.string().nullish(),
  encrypted_index: z.string(),
});

/** Bedrock's web grounding (Nova): often an address and nothing else. */
const webLocation = z.looseObject({
  type: z.literal('streambed:web_location'),
  url: z.string().optional(),
  domain: z.string().optional(),
  title: z.string().nullish(),
  cited_text: z.string().optional(),
});

/** Where a piece of an answer was taken from. A kind that isn't known here is kept as it is. */
export const citationSchema = tagged('Citation', {
  char_location: charLocation,
  page_location: pageLocation,
  content_block_location: contentBlockLocation,
  search_result_location: searchResultLocation,
  web_search_result_location: webSearchResultLocation,
  'streambed:web_location': webLocation,
});

export type KnownCitation =
  | z.infer<typeof charLocation>
  | z.infer<typeof pageLocation>
  | z.infer<typeof contentBlockLocation>
  | z.infer<typeof searchResultLocation>
  | z.infer<typeof webSearchResultLocation>
  | z.infer<typeof webLocation>;
export type Citation = z.infer<typeof citationSchema>;

/** Whether `citation` is of the known kind `type`; narrows the type. */
export function isCitation<T extends KnownCitation['type']>(
  citation: Citation | KnownCitation,
  type: T,
): citation is Extract<KnownCitation, { type: T }> {
  return citation.type === type;
}
