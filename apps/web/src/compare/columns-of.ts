import { isEnded, type Turn } from '@streambed/client';

/** So many stand side by side and can still be read. */
export const mostCompared = 4;

/** What is to be known of an answer to give it its place. */
type Version = Pick<Turn, 'key' | 'model'> & { readonly answer: Pick<Turn['answer'], 'phase'> };

/**
 * Which of the answers to one question stand side by side, from left to right, by their keys. What was asked together
 * stands as it was asked; another try stands in the place of the one that failed. Where there are more than there is room
 * for, those that came to nothing go first, then the oldest; `wanted` always stays.
 */
export function columnsOf(versions: readonly Version[], wanted: string): readonly string[] {
  let columns: readonly Version[] = [];
  for (const version of inOrder(versions)) {
    const failed = columns.findIndex(
      ({ model, answer }) => model === version.model && isBroken(answer.phase),
    );
    columns = failed === -1 ? [...columns, version] : columns.with(failed, version);
  }
  while (columns.length > mostCompared) {
    const others = columns.filter(({ key }) => key !== wanted);
    const goes = others.find(({ answer }) => isBroken(answer.phase)) ?? others[0];
    columns = columns.filter((column) => column !== goes);
  }
  return columns.map(({ key }) => key);
}

/**
 * The keys of what may have been asked together with `key`, itself first: where the server never took that one, another
 * leads to the same place.
 */
export function askedWith(key: string): readonly string[] {
  const [, group] = /^(.+)-\d$/.exec(key) ?? [];
  if (group === undefined) return [key];
  const all = Array.from({ length: mostCompared }, (_, place) => `${group}-${place + 1}`);
  return [key, ...all.filter((other) => other !== key)];
}

function isBroken(phase: Turn['answer']['phase']): boolean {
  return isEnded(phase) && phase !== 'completed';
}

/** The keys of what was asked together differ in their last number alone. */
function inOrder(versions: readonly Version[]): readonly Version[] {
  const groups = Map.groupBy(versions, ({ key }) => key.replace(/-\d$/, ''));
  return [...groups.values()].flatMap((group) => group.toSorted((a, b) => (a.key < b.key ? -1 : 1)));
}
