import { StreambedError } from '@streambed/protocol';

/** A request to a model may be this large, in bytes. */
export const maxBodyBytes = 25 * 1024 * 1024;

/** And one that holds only short texts, in bytes. */
export const maxTextBytes = 1024 * 1024;

/** The head of a request, in bytes. */
export const maxHeaderBytes = 32 * 1024;

/** Refuses a head that is larger. */
export function headTooLarge(): StreambedError {
  return new StreambedError(
    'SB_TOO_LARGE',
    `The URL and the headers may hold at most ${maxHeaderBytes / 1024} KiB.`,
  );
}

/** How long a client may take over things, in milliseconds. */
export const requestTimes = {
  /** For the head of a request, or to say what is spoken at all. */
  headMs: 15_000,
  /** For all of a request. */
  wholeMs: 30_000,
  /** Between requests. */
  idleMs: 72_000,
} as const;
