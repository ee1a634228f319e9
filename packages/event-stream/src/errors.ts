/** Every way an event stream can be wrong, and what each means. */
export const eventStreamErrors = {
  ES_PRELUDE_CRC: 'The checksum of the first 8 bytes is wrong, so the lengths in them mean nothing.',
  ES_LENGTHS: 'The total length has no room for the headers and the 16 bytes around them.',
  ES_HEADERS_TOO_LONG: 'The headers are longer than the limit.',
  ES_PAYLOAD_TOO_LONG: 'The payload is longer than the limit.',
  ES_MESSAGE_CRC: 'The checksum at the end of the message is wrong.',
  ES_HEADER_CUT: 'A header runs past the end of the headers.',
  ES_HEADER_NAME: 'A header name is empty, too long, or not UTF-8.',
  ES_HEADER_TYPE: 'A header has a type that is none of 0 to 9.',
  ES_HEADER_VALUE: 'A header value is not legal for its type.',
  ES_HEADER_TWICE: 'Two headers have the same name.',
  ES_TRUNCATED: 'The stream ended in the middle of a message.',
  ES_ENDED: 'Bytes came after the stream had ended.',
} as const;

export type EventStreamErrorCode = keyof typeof eventStreamErrors;

/**
 * Bytes that are no legal event stream, or a message that can't be encoded. Match `code`; the message is for people
 * and holds nothing of the payload.
 */
export class EventStreamError extends Error {
  override readonly name = 'EventStreamError';
  readonly code: EventStreamErrorCode;

  /** @param detail What exactly was found, one sentence. */
  constructor(code: EventStreamErrorCode, detail?: string) {
    super(`${code}: ${eventStreamErrors[code]}${detail === undefined ? '' : ` ${detail}`}`);
    this.code = code;
  }
}

/** A header value that is not legal, and why: `illegalValue(':event-type', 'no uuid')`. */
export function illegalValue(name: string, what: string): EventStreamError {
  return new EventStreamError('ES_HEADER_VALUE', `${JSON.stringify(name)} is ${what}.`);
}
