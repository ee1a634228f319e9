import {
  Burst,
  type BurstKind,
  type Delta,
  type EncodedEvent,
  type EventItem,
  saidIn,
} from '@streambed/protocol';
import type { LogBatch } from './log-batch.ts';

/** An event as a reader gets it: one of the log's own, or the merge of `from` … `seq`. */
export interface ReadEvent {
  readonly from: number;
  readonly seq: number;
  readonly event: EncodedEvent['event'];
  readonly json: string;
}

/**
 * Joins neighbouring deltas of one block into one, for a reader that has fallen behind or comes late, or wants fewer
 * events. Only text, thinking and tool arguments join, and only where nothing else is in the event that the merge would
 * lose.
 */
export function mergeDeltas({ items, first }: Pick<LogBatch, 'items' | 'first'>): readonly ReadEvent[] {
  const merged: ReadEvent[] = [];
  let seq = first - 1;
  for (let index = 0; index < items.length; ) {
    const item = items[index] as EventItem;
    const growing = growable(item);
    const from = seq + 1;
    seq += growing?.count ?? 1;
    index += 1;
    for (
      let next = nextLike(growing, items[index]);
      next !== undefined;
      next = nextLike(growing, items[index])
    ) {
      if (growing !== undefined) growing.text += next.text;
      seq += next.count;
      index += 1;
    }
    if (growing === undefined || from === seq) {
      const { event, json } = item instanceof Burst ? (item.events()[0] as EncodedEvent) : item;
      merged.push({ from, seq, event, json });
    } else {
      const delta = { type: growing.kind, [saidIn[growing.kind]]: growing.text } as unknown as Delta;
      const event = { type: 'content_block_delta', index: growing.index, delta } as const;
      merged.push({ from, seq, event, json: JSON.stringify(event) });
    }
  }
  return merged;
}

interface Growing {
  readonly kind: BurstKind;
  readonly index: number;
  /** How many deltas it is. */
  readonly count: number;
  text: string;
}

function nextLike(growing: Growing | undefined, item: EventItem | undefined): Growing | undefined {
  const next = growing && item && growable(item);
  return next?.index === growing?.index && next?.kind === growing?.kind ? next : undefined;
}

/** The text that an item carries, when it is of a kind that can be joined and carries nothing else. */
function growable(item: EventItem): Growing | undefined {
  if (item instanceof Burst)
    return { kind: item.kind, index: item.index, count: item.count, text: item.text };
  const { event } = item;
  if (event.type !== 'content_block_delta' || Object.keys(event).length !== 3) return undefined;
  const { delta, index } = event;
  if (!Object.hasOwn(saidIn, delta.type) || Object.keys(delta).length !== 2) return undefined;
  const kind = delta.type as BurstKind;
  const text: unknown = (delta as unknown as Record<string, unknown>)[saidIn[kind]];
  return typeof text === 'string' ? { kind, index, count: 1, text } : undefined;
}
