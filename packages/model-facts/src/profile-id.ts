import type { ProfilePrefix } from './types.ts';

// A prefix counts only when a provider and a dot follow: `us.deepseek.r1-v1:0` has one, `us.custom` would not.
const profileId = /^(us-gov|us|eu|apac|jp|au|ca|in|global)\.(?=[a-z0-9]+\.)/;

/**
 * Splits a model id into its inference profile prefix, when it has one, and the base model id. Any string is taken;
 * one without a known prefix is its own base id.
 */
export function splitProfileId(id: string): {
  readonly prefix: ProfilePrefix | undefined;
  readonly baseId: string;
} {
  const match = profileId.exec(id);
  if (match === null) return { prefix: undefined, baseId: id };
  return { prefix: match[1] as ProfilePrefix, baseId: id.slice(match[0].length) };
}
