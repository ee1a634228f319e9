import type { GenerationEvent } from '../events.ts';
import type { GenerationId } from '../ids.ts';

/** One event, or the merge of `from` … `seq`. */
export interface EventFrame {
  readonly type: 'event';
  readonly generation: GenerationId;
  readonly seq: number;
  readonly from?: number;
  readonly event: GenerationEvent;
}

/** An event frame's text: before its seq, between that and the event's own JSON, and after it. */
export function eventFrameParts(
  generation: GenerationId,
): readonly [before: string, between: string, after: string] {
  return [`{"type":"event","generation":"${generation}","seq":`, ',"event":', '}'];
}

/** Writes an event frame around the event's own JSON text, without parsing it. */
export function printEventFrame(generation: GenerationId, seq: number, json: string, from?: number): string {
  const [before, between, after] = eventFrameParts(generation);
  const merged = from === undefined || from === seq ? '' : `,"from":${from}`;
  return before + seq + merged + between + json + after;
}
