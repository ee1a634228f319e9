import type { ContentBlock } from '@streambed/client';
import type { Attachment } from './asking.ts';

/** A block that was sent before, as an attachment again. */
export function sentAttachment(key: string, block: ContentBlock): Attachment {
  const fields: Readonly<Record<string, unknown>> = block;
  const { media_type: mediaType, data } = Object(fields.source);
  const image = block.type === 'image';
  const preview = image ? { preview: `data:${mediaType};base64,${data}` } : {};
  return {
    key,
    name: typeof fields.title === 'string' ? fields.title : '',
    state: 'ready',
    kind: image ? 'image' : 'document',
    block,
    bytes: typeof data === 'string' ? Math.round(data.length * 0.75) : 0,
    pdf: mediaType === 'application/pdf',
    ...preview,
  };
}
