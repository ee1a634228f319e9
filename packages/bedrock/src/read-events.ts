import {
  EventStreamDecoder,
  EventStreamError,
  type EventStreamMessage,
  type MessageSpan,
} from '@streambed/event-stream';
import { StreambedError } from '@streambed/protocol';
import { failureFromException } from './errors/errors-from-aws.ts';
import { type CallContext, CallFailed } from './errors/failure.ts';
import type { WireReader } from './families/family.ts';
import type { ResponseHead } from './http/wire.ts';

/** Turns the bytes of one stream into events. */
export interface EventReader<E> {
  /**
   * What one read brought in, its events onto `into`; the chunks are its caller's again when it returns. Throws `CallFailed` at an exception frame, a damaged frame
   * or an event that can't be read; the events before it are on `into` by then.
   */
  read(chunks: readonly Uint8Array[], into: E[]): void;
  /** The HTTP body is over. Throws `CallFailed` when it ended in the middle of a frame. */
  end(): void;
}

/** Whoever gets an answer as it comes. */
export interface Tap {
  /** A good answer begins; what came of an attempt before it counts no more. */
  begin(head: ResponseHead): void;
  /** Frames whose checksums are right, or a whole answer's body. The tap's own. */
  bytes(bytes: Uint8Array): void;
  /** The last frame of those that are coming says what ends the stream. */
  exception(): void;
}

/**
 * Bytes to frames, checksums and all; frames to events by the family's reader; exception frames to errors. `tap` gets
 * the frames of a read, those too behind which it failed.
 */
export function createEventReader<E>(
  reader: WireReader<E>,
  call: CallContext,
  requestId: string | undefined,
  tap?: Tap,
): EventReader<E> {
  const decoder = new EventStreamDecoder();
  const frames = tap && new TappedFrames(tap);
  let headers: EventStreamMessage['headers'] | undefined;
  let type = '';
  let onto: E[] = [];
  const visit = (message: MessageSpan): boolean => {
    frames?.add(message);
    // Messages with the same headers share them: what they say is looked up once.
    if (message.headers !== headers) {
      type = eventTypeOf(message, call, requestId);
      headers = message.headers;
    }
    if (reader.readDelta?.(type, message, onto) !== true) reader.read({ type, payload: message.body }, onto);
    // The family may have all it needs (a stop sequence was met): what follows isn't read.
    return reader.done !== true;
  };
  return {
    read(chunks, into) {
      onto = into;
      try {
        for (const chunk of chunks) {
          decoder.each(chunk, visit);
          frames?.flush();
          if (reader.done === true) return;
        }
      } catch (error) {
        throw error instanceof EventStreamError ? damaged(error) : error;
      } finally {
        frames?.flush();
        reader.flush?.(into);
        onto = [];
      }
    },
    end() {
      try {
        decoder.end();
      } catch (error) {
        if (error instanceof EventStreamError && error.code !== 'ES_TRUNCATED') throw damaged(error);
        throw new CallFailed({
          error: new StreambedError('SB_UPSTREAM_CUT', undefined, { cause: error }),
          retry: 'yes',
        });
      }
    },
  };
}

/** Frames for a tap: those that lie one behind the other as one piece. */
class TappedFrames {
  readonly #tap: Tap;
  #bytes: Uint8Array | undefined;
  #from = 0;
  #to = 0;

  constructor(tap: Tap) {
    this.#tap = tap;
  }

  add(message: MessageSpan): void {
    if (message.bytes !== this.#bytes || message.start !== this.#to) {
      this.flush();
      this.#bytes = message.bytes;
      this.#from = message.start;
    }
    this.#to = message.end;
    if (isException(message)) this.#tap.exception();
  }

  /** Hands over what is there. */
  flush(): void {
    const bytes = this.#bytes;
    this.#bytes = undefined;
    if (bytes !== undefined) this.#tap.bytes(Buffer.from(bytes.subarray(this.#from, this.#to)));
  }
}

function isException({ headers }: MessageSpan): boolean {
  const type = headers[':message-type'];
  return type?.type === 'string' && type.value !== 'event';
}

/** Which event a message is. Throws what it says where it is none. */
function eventTypeOf(
  { headers, body }: MessageSpan,
  call: CallContext,
  requestId: string | undefined,
): string {
  const header = (name: string) => {
    const value = headers[name];
    return value?.type === 'string' ? value.value : undefined;
  };
  switch (header(':message-type')) {
    case 'event':
      return header(':event-type') ?? '';
    case 'exception': {
      const payload = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
      throw new CallFailed(failureFromException(header(':exception-type') ?? '', payload, call, requestId));
    }
    case 'error': {
      const payload = JSON.stringify({ message: header(':error-message') ?? '' });
      throw new CallFailed(failureFromException(header(':error-code') ?? '', payload, call, requestId));
    }
    default:
      throw new CallFailed({
        error: new StreambedError(
          'SB_UPSTREAM_UNEXPECTED',
          'A message of the stream says neither event nor exception. Check that the endpoint is Bedrock.',
        ),
        retry: 'never',
      });
  }
}

function damaged(cause: unknown): CallFailed {
  return new CallFailed({
    error: new StreambedError('SB_UPSTREAM_CORRUPT', undefined, { cause }),
    retry: 'yes',
  });
}
