import type { Span } from '@streambed/event-stream';
import { Burst, type EventItem, encodeEvent, type StopInfo, type Usage } from '@streambed/protocol';
import type { SentRequest } from '../call.ts';
import type { Asked, FamilyModel, WireEnd, WireEvent, WireReader } from '../families/family.ts';
import { messageStart } from '../families/message-start.ts';
import { NativeReader } from './native-reader.ts';

/**
 * Reads an answer whose bytes go to the caller as they are. What one read brings is worth one list: the Messages events in
 * it where a family speaks such bodies, so that others can read the generation too. Where none does, or what came can't be
 * read, the lists hold only the message's start and end. What can't be read never ends the relay.
 */
export class RelayReader implements WireReader<readonly EventItem[]> {
  readonly #native: NativeReader;
  readonly #model: FamilyModel;
  readonly #asked: Asked;
  /** Gone once it has met what it can't read. */
  #spoken: WireReader | undefined;
  /** What it had counted by then. */
  #counted: Usage = {};
  #items: EventItem[] = [];
  #started = false;
  /** Blocks that have begun and not ended. */
  readonly #open = new Set<number>();

  constructor(
    wire: Pick<SentRequest, 'api' | 'stream'>,
    model: FamilyModel,
    asked: Asked,
    spoken: WireReader | undefined,
  ) {
    this.#native = new NativeReader(wire);
    this.#model = model;
    this.#asked = asked;
    this.#spoken = spoken;
  }

  get usage(): Usage {
    return { ...this.#counted, ...this.#native.usage, ...this.#spoken?.usage };
  }

  /** A delta that is proven holds neither an end nor counts: nobody else need look at it. */
  readDelta(type: string, payload: Span, into: (readonly EventItem[])[]): boolean {
    return this.#spoken?.readDelta?.(type, payload, this.#listIn(into)) === true;
  }

  read(event: WireEvent, into: (readonly EventItem[])[]): void {
    this.#native.read(event, []);
    this.#derive(into, (spoken, items) => spoken.read(event, items));
  }

  flush(into: (readonly EventItem[])[]): void {
    if (into.length > 0) this.#derive(into, (spoken, items) => spoken.flush?.(items));
  }

  readWhole(body: string, into: (readonly EventItem[])[]): void {
    this.#native.readWhole(body, []);
    this.#derive(into, (spoken, items) => spoken.readWhole(body, items));
  }

  end(into: (readonly EventItem[])[]): WireEnd {
    const items: EventItem[] = [];
    const spoken = this.#endOfSpoken(items);
    if (spoken !== undefined) {
      into.push(items);
      return { ...spoken, usage: this.usage };
    }
    const native = this.#native.end();
    this.#fallSilent(items);
    const delta: StopInfo = { stop_reason: native.stop.stop_reason, stop_sequence: null };
    items.push(
      encodeEvent({ type: 'message_delta', delta, usage: native.usage }),
      encodeEvent({ type: 'message_stop' }),
    );
    into.push(items);
    return { ...native, bedrock: { ...native.bedrock, opaque: true } };
  }

  #endOfSpoken(items: EventItem[]): WireEnd | undefined {
    try {
      return this.#spoken?.end(items);
    } catch {
      // Its own end is missing. Whether the upstream's is too, its counts say.
      return undefined;
    }
  }

  /**
   * What `read` finds, onto the list of what was just read; where it can't, whatever makes it a message that simply says
   * no more.
   */
  #derive(into: (readonly EventItem[])[], read: (reader: WireReader, items: EventItem[]) => void): void {
    const items = this.#listIn(into);
    const from = items.length;
    if (this.#spoken !== undefined) {
      try {
        read(this.#spoken, items);
      } catch {
        this.#counted = this.#spoken.usage;
        this.#spoken = undefined;
      }
    }
    for (let at = from; at < items.length; at += 1) {
      const item = items[at];
      // A burst neither begins nor ends anything.
      if (item === undefined || item instanceof Burst) continue;
      const { event } = item;
      if (event.type === 'message_start') this.#started = true;
      if (event.type === 'content_block_start') this.#open.add(event.index);
      if (event.type === 'content_block_stop') this.#open.delete(event.index);
    }
    if (this.#spoken === undefined) this.#fallSilent(items);
  }

  /** The list of what is being read. */
  #listIn(into: (readonly EventItem[])[]): EventItem[] {
    if (into.length === 0) {
      this.#items = [];
      into.push(this.#items);
    }
    return this.#items;
  }

  #fallSilent(items: EventItem[]): void {
    if (!this.#started) items.push(messageStart(this.#asked, this.#model.id));
    this.#started = true;
    for (const index of this.#open) items.push(encodeEvent({ type: 'content_block_stop', index }));
    this.#open.clear();
  }
}
