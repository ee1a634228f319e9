import { texts } from '../texts.ts';
import { toBase64 } from './bytes.ts';
import { kindOf } from './file-kind.ts';
import { readImage } from './read-image.ts';
import { type ReadFile, UnreadableFile } from './unreadable-file.ts';

/** What no model is asked to read: above it, it isn't even opened. */
const mostBytes = 64 * 1024 * 1024;
const previewCharacters = 400;

/** Reads a file as a block of a question. Throws {@link UnreadableFile}. */
export async function readFile(file: File): Promise<ReadFile> {
  const { refused } = texts.attachments;
  if (file.size === 0) throw new UnreadableFile(refused.empty);
  if (file.size > mostBytes) throw new UnreadableFile(refused.huge);
  const kind = kindOf(file.name, file.type);
  switch (kind.kind) {
    case 'image':
      return readImage(file, kind.mediaType);
    case 'binary': {
      const data = toBase64(new Uint8Array(await opened(file)));
      const source = { type: 'base64' as const, media_type: kind.mediaType, data };
      return {
        kind: 'document',
        block: { type: 'document', title: file.name, source },
        bytes: file.size,
        pdf: kind.mediaType === 'application/pdf',
      };
    }
    default: {
      const data = decode(await opened(file));
      if (data === undefined) throw new UnreadableFile(refused.unknown);
      const media_type = kind.kind === 'text' ? kind.mediaType : 'text/plain';
      return {
        kind: 'document',
        block: { type: 'document', title: file.name, source: { type: 'text', media_type, data } },
        bytes: file.size,
        pdf: false,
        preview: data.slice(0, previewCharacters),
      };
    }
  }
}

async function opened(file: File): Promise<ArrayBuffer> {
  try {
    return await file.arrayBuffer();
  } catch {
    // A folder, or a file that has gone since.
    throw new UnreadableFile(texts.attachments.refused.unopened);
  }
}

/** The bytes as text; `undefined` where they are none. */
function decode(data: ArrayBuffer): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(data);
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}
