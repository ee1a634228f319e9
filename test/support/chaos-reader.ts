import type { GenerationEvent, GenerationStop } from '@streambed/protocol';
import type { ServerFrame } from '@streambed/protocol/frames';
import { expect } from 'vitest';
import { ask, openFrameSocket } from '../../apps/server/test/gateway.ts';
import { readServerSentEvents } from '../../packages/client/src/sse.ts';
import type { Random } from './random.ts';

/** What a reader has: only ever what came right after what it had. */
export class ChaosReader {
  readonly id: string;
  /** Whether the server has ever said that it knows the generation. */
  accepted: boolean;
  seq = 0;
  text = '';
  stop: GenerationStop | undefined;

  constructor(id: string, accepted = false) {
    this.id = id;
    this.accepted = accepted;
  }

  /** The server reads to it from the start again, as it does to whoever asks for what is there already. */
  startOver(): void {
    this.seq = 0;
    this.text = '';
  }

  /** Takes in an event that stands for `from` … `seq`. Whether it was the end. */
  take(event: GenerationEvent, from: number, seq: number): boolean {
    expect(from, this.id).toBe(this.seq + 1);
    expect(seq, this.id).toBeGreaterThanOrEqual(from);
    this.seq = seq;
    if (event.type === 'content_block_delta' && event.delta.type === 'text_delta')
      this.text += event.delta.text;
    if (event.type !== 'generation_stop') return false;
    this.stop = event;
    return true;
  }

  /** What was accepted is never unknown afterwards. */
  notFound(): void {
    expect(this.accepted, `${this.id} was accepted, and is not found`).toBe(false);
  }
}

/** How a visit of a reader goes: all of it is thrown before. */
export interface Visit {
  /** Gone before anything came. */
  readonly leavesAtOnce: boolean;
  /** After so many events. */
  readonly leavesAfter: number;
  /** Reads nothing for so long, in the middle. */
  readonly dawdlesMs: number;
}

/** Throws how a visit goes. */
export function someVisit(dice: Random): Visit {
  return {
    leavesAtOnce: dice.next() < 0.05,
    leavesAfter: dice.next() < 0.5 ? dice.integer(0, 30) : Number.POSITIVE_INFINITY,
    dawdlesMs: dice.next() < 0.1 ? dice.integer(5, 100) : 0,
  };
}

/** Connects, goes on where the reader stands, and leaves when the visit is over or the generation. */
export async function readBySocket(url: string, reader: ChaosReader, visit: Visit): Promise<void> {
  const { id } = reader;
  await using client = await openFrameSocket({ url });
  if (reader.accepted) client.send({ type: 'attach', id, after: reader.seq });
  else client.send(ask(id, id));
  if (visit.leavesAtOnce) return;
  for (let frames = 0; frames < visit.leavesAfter; frames += 1) {
    if (frames === 2) await dawdle(visit);
    if (takeFrame(await client.next(), reader)) return;
  }
}

/** Takes in a frame as a client must. Whether there is nothing more to read for now. */
export function takeFrame(frame: ServerFrame, reader: ChaosReader): boolean {
  switch (frame.type) {
    case 'accepted':
      reader.accepted = true;
      reader.startOver();
      return false;
    case 'attached':
      expect(frame.reset).toBeUndefined();
      return false;
    case 'error':
      expect(frame.error.code).toBe('SB_NOT_FOUND');
      reader.notFound();
      return true;
    case 'rejected':
      expect(frame.error.code).toBe('SB_DRAINING');
      return true;
    case 'event':
      return reader.take(frame.event, frame.from ?? frame.seq, frame.seq);
    default:
      return false;
  }
}

/** The same by HTTP: asks by POST, or reads the events after what it has, by query or by `Last-Event-ID`. */
export async function readByHttp(
  url: string,
  reader: ChaosReader,
  visit: Visit,
  by: 'post' | 'events',
  dice: Random,
): Promise<void> {
  const leaving = new AbortController();
  const { signal } = leaving;
  const generations = `${url}/streambed/v1/generations`;
  const asking =
    by === 'post' ? post(generations, reader.id, signal) : get(generations, reader, dice, signal);
  if (visit.leavesAtOnce) {
    leaving.abort();
    await asking.catch(() => {});
    return;
  }
  try {
    const response = await asking;
    if (!response.ok) return refused(await response.json(), reader);
    let taken = 0;
    const body = response.body as ReadableStream<Uint8Array>;
    for await (const { name, id, data } of readServerSentEvents(body)) {
      if (name === 'accepted') {
        reader.accepted = true;
        reader.startOver();
      } else if (name === 'attached') reader.accepted = true;
      else {
        expect(name).not.toBe('reset');
        // An id says where it ends. Where it starts only its content can say: in the end the text is compared.
        if (reader.take(JSON.parse(data) as GenerationEvent, reader.seq + 1, Number(id))) return;
      }
      taken += 1;
      if (taken === 2) await dawdle(visit);
      if (taken >= visit.leavesAfter) return;
    }
  } finally {
    leaving.abort();
  }
}

function post(generations: string, id: string, signal: AbortSignal): Promise<Response> {
  const { request } = ask(id, id) as { readonly request: object };
  return fetch(generations, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': id },
    body: JSON.stringify({ request }),
    signal,
  });
}

function get(
  generations: string,
  { id, seq }: ChaosReader,
  dice: Random,
  signal: AbortSignal,
): Promise<Response> {
  if (dice.next() < 0.5) return fetch(`${generations}/${id}/events?after=${seq}`, { signal });
  // A browser's EventSource keeps the URL it began with; the header counts.
  const headers = { 'last-event-id': String(seq) };
  return fetch(`${generations}/${id}/events?after=0`, { headers, signal });
}

/** A status of its own is said only before the first event. */
function refused(body: unknown, reader: ChaosReader): void {
  const { code } = (body as { readonly error: { readonly code: string } }).error;
  if (code === 'SB_NOT_FOUND') reader.notFound();
  else if (code === 'SB_INTERRUPTED' || code === 'SB_CANCELLED') reader.accepted = true;
  else expect(code).toBe('SB_DRAINING');
}

async function dawdle({ dawdlesMs }: Visit): Promise<void> {
  if (dawdlesMs > 0) await new Promise((resolve) => setTimeout(resolve, dawdlesMs));
}

/** Cancels by a socket of its own or by HTTP, perhaps twice: it must make no difference. */
export async function cancelSomewhere(url: string, id: string, dice: Random): Promise<void> {
  const twice = dice.next() < 0.3;
  if (dice.next() < 0.5) {
    const cancel = () => fetch(`${url}/streambed/v1/generations/${id}/cancel`, { method: 'POST' });
    for (const response of await Promise.all(twice ? [cancel(), cancel()] : [cancel()])) {
      expect([200, 503]).toContain(response.status);
      await response.text();
    }
    return;
  }
  await using other = await openFrameSocket({ url });
  other.send({ type: 'cancel', id });
  if (twice) other.send({ type: 'cancel', id });
  await other.until('ok');
}

/** A line that closes, or a server that is just gone, is what this is about; anything else is not. */
export function ignoreLost(thrown: unknown): void {
  const { message, code, cause } = thrown as NodeJS.ErrnoException;
  const why = code ?? (cause as NodeJS.ErrnoException | undefined)?.code ?? '';
  const lost =
    /the socket closed|refused: 503|socket hang up/.test(message) || /^(ECONN|UND_ERR_SOCKET)/.test(why);
  if (!lost) throw thrown;
}
