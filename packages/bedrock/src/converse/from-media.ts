import type { ContentBlock } from '@streambed/protocol';
import { type MediaKind, toMediaType } from './formats.ts';
import { type Reading, textOr, unionKey } from './read.ts';

/** An image, document, video, audio or search result block of Converse as ours; `undefined` for any other kind. */
export function fromMedia(
  kind: string,
  value: unknown,
  reading: Reading,
  at: string,
): ContentBlock | undefined {
  switch (kind) {
    case 'image':
      return { type: 'image', source: fromSource('image', value, reading, at) };
    case 'video':
      return { type: 'streambed:video', source: fromSource('video', value, reading, at) };
    case 'audio':
      return { type: 'streambed:audio', source: fromSource('audio', value, reading, at) };
    case 'document': {
      const { name, context, citations } = reading.fields(value, at);
      const enabled = citations === undefined ? undefined : reading.fields(citations, at).enabled;
      return {
        type: 'document',
        source: fromSource('document', value, reading, at),
        title: reading.text(name, `${at}.name`),
        ...(typeof context === 'string' && { context }),
        ...(typeof enabled === 'boolean' && { citations: { enabled } }),
      };
    }
    case 'searchResult': {
      const { source, title, content, citations } = reading.fields(value, at);
      const enabled = citations === undefined ? undefined : reading.fields(citations, at).enabled;
      return {
        type: 'search_result',
        source: reading.text(source, `${at}.source`),
        title: reading.text(title, `${at}.title`),
        content: reading.list(content, `${at}.content`).map((piece) => ({
          type: 'text' as const,
          text: reading.text(reading.fields(piece, at).text, `${at}.content`),
        })),
        ...(typeof enabled === 'boolean' && { citations: { enabled } }),
      };
    }
    default:
      return undefined;
  }
}

/** Where an image, document, video or audio clip comes from. */
export function fromSource(kind: MediaKind, value: unknown, reading: Reading, at: string) {
  const { format, source: given } = reading.fields(value, at);
  const source = reading.fields(given, `${at}.source`);
  const mediaType = toMediaType(kind, textOr(format, ''));
  switch (unionKey(source)) {
    case 'bytes':
      return {
        type: 'base64' as const,
        media_type: mediaType,
        data: reading.text(source.bytes, `${at}.source.bytes`),
      };
    case 's3Location': {
      const { uri, bucketOwner } = reading.fields(source.s3Location, `${at}.source.s3Location`);
      return {
        type: 'streambed:s3' as const,
        uri: reading.text(uri, `${at}.source.s3Location.uri`),
        ...(typeof bucketOwner === 'string' && { bucket_owner: bucketOwner }),
        media_type: mediaType,
      };
    }
    case 'text':
      return {
        type: 'text' as const,
        media_type: mediaType,
        data: reading.text(source.text, `${at}.source.text`),
      };
    case 'content':
      return {
        type: 'content' as const,
        content: reading.list(source.content, `${at}.source.content`).map((piece) => ({
          type: 'text',
          text: reading.text(reading.fields(piece, at).text, `${at}.source.content`),
        })),
      };
    default:
      return reading.fail(`${at}.source`, 'bytes, s3Location, text or content');
  }
}
