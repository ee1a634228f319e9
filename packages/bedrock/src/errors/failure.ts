import type { StreambedError } from '@streambed/protocol';
import type { Retryability } from '../http/retry.ts';

/** What was called: an error's text names it. */
export interface CallContext {
  /** What stands in the URL. */
  readonly target: string;
  /** The base model id. */
  readonly model: string;
  readonly region: string;
  /** The IAM action behind the operation, `bedrock:InvokeModelWithResponseStream`. */
  readonly action: string;
  /** Host and port. */
  readonly host: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A failed call: what to say, and whether AWS wants it tried again. */
export interface Failure {
  readonly error: StreambedError;
  readonly retry: Retryability;
  readonly retryAfterMs?: number | undefined;
}

/** Carries a {@link Failure} up to where it is decided whether to try again. */
export class CallFailed extends Error {
  override readonly name = 'CallFailed';
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.error.message, { cause: failure.error });
    this.failure = failure;
  }
}
