import type { GenerationId } from '@streambed/protocol';

/** What of a generation's id its response and items are named by: 22 URL-safe characters. */
const key = '[A-Za-z0-9_-]{22}';

const responsePattern = new RegExp(`^resp_(${key})$`);
const itemPattern = new RegExp(`^(rs|msg|fc|ctc|lsh)_(${key})_(\\d{1,6})$`);

/** An item's kind, as the beginning of its id says it. */
export type ItemKind = 'rs' | 'msg' | 'fc' | 'ctc' | 'lsh';

/** The response of a generation. Both ids say the same, so nothing has to remember which belongs to which. */
export function responseIdOf(generation: GenerationId): string {
  return `resp_${generation.slice('gen_'.length)}`;
}

/** The generation of a response; undefined where the id is none of ours. */
export function generationOf(responseId: string): GenerationId | undefined {
  const found = responsePattern.exec(responseId)?.[1];
  return found === undefined ? undefined : (`gen_${found}` as GenerationId);
}

/** The item that begins with the answer's block `block`, counted over all of its messages. */
export function itemIdOf(kind: ItemKind, responseId: string, block: number): string {
  return `${kind}_${responseId.slice('resp_'.length)}_${block}`;
}

/** What an item's id says; undefined where it is none of ours. */
export function readItemId(
  id: string,
): { readonly kind: ItemKind; readonly responseId: string; readonly block: number } | undefined {
  const [, kind, response, block] = itemPattern.exec(id) ?? [];
  if (kind === undefined) return undefined;
  return { kind: kind as ItemKind, responseId: `resp_${response}`, block: Number(block) };
}

/** Where an item stands: the response it is of, the block that it begins with, and its place in the output. */
export interface Place {
  readonly responseId: string;
  readonly block: number;
  readonly output_index: number;
}
