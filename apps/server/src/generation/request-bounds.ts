import type { Bulk } from '@streambed/bedrock';
import { type MessagesRequest, StreambedError } from '@streambed/protocol';

/** What one request may hold. Most models take less, and Bedrock says so; these are what the server itself can bear. */
export const requestBounds = {
  /** Messages. */
  turns: 10_000,
  /** Content blocks of all messages together, those in tool results included. */
  blocks: 20_000,
  /** Tools. */
  tools: 1_000,
  /** Bytes of one image, as they are once decoded. */
  imageBytes: 10 * 1024 * 1024,
  /** Bytes of one document or other file, likewise. */
  fileBytes: 20 * 1024 * 1024,
} as const;

/** Four letters of base64 are three bytes. */
const lettersToBytes = 3 / 4;

/** Throws `SB_TOO_LARGE`, naming the field, for what is over a bound. Nothing is decoded for it. */
export function checkBounds({ messages, tools = [] }: MessagesRequest, bulk?: Pick<Bulk, 'hiddenIn'>): void {
  const { turns, blocks, imageBytes, fileBytes } = requestBounds;
  if (messages.length > turns)
    throw tooLarge('messages', `${messages.length} turns are more than the ${turns}`);
  if (tools.length > requestBounds.tools) {
    throw tooLarge('tools', `${tools.length} tools are more than the ${requestBounds.tools}`);
  }
  let count = 0;
  const check = (content: unknown, at: string) => {
    if (!Array.isArray(content)) return;
    count += content.length;
    if (count > blocks) throw tooLarge('messages', `there are more content blocks than the ${blocks}`);
    for (const [index, block] of content.entries()) {
      if (typeof block !== 'object' || block === null) continue;
      const { type, source, content: inner } = block as Readonly<Record<string, unknown>>;
      const data = (source as { readonly data?: unknown } | null | undefined)?.data;
      const isText = (source as { readonly type?: unknown } | null | undefined)?.type === 'text';
      if (typeof data === 'string' && !isText) {
        const bytes = (data.length + (bulk?.hiddenIn(data) ?? 0)) * lettersToBytes;
        const most = type === 'image' ? imageBytes : fileBytes;
        const what = type === 'image' ? 'this image holds more than the' : 'this file holds more than the';
        if (bytes > most) throw tooLarge(`${at}[${index}].source.data`, `${what} ${most} bytes`);
      }
      check(inner, `${at}[${index}].content`);
    }
  };
  for (const [index, { content }] of messages.entries()) check(content, `messages[${index}].content`);
}

function tooLarge(field: string, what: string): StreambedError {
  return new StreambedError('SB_TOO_LARGE', `${field}: ${what} that a request may hold`, {
    field: `request.${field}`,
  });
}
