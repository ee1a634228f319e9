import type { MessageHeaders } from './message.ts';

/** A stretch of bytes that is looked at where it lies: there is no view and no object for each. */
export interface Span {
  readonly bytes: Uint8Array;
  /** Of the same bytes, place for place. */
  readonly view: DataView;
  /** Where it begins and ends in them. */
  readonly from: number;
  readonly to: number;
}

const nothing = new Uint8Array(0);
const nothingView = viewOf(nothing);

/** All of some bytes. */
export function spanOf(bytes: Uint8Array): Span {
  return { bytes, view: viewOf(bytes), from: 0, to: bytes.length };
}

/**
 * Where a decoder's current message lies; the span is its body. One for all messages of a decoder: what it says is good
 * until the next.
 *
 *     bytes  … │ prelude │ headers │ body      │ checksum │ …
 *              start               from        to         end
 */
export class MessageSpan implements Span {
  bytes: Uint8Array = nothing;
  view: DataView = nothingView;
  headers: MessageHeaders = {};
  start = 0;
  from = 0;
  to = 0;
  end = 0;

  /** The messages that follow lie in these bytes. */
  lieIn(bytes: Uint8Array): void {
    if (this.bytes === bytes) return;
    this.bytes = bytes;
    this.view = viewOf(bytes);
  }

  /** They are nowhere any more: nobody's bytes are held. */
  letGo(): void {
    this.bytes = nothing;
    this.view = nothingView;
  }

  /** A view of the body, good for as long as nobody writes to what it lies in. */
  get body(): Uint8Array {
    return this.bytes.subarray(this.from, this.to);
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
