import { type ErrorCode, type ErrorType, errorTable } from './error-table.ts';

/** The upstream's own words about an error. */
export interface UpstreamError {
  /** AWS's exception name, `ThrottlingException`. */
  readonly name?: string;
  readonly status?: number;
  readonly message?: string;
  /** `x-amzn-RequestId`. */
  readonly request_id?: string;
}

/** An error as the outside sees it. */
export interface ErrorInfo {
  readonly type: ErrorType;
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  readonly retry_after_seconds?: number;
  readonly request_id?: string;
  /** The field at fault, as a path: `request.messages[0].role`. */
  readonly field?: string;
  readonly upstream?: UpstreamError;
}

/** The only error class of ours that crosses a package's border. Outside code matches `code`. */
export class StreambedError extends Error {
  override readonly name = 'StreambedError';
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly field: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly upstream: UpstreamError | undefined;

  /** `message` replaces the table's own text where the thrower knows more; it never carries a secret. */
  constructor(
    code: ErrorCode,
    message?: string,
    more: {
      readonly field?: string;
      readonly retryable?: boolean;
      readonly retryAfterSeconds?: number;
      readonly upstream?: UpstreamError;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message ?? errorTable[code].message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.retryable = more.retryable ?? errorTable[code].retryable;
    this.field = more.field;
    this.retryAfterSeconds = more.retryAfterSeconds;
    this.upstream = more.upstream;
  }

  get type(): ErrorType {
    return errorTable[this.code].type;
  }

  get status(): number {
    return errorTable[this.code].status;
  }

  /** What goes over the wire: never the stack, never the cause. */
  toInfo(requestId?: string): ErrorInfo {
    return {
      type: this.type,
      code: this.code,
      message: this.message,
      retryable: this.retryable,
      ...(this.retryAfterSeconds !== undefined && { retry_after_seconds: this.retryAfterSeconds }),
      ...(requestId !== undefined && { request_id: requestId }),
      ...(this.field !== undefined && { field: this.field }),
      ...(this.upstream !== undefined && { upstream: this.upstream }),
    };
  }

  /** Anything thrown, as one of ours: what isn't becomes `SB_INTERNAL`, with the thrown thing as its cause. */
  static from(thrown: unknown): StreambedError {
    return thrown instanceof StreambedError
      ? thrown
      : new StreambedError('SB_INTERNAL', undefined, { cause: thrown });
  }
}
