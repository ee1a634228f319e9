import {
  type DocumentBlock,
  isSource,
  type KnownSource,
  type SearchResultBlock,
  type Source,
} from '@streambed/protocol';
import { type MediaKind, mediaTypes, toFormat } from './formats.ts';
import { isFields, textOr } from './read.ts';
import type * as converse from './types.ts';
import { refuse, unsupported, type Writing } from './writing.ts';

/** An image, video or audio clip: from base64 or S3. */
export function toMedia(
  kind: Exclude<MediaKind, 'document'>,
  source: Source | KnownSource,
  at: string,
  writing: Writing,
): converse.MediaBlock {
  const input = writing.model.facts?.modalities.input;
  if (input !== undefined && !input.includes(kind)) {
    unsupported(at, `${writing.model.id} takes no ${kind} input`);
  }
  return { format: formatOf(kind, source, at), source: mediaSource(source, at) };
}

/** A document, under a name that Converse takes. Formats that the model can't read are AWS's to refuse. */
export function toDocument(block: DocumentBlock, at: string, writing: Writing): converse.DocumentBlock {
  const context = block.context ?? undefined;
  const enabled = block.citations?.enabled;
  return {
    ...documentSource(block.source, `${at}.source`),
    name: writing.documents.of(block),
    ...(context !== undefined && context !== '' && { context }),
    ...(enabled !== undefined && { citations: { enabled } }),
  };
}

/** A search result that may be cited. */
export function toSearchResult(
  block: SearchResultBlock,
  at: string,
  writing: Writing,
): converse.SearchResultBlock {
  const enabled = block.citations?.enabled;
  for (const [index, piece] of block.content.entries()) {
    if (piece.cache_control) writing.drop(`${at}.content[${index}].cache_control`);
  }
  return {
    source: block.source,
    title: block.title,
    content: block.content.map(({ text }) => ({ text })),
    ...(enabled !== undefined && { citations: { enabled } }),
  };
}

function documentSource(
  source: Source | KnownSource,
  at: string,
): Pick<converse.DocumentBlock, 'format' | 'source'> {
  if (isSource(source, 'text')) {
    return { format: toFormat('document', source.media_type ?? '') ?? 'txt', source: { text: source.data } };
  }
  if (isSource(source, 'content')) {
    const pieces =
      typeof source.content === 'string' ? [{ type: 'text', text: source.content }] : source.content;
    const content = pieces.map((piece, index) =>
      piece.type === 'text'
        ? { text: textOr(piece.text, '') }
        : unsupported(`${at}.content[${index}]`, 'Converse takes only text in a document of blocks'),
    );
    return { format: 'txt', source: { content } };
  }
  return { format: formatOf('document', source, at), source: mediaSource(source, at) };
}

function formatOf(kind: MediaKind, source: Source | KnownSource, at: string): string {
  const mediaType = textOr(source.media_type, '');
  const known = toFormat(kind, mediaType);
  if (known !== undefined) return known;
  if (source.type === 'url' || source.type === 'file') return noFetching(at);
  return unsupported(
    `${at}.media_type`,
    `${JSON.stringify(mediaType)} is not taken; expected one of ${mediaTypes(kind)}`,
  );
}

function mediaSource(source: Source | KnownSource, at: string): converse.MediaSource {
  if (isSource(source, 'base64')) {
    return source.data === '' ? refuse(`${at}.data`, 'expected base64, got nothing') : { bytes: source.data };
  }
  if (isSource(source, 'streambed:s3')) {
    const bucketOwner = source.bucket_owner;
    return { s3Location: { uri: source.uri, ...(bucketOwner !== undefined && { bucketOwner }) } };
  }
  return isFields(source) && (source.type === 'url' || source.type === 'file')
    ? noFetching(at)
    : unsupported(`${at}.type`, `Converse takes no source of type ${JSON.stringify(source.type)}`);
}

function noFetching(at: string): never {
  return unsupported(`${at}.type`, 'Bedrock fetches nothing: send the data as base64 or an S3 location');
}
