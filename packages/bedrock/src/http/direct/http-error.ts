/** Every way an HTTP/1.1 answer can be wrong. */
const httpErrors = {
  HTTP_STATUS_LINE: "The answer doesn't begin with the status line of HTTP/1.1.",
  HTTP_HEADER: 'A header of the answer is not legal.',
  HTTP_HEAD_TOO_LONG: 'The head of the answer is longer than the limit.',
  HTTP_LENGTH: "The answer doesn't say in one legal way how long it is.",
  HTTP_CHUNK: 'A chunk of the answer is not legal.',
  HTTP_UPGRADE: 'The answer changes to another protocol, which nobody asked for.',
  HTTP_CUT: 'The connection ended before the answer did.',
  HTTP_CLOSED: 'The client has been closed.',
} as const;

/** An answer that is no legal HTTP, or none at all. The message holds nothing of what was sent. */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly code: keyof typeof httpErrors;

  /** @param detail What exactly was found, one sentence. */
  constructor(code: keyof typeof httpErrors, detail?: string) {
    super(`${code}: ${httpErrors[code]}${detail === undefined ? '' : ` ${detail}`}`);
    this.code = code;
  }
}
