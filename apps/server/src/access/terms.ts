import { z } from 'zod';
import { surfaceNames } from './caller.ts';
import { type Key, stateOf } from './key.ts';
import type { KeyChange, NewKey } from './key-store.ts';

const day = 24 * 60 * 60;

/** These stand in usage and in the owner of what is made. */
const projectName = z
  .string()
  .regex(/^[A-Za-z0-9][\w.:-]{0,127}$/, 'expected a name of letters, digits and . _ : -, up to 128');
export const userName = z
  .string()
  .regex(/^[A-Za-z0-9][\w.:@+-]{0,127}$/, 'expected a name of letters, digits and . _ : @ + -, up to 128');

/** Patterns of model names, `*` standing for anything. */
export const modelPatterns = (most: number) =>
  z
    .array(z.string().min(1).max(128), 'expected a list of model names')
    .min(1, 'expected at least one model')
    .max(most, `expected at most ${most} models`);

export const surfaceList = z
  .array(z.enum(surfaceNames, `expected ${surfaceNames.join(', ')}`), 'expected a list of surfaces')
  .min(1, 'expected at least one surface');

const perMinute = z.int('expected a whole number').min(1, 'expected at least 1').max(1_000_000_000);
const name = z
  .string('expected a name')
  .trim()
  .min(1, 'expected a name')
  .max(100, 'expected at most 100 letters');
/** Seconds since 1970. */
const time = z.number('expected seconds since 1970').positive().max(32_503_680_000);
const maxModels = 100;

const newKeySchema = z.strictObject({
  name,
  project: projectName.default('default'),
  user: userName.optional(),
  admin: z.boolean('expected true or false').default(false),
  models: modelPatterns(maxModels).optional(),
  surfaces: surfaceList.optional(),
  requests_per_minute: perMinute.optional(),
  tokens_per_minute: perMinute.optional(),
  expires_at: time.optional(),
});

const changeSchema = z.strictObject({
  name: name.optional(),
  models: modelPatterns(maxModels).nullish(),
  surfaces: surfaceList.nullish(),
  requests_per_minute: perMinute.nullish(),
  tokens_per_minute: perMinute.nullish(),
  expires_at: time.nullish(),
});

const rotationSchema = z.strictObject({
  /** How long the old secret may still be used. */
  grace_seconds: z
    .number('expected seconds')
    .min(0)
    .max(90 * day)
    .default(0),
});

/** What a new key is said with, by HTTP and on the command line. */
export const toNewKey = newKeySchema.transform(
  ({ name, project, user, admin, models, surfaces, ...rest }): NewKey => ({
    name,
    project,
    ...(user !== undefined && { user }),
    admin,
    ...(models !== undefined && { models }),
    ...(surfaces !== undefined && { surfaces }),
    limits: {
      ...(rest.requests_per_minute !== undefined && { requestsPerMinute: rest.requests_per_minute }),
      ...(rest.tokens_per_minute !== undefined && { tokensPerMinute: rest.tokens_per_minute }),
    },
    ...(rest.expires_at !== undefined && { expiresAt: rest.expires_at * 1000 }),
  }),
);

/** What of a key is changed; null takes a limit away. */
export const toKeyChange = changeSchema.transform(
  ({ name, models, surfaces, ...rest }): KeyChange => ({
    ...(name !== undefined && { name }),
    ...(models !== undefined && { models }),
    ...(surfaces !== undefined && { surfaces }),
    ...(rest.requests_per_minute !== undefined && { requestsPerMinute: rest.requests_per_minute }),
    ...(rest.tokens_per_minute !== undefined && { tokensPerMinute: rest.tokens_per_minute }),
    ...(rest.expires_at !== undefined && { expiresAt: rest.expires_at && rest.expires_at * 1000 }),
  }),
);

export const toGraceMs = rotationSchema.transform(({ grace_seconds: seconds }) => seconds * 1000);

/** A key as it is shown: never what proves it. Times are seconds since 1970; null: no limit. */
export function describeKey(key: Key, now: number = Date.now()) {
  return {
    id: key.id,
    name: key.name,
    state: stateOf(key, now),
    project: key.owner.project,
    user: key.owner.user,
    admin: key.admin,
    models: key.models ?? null,
    surfaces: key.surfaces ?? null,
    requests_per_minute: key.limits.requestsPerMinute ?? null,
    tokens_per_minute: key.limits.tokensPerMinute ?? null,
    created_at: key.createdAt / 1000,
    expires_at: key.expiresAt === undefined ? null : key.expiresAt / 1000,
    revoked_at: key.revokedAt === undefined ? null : key.revokedAt / 1000,
  };
}

export type DescribedKey = ReturnType<typeof describeKey>;
