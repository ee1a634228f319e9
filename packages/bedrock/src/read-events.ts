import { EventStreamDecoder, EventStreamError, type EventStreamMessage } from '@streambed/event-stream';
import { StreambedError } from '@streambed/protocol';
import { failureFromException } from './errors-from-aws.ts';
import { type CallContext, CallFailed } from './failure.ts';
import type { WireReader } from './families/family.ts';
import type { ResponseHead } from './http/wire.ts';

/** Turns the bytes of one stream into events. */
export interface EventReader<E> {
  /**
   * What one read brought in, its events onto `into`. Throws `CallFailed` at an exception frame, a damaged frame
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
  /** A frame whose checksums are right, or a whole answer's body. `exception`: what the frame says ends the stream. */
  bytes(bytes: Uint8Array, kind: 'event' | 'exception'): void;
}

/**
 * Bytes to frames, checksums and all; frames to events by the family's reader; exception frames to errors. `tap` gets a
 * frame before it is read.
 */
export function createEventReader<E>(
  reader: WireReader<E>,
  call: CallContext,
  requestId: string | undefined,
  tap?: Tap,
): EventReader<E> {
  const decoder = new EventStreamDecoder({}, { keepBytes: tap !== undefined });
  let headers: EventStreamMessage['headers'] | undefined;
  let type = '';
  return {
    read(chunks, into) {
      try {
        for (const chunk of chunks) {
          for (const message of decode(decoder, chunk)) {
            if (message.bytes !== undefined) tap?.bytes(message.bytes, kindOf(message));
            // Messages with the same headers share them: what they say is looked up once.
            if (message.headers !== headers) {
              type = eventTypeOf(message, call, requestId);
              headers = message.headers;
            }
            reader.read({ type, payload: message.body }, into);
            // The family has all it needs (a stop sequence was met): what follows isn't read.
            if (reader.done === true) return;
          }
          if (decoder.failure !== undefined) throw damaged(decoder.failure);
        }
      } finally {
        reader.flush?.(into);
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

function decode(decoder: EventStreamDecoder, chunk: Uint8Array): EventStreamMessage[] {
  try {
    return decoder.decode(chunk);
  } catch (error) {
    throw damaged(error);
  }
}

function kindOf({ headers }: EventStreamMessage): 'event' | 'exception' {
  const type = headers[':message-type'];
  return type?.type === 'string' && type.value !== 'event' ? 'exception' : 'event';
}

/** Which event a message is. Throws what it says where it is none. */
function eventTypeOf(
  { headers, body }: EventStreamMessage,
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
