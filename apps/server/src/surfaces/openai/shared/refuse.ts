import { StreambedError } from '@streambed/protocol';

/** Refuses a field of the caller's whose value is wrong. `param` is its path as the caller wrote it. */
export function refuse(param: string, what: string): never {
  throw new StreambedError('SB_BAD_REQUEST', `${param}: ${what}`, { field: param });
}

/** Refuses what is right at OpenAI and can't be had here. */
export function refuseUnsupported(param: string, what: string): never {
  throw new StreambedError('SB_UNSUPPORTED', `${param}: ${what}`, { field: param });
}
