import { type EncodedEvent, encodeEvent, type StopInfo, type Usage } from '@streambed/protocol';
import type { SentRequest } from './call.ts';
import type { Asked, FamilyModel, WireEnd, WireEvent, WireReader } from './families/family.ts';
import { messageStart } from './families/message-start.ts';
import { NativeReader } from './native-reader.ts';

/**
 * Reads an answer whose bytes go to the caller as they are. Each upstream event is worth one list: the Messages events
 * in it where a family speaks such bodies, so that others can read the generation too. Where none does, or what came
 * can't be read, the list holds only the message's start and end. What can't be read never ends the relay.
 */
export class RelayReader implements WireReader<readonly EncodedEvent[]> {
  readonly #native: NativeReader;
  readonly #model: FamilyModel;
  readonly #asked: Asked;
  /** Gone once it has met what it can't read. */
  #spoken: WireReader | undefined;
  /** What it had counted by then. */
  #counted: Usage = {};
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

  read(event: WireEvent, into: (readonly EncodedEvent[])[]): void {
    this.#native.read(event, []);
    into.push(this.#derive((spoken, events) => spoken.read(event, events)));
  }

  readWhole(body: string, into: (readonly EncodedEvent[])[]): void {
    this.#native.readWhole(body, []);
    into.push(this.#derive((spoken, events) => spoken.readWhole(body, events)));
  }

  end(into: (readonly EncodedEvent[])[]): WireEnd {
    const events: EncodedEvent[] = [];
    const spoken = this.#endOfSpoken(events);
    if (spoken !== undefined) {
      into.push(events);
      return { ...spoken, usage: this.usage };
    }
    const native = this.#native.end();
    this.#fallSilent(events);
    const delta: StopInfo = { stop_reason: native.stop.stop_reason, stop_sequence: null };
    events.push(
      encodeEvent({ type: 'message_delta', delta, usage: native.usage }),
      encodeEvent({ type: 'message_stop' }),
    );
    into.push(events);
    return { ...native, bedrock: { ...native.bedrock, opaque: true } };
  }

  #endOfSpoken(events: EncodedEvent[]): WireEnd | undefined {
    try {
      return this.#spoken?.end(events);
    } catch {
      // Its own end is missing. Whether the upstream's is too, its counts say.
      return undefined;
    }
  }

  /** The events that `read` finds; where it can't, whatever makes them a message that simply says no more. */
  #derive(read: (reader: WireReader, events: EncodedEvent[]) => void): readonly EncodedEvent[] {
    const events: EncodedEvent[] = [];
    if (this.#spoken !== undefined) {
      try {
        read(this.#spoken, events);
      } catch {
        this.#counted = this.#spoken.usage;
        this.#spoken = undefined;
      }
    }
    for (const encoded of events) {
      // Neither begins nor ends anything.
      if (encoded.text !== undefined) continue;
      const { event } = encoded;
      if (event.type === 'message_start') this.#started = true;
      if (event.type === 'content_block_start') this.#open.add(event.index);
      if (event.type === 'content_block_stop') this.#open.delete(event.index);
    }
    if (this.#spoken === undefined) this.#fallSilent(events);
    return events;
  }

  #fallSilent(events: EncodedEvent[]): void {
    if (!this.#started) events.push(messageStart(this.#asked, this.#model.id));
    this.#started = true;
    for (const index of this.#open) events.push(encodeEvent({ type: 'content_block_stop', index }));
    this.#open.clear();
  }
}
