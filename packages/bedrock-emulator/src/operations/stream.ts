import { setImmediate as nextTurn } from 'node:timers/promises';
import { AwsError, awsErrors, streamExceptions } from '../errors.ts';
import type { Exchange } from '../exchange.ts';
import type { Fault } from '../faults.ts';
import { corruptFrame, exceptionFrame, hugeFrame, unknownFrame } from '../frames.ts';
import { sendPieces } from './whole.ts';

/** One frame of a stream and when it is due, in milliseconds since the request; 0: at once. */
export interface TimedFrame {
  readonly bytes: Uint8Array;
  readonly dueMs: number;
  /** All text has been sent before it. */
  readonly ending: boolean;
  readonly last: boolean;
}

// Frames that are due together leave in one write, but not more than this.
const writeBytes = 16 * 1024;
// A stream written as fast as possible lets others run, and notices that its reader has left, every so many bytes.
const breatheBytes = 256 * 1024;

/**
 * Sends a stream's frames, each when it is due, and a fault where it strikes. `open` sends the headers: as at AWS they
 * leave with the first event, so that whatever fails before it still has a status of its own.
 * Rejects with ConnectionGone when the reader leaves.
 */
export async function sendStream(
  exchange: Exchange,
  frames: Iterable<TimedFrame> | AsyncIterable<TimedFrame>,
  fault: Fault | undefined,
  open: () => void,
): Promise<void> {
  const started = performance.now();
  const writer = new FrameWriter(exchange, fault?.type === 'delivery' ? fault : undefined);
  let pending = fault;
  let opened = false;
  let count = 0;

  const source = Symbol.asyncIterator in frames ? frames[Symbol.asyncIterator]() : frames[Symbol.iterator]();
  try {
    for (;;) {
      const step = source.next();
      let frame: TimedFrame | undefined;
      if (step instanceof Promise) {
        // What is there already goes out before anything is waited for.
        await writer.flush();
        try {
          frame = (await step).value;
        } catch (error) {
          if (!opened || !(error instanceof AwsError)) throw error;
          exchange.end(exceptionFrame('modelStreamErrorException', error.message));
          return;
        }
      } else frame = step.value;
      if (frame === undefined) break;
      const waitMs = frame.dueMs === 0 ? 0 : frame.dueMs - (performance.now() - started);
      if (waitMs > 1) {
        await writer.flush();
        await exchange.wait(waitMs);
      }
      if (pending?.type === 'stall' && pending.after === 'headers') {
        await exchange.wait(pending.ms, pending.until);
        pending = undefined;
      }
      if (!opened) {
        open();
        opened = true;
      }
      let bytes = frame.bytes;
      if (pending !== undefined && strikes(pending, count, frame)) {
        await writer.flush();
        if (pending.type === 'corrupt') {
          exchange.faulted = true;
          bytes = corruptFrame(bytes, pending.part);
        } else if (pending.type === 'unknown') writer.add(unknownFrame());
        else if (pending.type === 'huge') bytes = hugeFrame(bytes, pending.bytes ?? 1024 * 1024);
        else if (pending.type === 'stall') {
          exchange.flush();
          await exchange.wait(pending.ms, pending.until);
        } else {
          strike(exchange, pending, bytes);
          return;
        }
        pending = undefined;
      }
      writer.add(bytes);
      count += 1;
      if (writer.size >= writer.fullAt) await writer.flush();
    }
  } finally {
    // Frames that are still being written have an engine behind them, which nobody waits for now.
    void Promise.resolve(source.return?.()).catch(() => {});
  }
  await writer.flush(true);
  exchange.end();
}

function strikes(fault: Fault, count: number, frame: TimedFrame): boolean {
  switch (fault.type) {
    case 'exception':
      return count >= (fault.after ?? 0) || frame.last;
    case 'corrupt':
    case 'unknown':
    case 'huge':
      return count >= (fault.after ?? 2) || frame.last;
    case 'stall':
      return count >= (fault.after === 'headers' ? 0 : fault.after) || frame.last;
    case 'cut':
      return fault.at === 'before-stop' ? frame.ending : count >= (fault.after ?? 2) || frame.last;
    case 'empty':
      return true;
    case 'error':
    case 'delivery':
    case 'skew':
      return false;
  }
}

/** The faults that end the stream. */
function strike(exchange: Exchange, fault: Fault, bytes: Uint8Array): void {
  exchange.faulted = true;
  if (fault.type === 'exception')
    exchange.end(
      exceptionFrame(fault.name, fault.message ?? awsErrors[streamExceptions[fault.name]].message),
    );
  else if (fault.type === 'cut') {
    const sent = fault.at === 'mid-frame' ? bytes.subarray(0, bytes.length >> 1) : undefined;
    if (fault.clean === true) exchange.end(sent);
    else exchange.cut(sent);
  } else exchange.end();
}

type Delivery = Extract<Fault, { type: 'delivery' }>;

const togetherBytes = 16 * 1024 * 1024;

/** Joins frames into few writes and waits for the reader where it must. */
class FrameWriter {
  size = 0;
  readonly fullAt: number;
  readonly #exchange: Exchange;
  readonly #delivery: Delivery | undefined;
  #frames: Uint8Array[] = [];
  #sinceBreath = 0;

  constructor(exchange: Exchange, delivery: Delivery | undefined) {
    this.#exchange = exchange;
    this.#delivery = delivery;
    this.fullAt = delivery?.how === 'together' ? togetherBytes : writeBytes;
  }

  add(bytes: Uint8Array): void {
    this.#frames.push(bytes);
    this.size += bytes.length;
  }

  /** Held together, frames leave only at the end, or when they are too many. */
  async flush(atEnd = false): Promise<void> {
    const [first] = this.#frames;
    if (first === undefined) return;
    const held = this.#delivery?.how === 'together' && !atEnd && this.size < this.fullAt;
    if (held) return;
    const bytes = this.#frames.length === 1 ? first : Buffer.concat(this.#frames, this.size);
    this.#sinceBreath += this.size;
    this.#frames = [];
    this.size = 0;
    if (this.#delivery === undefined || this.#delivery.how === 'together') await this.#exchange.send(bytes);
    else await sendPieces(this.#exchange, bytes, this.#delivery);
    if (this.#sinceBreath < breatheBytes) return;
    this.#sinceBreath = 0;
    await nextTurn();
  }
}
