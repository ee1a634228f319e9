import { Burst, type EventItem } from '@streambed/protocol';

/**
 * What events take of memory, in bytes, about: their JSON (parsed, they take about as much again), and of a burst what it
 * says and where each of its events ends.
 */
export function roomOf(items: readonly EventItem[]): number {
  let room = 0;
  for (const item of items) {
    room += item instanceof Burst ? item.said.length + item.count * bytesPerEnd : item.json.length;
  }
  return room;
}

const bytesPerEnd = 8;

/** How much JSON events are, in characters. */
export function sizeOf(items: readonly EventItem[]): number {
  let size = 0;
  for (const item of items) size += sizeOfItem(item);
  return size;
}

function sizeOfItem(item: EventItem): number {
  return item instanceof Burst ? item.size : item.json.length;
}

/**
 * As many events from `items[from]` on as are no more than `maxBatch` characters, at least one; the first `skip` events
 * are left out. A burst is cut where it has to be.
 */
export function takeBatch(
  items: readonly EventItem[],
  from: number,
  skip: number,
  maxBatch: number,
): readonly EventItem[] {
  const only = skip === 0 && from === items.length - 1 ? items[from] : undefined;
  if (only !== undefined && sizeOfItem(only) <= maxBatch) return [only];
  const taken: EventItem[] = [];
  let left = skip;
  let room = maxBatch;
  for (let at = from; at < items.length; at += 1) {
    const whole = items[at] as EventItem;
    const count = countOfItem(whole);
    if (left >= count) {
      left -= count;
      continue;
    }
    const item = whole instanceof Burst ? whole.slice(left) : whole;
    left = 0;
    const size = sizeOfItem(item);
    if (size <= room) {
      taken.push(item);
      room -= size;
      continue;
    }
    const fitting = item instanceof Burst ? item.fitting(room) : 0;
    if (item instanceof Burst && fitting > 0) taken.push(item.slice(0, fitting));
    else if (taken.length === 0) taken.push(item instanceof Burst ? item.slice(0, 1) : item);
    break;
  }
  return taken;
}

function countOfItem(item: EventItem): number {
  return item instanceof Burst ? item.count : 1;
}
