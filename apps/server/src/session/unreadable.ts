import { type ClientId, clientIdPattern, StreambedError } from '@streambed/protocol';
import { maxFrameBytes } from '@streambed/protocol/frames';

/** A frame that is larger than one may be. */
export function frameTooLarge(): StreambedError {
  return new StreambedError(
    'SB_TOO_LARGE',
    `A frame may hold at most ${maxFrameBytes} bytes. POST it to /streambed/v1/generations under the same id, then attach.`,
  );
}

/** What can be made out of a frame that could not be accepted, so that its sender knows which one it was. */
export function whatCanBeRead(text: string): {
  readonly type?: 'generate';
  readonly id?: ClientId;
  readonly ref?: string | number;
} {
  if (text.length > maxFrameBytes) return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return {};
  }
  if (typeof value !== 'object' || value === null) return {};
  const { type, id, ref } = value as Record<string, unknown>;
  return {
    ...(type === 'generate' && { type }),
    ...(typeof id === 'string' && clientIdPattern.test(id) && { id: id as ClientId }),
    ...(((typeof ref === 'string' && ref.length <= 128) || typeof ref === 'number') && { ref }),
  };
}
