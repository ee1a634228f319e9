import type { CatalogueModel } from '@streambed/client';
import { texts } from '../texts.ts';
import { bytes } from './bytes.ts';

/** What one question may carry. Bedrock's own bounds; documents that are PDFs are free of theirs on Claude 4 and later. */
export const limits = {
  images: 20,
  imageBytes: 3.75 * 1024 * 1024,
  imageSide: 8_000,
  documents: 5,
  documentBytes: 4.5 * 1024 * 1024,
  /** Of all files of a conversation together: what a request may weigh, once they are written as text. */
  totalBytes: 18 * 1024 * 1024,
} as const;

/** What is looked at before anything is sent. */
export interface Weighed {
  readonly kind: 'image' | 'document';
  readonly name: string;
  readonly bytes: number;
  readonly pdf: boolean;
}

/**
 * Why a file can't go with the question, in words that name the remedy; `undefined` where it can. `place` is where it
 * stands among `all`.
 */
export function refusalOf(
  all: readonly Weighed[],
  place: number,
  facts: CatalogueModel | undefined,
): string | undefined {
  const file = all[place];
  if (file === undefined) return undefined;
  const { refused } = texts.attachments;
  const { capabilities, name = '' } = facts ?? {};
  const before = all.slice(0, place);
  const sameKind = before.filter(({ kind }) => kind === file.kind).length;
  if (file.kind === 'image') {
    if (capabilities?.images === false) return refused.noImages(name);
    if (file.bytes > limits.imageBytes)
      return refused.imageBytes(bytes(file.bytes), bytes(limits.imageBytes));
    if (sameKind >= limits.images) return refused.tooManyImages(limits.images);
  } else {
    if (capabilities?.documents === false) return refused.noDocuments(name);
    if (file.bytes > limits.documentBytes && !(file.pdf && readsLargePdfs(facts)))
      return refused.documentBytes(bytes(file.bytes), bytes(limits.documentBytes));
    if (sameKind >= limits.documents) return refused.tooManyDocuments(limits.documents);
  }
  const total = all.slice(0, place + 1).reduce((sum, one) => sum + one.bytes, 0);
  return total > limits.totalBytes ? refused.total(bytes(limits.totalBytes)) : undefined;
}

function readsLargePdfs(facts: CatalogueModel | undefined): boolean {
  return facts === undefined || /claude-(?!3|v|instant)/.test(facts.id);
}
