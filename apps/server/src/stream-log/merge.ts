import type { Delta, EncodedEvent } from '@streambed/protocol';
import type { LogBatch } from './stream-log.ts';

/** An event as a reader gets it: one of the log's own, or the merge of `from` … `seq`. */
export interface ReadEvent {
  readonly from: number;
  readonly seq: number;
  readonly event: EncodedEvent['event'];
  readonly json: string;
}

/**
 * Joins neighbouring deltas of one block into one, for a reader that has fallen behind or comes late. Only text,
 * thinking and tool arguments join, and only where nothing else is in the event that the merge would lose.
 */
export function mergeDeltas(batch: LogBatch): readonly ReadEvent[] {
  const merged: ReadEvent[] = [];
  const { events, first } = batch;
  for (let index = 0; index < events.length; ) {
    const start = index;
    const head = events[index] as EncodedEvent;
    const growing = growable(head);
    index += 1;
    if (growing !== undefined) {
      let next = events[index];
      let piece = next && growable(next);
      while (piece !== undefined && piece.index === growing.index && piece.type === growing.type) {
        growing.text += piece.text;
        index += 1;
        next = events[index];
        piece = next && growable(next);
      }
    }
    const from = first + start;
    const seq = first + index - 1;
    if (growing === undefined || from === seq) {
      merged.push({ from, seq, event: head.event, json: head.json });
    } else {
      const event = {
        type: 'content_block_delta',
        index: growing.index,
        delta: { type: growing.type, [field[growing.type]]: growing.text } as Delta,
      } as const;
      merged.push({ from, seq, event, json: JSON.stringify(event) });
    }
  }
  return merged;
}

const field = { text_delta: 'text', thinking_delta: 'thinking', input_json_delta: 'partial_json' } as const;

interface Growing {
  readonly type: keyof typeof field;
  readonly index: number;
  text: string;
}

/** The text that a delta carries, when it is of a kind that can be joined and carries nothing else. */
function growable({ event }: EncodedEvent): Growing | undefined {
  if (event.type !== 'content_block_delta' || Object.keys(event).length !== 3) return undefined;
  const { delta, index } = event;
  if (!Object.hasOwn(field, delta.type) || Object.keys(delta).length !== 2) return undefined;
  const type = delta.type as keyof typeof field;
  const text: unknown = (delta as unknown as Record<string, unknown>)[field[type]];
  return typeof text === 'string' ? { type, index, text } : undefined;
}
