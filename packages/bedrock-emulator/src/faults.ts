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
  /**
   * Event `after` (default 2) is damaged: its message checksum is wrong (default), its prelude's is, or its prelude
   * names a length that isn't its own, with a right checksum over it.
   */
  | { readonly type: 'corrupt'; readonly after?: number; readonly part?: 'message' | 'prelude' | 'length' }
  /** Before event `after` (default 2) comes one of a type nobody knows. Nothing is missing. */
  | { readonly type: 'unknown'; readonly after?: number }
  /** Event `after` (default 2) is padded to this many bytes (default 1 MiB, at most 32 MiB). Nothing is missing. */
  | { readonly type: 'huge'; readonly bytes?: number; readonly after?: number }
  /**
   * The same bytes, cut otherwise. `bytes`: each in a write of its own. `together`: all in one. `drip`: so many bytes
   * (default 20) every so many milliseconds (default 50).
   */
  | {
      readonly type: 'delivery';
      readonly how: 'bytes' | 'together' | 'drip';
      readonly bytes?: number;
      readonly ms?: number;
    }
  /** This Bedrock's clock is so far ahead: signatures are too old, and `Date` says what it thinks. */
  | { readonly type: 'skew'; readonly ms: number }
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

/** A fault that was asked for, and when it strikes. */
export interface AskedFault {
  readonly fault: Fault;
  /** Only the first so many times: of this very request in a prompt or header, of all that match in a rule. */
  readonly times?: number;
  /** From 0 to 1: how likely it strikes each time. */
  readonly probability?: number;
  /** Rules only: model ids it is for, `*` standing for anything. */
  readonly model?: string;
  /** Rules only: the operation it is for. */
  readonly operation?: string;
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
  'an error name (ThrottlingException, throttle, …), `exception NAME [AFTER]`, `cut headers|mid-frame|before-stop [AFTER]`, `end mid-frame|before-stop [AFTER]`, `corrupt [message|prelude|length] [AFTER]`, `unknown [AFTER]`, `huge [BYTES [AFTER]]`, `bytes`, `together`, `drip [BYTES [MS]]`, `stall headers|AFTER [MS]`, `skew SECONDS`, `empty`; then optionally `times N`, `probability P`, `model ID`, `operation NAME`';

/**
 * Reads what follows `/fault`, what `x-emulator-fault` says, or a rule. Returns the fault, or a text that says what
 * could stand there.
 *
 *     throttle | ThrottlingException | exception throttlingException 3 | cut mid-frame 2 | end before-stop
 *     corrupt prelude 4 | stall headers | stall 3 2000 | drip 10 100 | skew 600 | empty
 *     … each optionally followed by `times N`, `probability P`, `model *haiku*`, `operation Converse`
 */
export function parseFault(text: string): AskedFault | string {
  const words = text.trim().split(/\s+/);
  const refusal = `I know no fault "${text}". Say ${syntax}.`;
  let when: Omit<AskedFault, 'fault'> = {};
  for (;;) {
    const condition = readCondition(words.at(-2), words.at(-1) ?? '');
    if (condition === undefined) break;
    if (condition === 'wrong') return refusal;
    when = { ...condition, ...when };
    words.splice(-2);
  }
  const fault = parseKind(words);
  return fault === undefined ? refusal : { fault, ...when };
}

function readCondition(
  name: string | undefined,
  value: string,
): Omit<AskedFault, 'fault'> | 'wrong' | undefined {
  switch (name) {
    case 'times': {
      const times = wholeNumber(value);
      return times === undefined ? 'wrong' : { times };
    }
    case 'probability': {
      const probability = /^[\d.]{1,12}$/.test(value) ? Number(value) : Number.NaN;
      return probability >= 0 && probability <= 1 ? { probability } : 'wrong';
    }
    case 'model':
      return { model: value };
    case 'operation':
      return { operation: value };
    default:
      return undefined;
  }
}

function parseKind(words: readonly string[]): Fault | undefined {
  const [kind = '', first, second] = words;
  const after = wholeNumber(second);
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
    case 'corrupt': {
      const number = wholeNumber(first);
      if (first === undefined || number !== undefined)
        return { type: 'corrupt', ...(number === undefined ? {} : { after: number }) };
      if (first !== 'message' && first !== 'prelude' && first !== 'length') return undefined;
      return { type: 'corrupt', part: first, ...counted };
    }
    case 'unknown':
      return { type: 'unknown', ...optional('after', first) };
    case 'huge':
      return { type: 'huge', ...optional('bytes', first), ...counted };
    case 'bytes':
    case 'together':
      return { type: 'delivery', how: kind };
    case 'drip':
      return { type: 'delivery', how: 'drip', ...optional('bytes', first), ...optional('ms', second) };
    case 'skew': {
      const seconds = /^-?\d{1,9}$/.test(first ?? '') ? Number(first) : undefined;
      return seconds === undefined ? undefined : { type: 'skew', ms: seconds * 1000 };
    }
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

function optional<K extends string>(name: K, word: string | undefined): { [P in K]?: number } {
  const number = wholeNumber(word);
  return (number === undefined ? {} : { [name]: number }) as { [P in K]?: number };
}

function wholeNumber(word: string | undefined): number | undefined {
  return word !== undefined && /^\d{1,9}$/.test(word) ? Number(word) : undefined;
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
