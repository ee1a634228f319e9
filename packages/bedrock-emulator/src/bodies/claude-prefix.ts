import type { PrefixBlock } from '../turn.ts';
import { type Fields, isFields } from './problems.ts';

/**
 * The prompt in the order of the cache (tools, system, messages), a block each, with its marks. `undefined` when
 * nothing is marked with `cache_control`.
 */
export function claudePrefix({ tools, system, messages }: Fields): readonly PrefixBlock[] | undefined {
  const blocks = [
    ...partsOf(tools, ''),
    ...partsOf(system, ''),
    ...(Array.isArray(messages) ? messages : []).flatMap((message) =>
      isFields(message) ? partsOf(message.content, `${message.role}: `) : [],
    ),
  ];
  return blocks.some(({ ttl }) => ttl !== undefined) ? blocks : undefined;
}

function partsOf(content: unknown, before: string): readonly PrefixBlock[] {
  if (typeof content === 'string') return [{ text: `${before}${content}` }];
  if (!Array.isArray(content)) return [];
  return content.map((block) => {
    if (!isFields(block)) return { text: before };
    const { cache_control: mark, ...rest } = block;
    const text = `${before}${rest.type === 'text' ? rest.text : JSON.stringify(rest)}`;
    if (!isFields(mark)) return { text };
    return { text, ttl: mark.ttl === '1h' ? '1h' : '5m' };
  });
}
