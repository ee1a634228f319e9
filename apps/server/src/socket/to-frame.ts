import { StreambedError } from '@streambed/protocol';
import type { ErrorFrame, RejectedFrame } from '@streambed/protocol/frames';

type Ref = string | number;

/** Anything thrown, as the `error` frame that answers what caused it. */
export function toErrorFrame(thrown: unknown, ref?: Ref): ErrorFrame {
  return { type: 'error', ...(ref !== undefined && { ref }), error: StreambedError.from(thrown).toInfo() };
}

/** Anything thrown before a generation began, as its `rejected` frame. */
export function toRejectedFrame(thrown: unknown, id: RejectedFrame['id'], ref?: Ref): RejectedFrame {
  return {
    type: 'rejected',
    ...(ref !== undefined && { ref }),
    ...(id !== undefined && { id }),
    error: StreambedError.from(thrown).toInfo(),
  };
}
