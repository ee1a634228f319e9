import { useRef } from 'react';

/**
 * Cuts a list that grows at its end into groups that keep their identity while nothing in them changes: memoised, a
 * whole group is compared as one, so that what is new costs the same however long the list is. An item never changes its
 * group, so it is never made anew.
 */
export function useGrouped<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  const before = useRef<readonly (readonly T[])[]>([]);
  const groups: (readonly T[])[] = [];
  for (let from = 0; from < items.length; from += size) {
    const group = items.slice(from, from + size);
    const known = before.current[groups.length];
    const same = known?.length === group.length && group.every((item, place) => item === known[place]);
    groups.push(same ? known : group);
  }
  before.current = groups;
  return groups;
}
