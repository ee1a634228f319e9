import type { ContentBlock } from '@streambed/client';

/** A file, read and ready to go with a question. */
export interface ReadFile {
  readonly kind: 'image' | 'document';
  readonly block: ContentBlock;
  readonly bytes: number;
  readonly pdf: boolean;
  /** What is to be seen of it: a `data:` address for an image, the first lines of a text. */
  readonly preview?: string;
  /** What was done to it, in words. */
  readonly note?: string;
}

/** A file can't be used; `message` says why, and what to do. */
export class UnreadableFile extends Error {}
