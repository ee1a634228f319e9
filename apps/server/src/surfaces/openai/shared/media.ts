import type { AudioBlock, Base64Source, ContentBlock, DocumentBlock, ImageBlock } from '@streambed/protocol';
import { refuse, refuseUnsupported } from './refuse.ts';

/**
 * An image that a request brings along. Only data URLs: Bedrock fetches nothing, and a server that fetched what callers
 * name would reach into its own network for them.
 */
export function imageBlock(url: string, param: string): ImageBlock {
  const source = readDataUrl(url);
  if (source !== undefined) return { type: 'image', source };
  if (/^https?:/i.test(url)) {
    return refuseUnsupported(
      param,
      'images are not fetched here. Send the image itself, as a data URL (data:image/png;base64,…)',
    );
  }
  return refuse(param, 'expected a data URL, data:image/png;base64,…');
}

/** A file that a request brings along, as a document; `data` is a data URL or bare base64 of a PDF. */
export function fileBlock(data: string, title: string | undefined, param: string): ContentBlock {
  const source = readDataUrl(data) ?? bareBase64(data, title, param);
  if (source.media_type.startsWith('image/')) return { type: 'image', source };
  const document: DocumentBlock = { type: 'document', source, ...(title !== undefined && { title }) };
  // Claude takes text as text; Converse takes either.
  if (source.media_type !== 'text/plain') return document;
  const text = Buffer.from(source.data, 'base64').toString('utf8');
  return { ...document, source: { type: 'text', media_type: 'text/plain', data: text } };
}

/** A sound that a request brings along: `format` is `wav` or `mp3`. */
export function audioBlock(data: string, format: string): AudioBlock {
  const media_type = format === 'mp3' ? 'audio/mpeg' : `audio/${format}`;
  return { type: 'streambed:audio', source: { type: 'base64', media_type, data } };
}

function bareBase64(data: string, title: string | undefined, param: string): Base64Source {
  if (/^https?:/i.test(data)) {
    return refuseUnsupported(param, 'files are not fetched here. Send the file itself, as a data URL');
  }
  if (title?.toLowerCase().endsWith('.pdf') || data.startsWith('JVBERi')) {
    return { type: 'base64', media_type: 'application/pdf', data };
  }
  return refuse(param, 'expected a data URL, data:application/pdf;base64,…');
}

/** The content of a data URL (RFC 2397), as base64; undefined for what is none. */
function readDataUrl(url: string): Base64Source | undefined {
  if (!/^data:/i.test(url)) return undefined;
  const comma = url.indexOf(',');
  if (comma < 0) return undefined;
  const [media = '', ...parameters] = url.slice('data:'.length, comma).split(';');
  const media_type = media.trim().toLowerCase() || 'text/plain';
  const content = url.slice(comma + 1);
  if (parameters.at(-1)?.trim().toLowerCase() === 'base64')
    return { type: 'base64', media_type, data: content };
  try {
    return { type: 'base64', media_type, data: Buffer.from(decodeURIComponent(content)).toString('base64') };
  } catch {
    return undefined;
  }
}
