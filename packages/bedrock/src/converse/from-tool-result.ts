import type { ContentBlock } from '@streambed/protocol';
import { fromMedia } from './from-media.ts';
import { type Reading, unionKey } from './read.ts';

/** One piece of a tool's result, of an answer (a system tool's) or a request. */
export function fromToolResultContent(value: unknown, reading: Reading, at: string): ContentBlock {
  const piece = reading.fields(value, at);
  const key = unionKey(piece) ?? reading.fail(at, 'a kind of content');
  switch (key) {
    case 'text':
      return { type: 'text', text: reading.text(piece.text, `${at}.text`) };
    case 'json':
      return { type: 'streambed:json', json: piece.json };
    default:
      return (
        fromMedia(key, piece[key], reading, `${at}.${key}`) ?? { type: 'streambed:converse', block: piece }
      );
  }
}
