import {
  type AwsErrorName,
  isAwsErrorName,
  isStreamExceptionName,
  type StreamExceptionName,
} from './errors.ts';

/**
 * Something that goes wrong on purpose. `after` counts whole events: 0 is before the first one. A stream that has fewer
 * events fails right before its last one. Where there is no stream, an exception becomes its HTTP error, and the other
 * faults hit the body.
 */
export type Fault =
  /** An error of AWS's table in place of an answer. */
  | {
      readonly type: 'error';
      readonly name: AwsErrorName;
      readonly message?: string;
      readonly status?: number;
    }
  /** A 200, then an exception frame as event number `after` (0: the first and only frame). */
  | {
      readonly type: 'exception';
      readonly name: StreamExceptionName;
      readonly after?: number;
      readonly message?: string;
    }
  /**
   * The connection breaks: before any answer; in the middle of event `after` (default 2); or when all of the text has
   * been sent but not the end of the message. `clean`: the HTTP body ends properly instead.
   */
  | {
      readonly type: 'cut';
      readonly at: 'headers' | 'mid-frame' | 'before-stop';
      readonly after?: number;
      readonly clean?: boolean;
    }
  /** Event `after` (default 2) has a wrong checksum. */
  | { readonly type: 'corrupt'; readonly after?: number }
  /**
   * Nothing comes any more: before the headers, or after so many events. It goes on after `ms`, or when `until`
   * settles; with neither it waits for the client to leave.
   */
  | {
      readonly type: 'stall';
      readonly after: 'headers' | number;
      readonly ms?: number;
      readonly until?: PromiseLike<unknown>;
    }
  /** A 200 with an empty body. */
  | { readonly type: 'empty' };

/** A fault that a prompt asked for; `times`: only the first so many times this very request arrives. */
export interface AskedFault {
  readonly fault: Fault;
  readonly times?: number;
}

/** Short names for the errors people want most. */
const shortNames: Readonly<Record<string, AwsErrorName>> = {
  throttle: 'ThrottlingException',
  quota: 'ServiceQuotaExceededException',
  access: 'AccessDeniedException',
  expired: 'ExpiredTokenException',
  'not-found': 'ResourceNotFoundException',
  timeout: 'ModelTimeoutException',
  'not-ready': 'ModelNotReadyException',
  internal: 'InternalServerException',
  unavailable: 'ServiceUnavailableException',
};

const syntax =
  'an error name (ThrottlingException, throttle, …), `exception NAME [AFTER]`, `cut headers|mid-frame|before-stop [AFTER]`, `end mid-frame|before-stop [AFTER]`, `corrupt [AFTER]`, `stall headers|AFTER [MS]`, `empty`; then optionally `times N`';

/**
 * Reads what follows `/fault`. Returns the fault, or a text that says what could stand there.
 *
 *     throttle | ThrottlingException | exception throttlingException 3 | cut mid-frame 2 | end before-stop
 *     corrupt 4 | stall headers | stall 3 2000 | empty           … each optionally followed by `times N`
 */
export function parseFault(text: string): AskedFault | string {
  const words = text.trim().split(/\s+/);
  let times: number | undefined;
  if (words.at(-2) === 'times') {
    times = wholeNumber(words.at(-1));
    if (times === undefined) return `I know no fault "${text}". Say ${syntax}.`;
    words.splice(-2);
  }
  const fault = parseKind(words);
  if (fault === undefined) return `I know no fault "${text}". Say ${syntax}.`;
  return times === undefined ? { fault } : { fault, times };
}

function parseKind(words: readonly string[]): Fault | undefined {
  const [kind = '', first, second] = words;
  const after = wholeNumber(kind === 'corrupt' ? first : second);
  const counted = after === undefined ? {} : { after };
  switch (kind) {
    case 'exception':
      if (first === undefined || !isStreamExceptionName(lowerFirst(first))) return undefined;
      return { type: 'exception', name: lowerFirst(first) as StreamExceptionName, ...counted };
    case 'cut':
    case 'end': {
      if (first !== 'headers' && first !== 'mid-frame' && first !== 'before-stop') return undefined;
      return { type: 'cut', at: first, clean: kind === 'end', ...counted };
    }
    case 'corrupt':
      return { type: 'corrupt', ...counted };
    case 'stall': {
      const events = first === undefined || first === 'headers' ? 'headers' : wholeNumber(first);
      if (events === undefined) return undefined;
      return { type: 'stall', after: events, ...(after === undefined ? {} : { ms: after }) };
    }
    case 'empty':
      return { type: 'empty' };
    default: {
      const name = shortNames[kind] ?? kind;
      return isAwsErrorName(name) ? { type: 'error', name } : undefined;
    }
  }
}

function wholeNumber(word: string | undefined): number | undefined {
  return word !== undefined && /^\d{1,9}$/.test(word) ? Number(word) : undefined;
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
