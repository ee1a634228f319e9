import { refuse } from '../shared/refuse.ts';
import type { OutputItem } from './output-types.ts';
import type { ResponseParams } from './params.ts';
import type { InputItem } from './read-items.ts';

/** What a request brought, as items that have ids. `key` makes the ids: the response's own id. */
export function inputItems({ input = [] }: ResponseParams, key: string): readonly InputItem[] {
  const items: readonly InputItem[] = typeof input === 'string' ? [{ role: 'user', content: input }] : input;
  return items.map((item, index) => {
    const { content, ...rest } = item;
    return {
      id: `item_${key.slice('resp_'.length)}_${index}`,
      ...rest,
      type: item.type ?? 'message',
      ...(content !== undefined && { content: partsOf(content, item.role) }),
    };
  });
}

function partsOf(content: unknown, role: unknown): unknown {
  if (typeof content !== 'string') return content;
  return [{ type: role === 'assistant' ? 'output_text' : 'input_text', text: content }];
}

/** A page of items, as the query asks for it: the newest first, 20 of them, unless it says otherwise. */
export function pageOf(
  items: readonly (InputItem | OutputItem)[],
  query: Readonly<Record<string, unknown>>,
): object {
  const { order = 'desc', after } = query;
  const limit = Number(query.limit ?? 20);
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) refuse('limit', 'expected 1 to 100');
  if (order !== 'asc' && order !== 'desc') refuse('order', 'expected asc or desc');
  const ordered = order === 'asc' ? items : [...items].reverse();
  const start = after === undefined ? 0 : ordered.findIndex(({ id }) => id === after) + 1;
  if (after !== undefined && start === 0) refuse('after', 'there is no such item');
  const data = ordered.slice(start, start + limit);
  return {
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: start + limit < ordered.length,
  };
}
