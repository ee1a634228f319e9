import type { Fields } from './fields.ts';
import { isFields } from './fields.ts';

/** So many breakpoints a request may have. */
const maxBreakpoints = 4;

/** What of a cache breakpoint Bedrock takes; Anthropic's own API also knows a `scope`. */
const takenKeys: ReadonlySet<string> = new Set(['type', 'ttl']);

/**
 * A request with its cache breakpoints as Bedrock takes them: no fields that only Anthropic's API has, and automatic
 * caching (`cache_control` of the request itself) as a breakpoint at its last block. `dropped` gets what is left out. What
 * needs no change comes back as it is.
 */
export function translateCaching(fields: Fields, dropped: string[]): Fields {
  const { cache_control: automatic, ...rest } = fields;
  const cleaning = new Cleaning();
  let cleaned = cleaning.walk(rest, 0) as Fields;
  for (const key of cleaning.removed) dropped.push(`cache_control.${key}`);
  if (automatic === undefined) return cleaned === rest ? fields : cleaned;
  const marked = cleaning.breakpoints < maxBreakpoints ? markLast(cleaned, automatic) : undefined;
  if (marked === undefined) dropped.push('cache_control');
  else cleaned = marked;
  return cleaned;
}

class Cleaning {
  breakpoints = 0;
  readonly removed = new Set<string>();

  /** Looks where breakpoints stand: system, tools, blocks of messages and of tool results. */
  walk(value: unknown, depth: number): unknown {
    if (Array.isArray(value))
      return sameOr(
        value,
        value.map((item) => this.walk(item, depth)),
      );
    if (!isFields(value) || depth > 4) return value;
    let changed: Record<string, unknown> | undefined;
    for (const key of ['messages', 'system', 'tools', 'content', 'cache_control']) {
      const part = value[key];
      if (part === undefined || part === null || typeof part === 'string') continue;
      const walked = key === 'cache_control' ? this.#control(part) : this.walk(part, depth + 1);
      if (walked !== part) changed = { ...(changed ?? value), [key]: walked };
    }
    return changed ?? value;
  }

  #control(control: unknown): unknown {
    this.breakpoints += 1;
    if (!isFields(control)) return control;
    const foreign = Object.keys(control).filter((key) => !takenKeys.has(key));
    if (foreign.length === 0) return control;
    for (const key of foreign) this.removed.add(key);
    return Object.fromEntries(Object.entries(control).filter(([key]) => takenKeys.has(key)));
  }
}

/** The same list where nothing in it has changed. */
function sameOr(list: readonly unknown[], next: readonly unknown[]): readonly unknown[] {
  return next.every((item, index) => item === list[index]) ? list : next;
}

/** Blocks that carry no breakpoint. */
const unmarkable: ReadonlySet<unknown> = new Set(['thinking', 'redacted_thinking']);

/** Puts a breakpoint on the last block of the last message; nothing where it can't stand there. */
function markLast(fields: Fields, control: unknown): Fields | undefined {
  const { messages } = fields;
  if (!Array.isArray(messages)) return undefined;
  const last: unknown = messages.at(-1);
  if (!isFields(last)) return undefined;
  const blocks: unknown =
    typeof last.content === 'string' ? [{ type: 'text', text: last.content }] : last.content;
  const block: unknown = Array.isArray(blocks) ? blocks.at(-1) : undefined;
  if (!Array.isArray(blocks) || !isFields(block) || unmarkable.has(block.type)) return undefined;
  if (block.cache_control !== undefined && block.cache_control !== null) return fields;
  const { type, ttl } = isFields(control) ? control : {};
  const marked = { ...block, cache_control: { type, ...(ttl !== undefined && { ttl }) } };
  const content = [...blocks.slice(0, -1), marked];
  return { ...fields, messages: [...messages.slice(0, -1), { ...last, content }] };
}
