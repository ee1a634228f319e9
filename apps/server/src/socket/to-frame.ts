import { StreambedError } from '@streambed/protocol';
import type { ErrorFrame, RejectedFrame } from '@streambed/protocol/frames';

type Ref = string | number;

/** Anything thrown, as the `error` frame that answers what caused it. `request` is how the log calls it. */
export function toErrorFrame(thrown: unknown, ref?: Ref, request?: string): ErrorFrame {
  const error = StreambedError.from(thrown).toInfo(request);
  return { type: 'error', ...(ref !== undefined && { ref }), error };
}

/** Anything thrown before a generation began, as its `rejected` frame. */
export function toRejectedFrame(
  thrown: unknown,
  id: RejectedFrame['id'],
  ref?: Ref,
  request?: string,
): RejectedFrame {
  return {
    type: 'rejected',
    ...(ref !== undefined && { ref }),
    ...(id !== undefined && { id }),
    error: StreambedError.from(thrown).toInfo(request),
  };
}
