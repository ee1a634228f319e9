import type { Problems } from './problems.ts';

/** `stop_sequences`, checked; an absent list is an empty one. */
export function stopSequences(value: unknown, problems: Problems): readonly string[] {
  if (value === undefined || value === null) return [];
  const list = problems.list(['stop_sequences'], value) ?? [];
  // AWS documents at most 8191 of them.
  if (list.length > 8191)
    problems.wrong(['stop_sequences'], `expected maximum item count: 8191, found: ${list.length}`);
  return list.flatMap((item, place) => {
    const text = problems.text(['stop_sequences', place], item);
    if (text === '') problems.wrong(['stop_sequences', place], 'expected minLength: 1, actual: 0');
    return text === undefined || text === '' ? [] : [text];
  });
}
