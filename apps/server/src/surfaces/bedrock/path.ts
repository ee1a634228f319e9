import { StreambedError } from '@streambed/protocol';

/** A model's id may hold so many characters. */
const maxModelId = 2048;

/** The model and the operation of `/model/{modelId}/{operation}`, as it was on the wire. */
export interface ModelPath {
  readonly model: string;
  readonly operation: string;
}

/**
 * Reads what follows `/model/`. An id may hold a `/` itself (an ARN), raw or as `%2F`, and its `:` come in either form:
 * so the operation is cut off first, and decoding comes after. Throws `SB_NOT_FOUND`, or `SB_BAD_REQUEST` for an id
 * that is none.
 */
export function readModelPath(rest: string): ModelPath {
  const slash = rest.lastIndexOf('/');
  if (slash <= 0) throw new StreambedError('SB_NOT_FOUND', `There is no operation at /model/${rest}.`);
  return { model: decodeSegment(rest.slice(0, slash)), operation: rest.slice(slash + 1) };
}

/** A segment as it was meant. Throws `SB_BAD_REQUEST`. */
export function decodeSegment(segment: string): string {
  try {
    const decoded = decodeURIComponent(segment);
    if (decoded.length <= maxModelId) return decoded;
  } catch {
    // A percent sign that begins nothing.
  }
  throw new StreambedError('SB_BAD_REQUEST', 'The provided model identifier is invalid.', { field: 'model' });
}
