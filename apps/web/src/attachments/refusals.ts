import type { CatalogueModel } from '@streambed/client';
import type { Attachment } from '../asking/asking.ts';
import { refusalOf } from './limits.ts';

/** Which of the files can't go to this model, and why, by their keys. */
export function refusals(
  attachments: readonly Attachment[],
  facts: CatalogueModel | undefined,
): ReadonlyMap<string, string> {
  const ready = attachments.filter((one) => one.state === 'ready');
  const found = new Map<string, string>();
  for (const one of attachments) if (one.state === 'refused') found.set(one.key, one.why);
  for (const [place, { key }] of ready.entries()) {
    const why = refusalOf(ready, place, facts);
    if (why !== undefined) found.set(key, why);
  }
  return found;
}
