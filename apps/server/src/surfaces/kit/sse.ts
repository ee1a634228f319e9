import { type Burst, burstClosing } from '@streambed/protocol';
import type { Outgoing } from '../../socket/outgoing.ts';

/**
 * One Server-Sent Event. Line breaks inside `data` (JSON as a model wrote it may hold some between its tokens) become
 * lines of their own: the reader joins them again.
 */
export function sseEvent(name: string, data: string, id?: number): string {
  const lines = /[\r\n]/.test(data) ? data.replace(/\r\n|\r|\n/g, '\ndata: ') : data;
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${name}\ndata: ${lines}\n\n`;
}

/** The events of a burst, each with its own JSON; with `seq`, the first one's, their seqs are their ids. */
export function sseBurst(burst: Burst, seq?: number): Outgoing {
  const between = `event: content_block_delta\ndata: ${burst.opening}`;
  const after = `${burstClosing}\n\n`;
  if (seq === undefined) return { burst, before: '', between, after };
  return { burst, before: 'id: ', seq, between: `\n${between}`, after };
}

/** A comment: it keeps proxies from taking silence for an end. */
export const sseHeartbeat = ': \n\n';

export const sseHeaders: Readonly<Record<string, string>> = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  // nginx would gather the events otherwise.
  'x-accel-buffering': 'no',
};
