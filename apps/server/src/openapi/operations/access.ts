import { signInSchema } from '../../access/session-routes.ts';
import { toGraceMs, toKeyChange, toNewKey } from '../../access/terms.ts';
import { tokenOrderSchema } from '../../access/token-routes.ts';
import { integer, json, listOf, type Operation, object, string } from '../operation.ts';

const about = { tag: 'Access', errors: 'StreambedError' } as const;
const keys = '/streambed/v1/keys';
const session = '/streambed/v1/session';

const fields = {
  id: string,
  name: string,
  state: string,
  project: string,
  user: string,
  admin: { type: 'boolean' },
  models: { type: ['array', 'null'], items: string },
  surfaces: { type: ['array', 'null'], items: string },
  requests_per_minute: { type: ['integer', 'null'] },
  tokens_per_minute: { type: ['integer', 'null'] },
  created_at: { type: 'number' },
  expires_at: { type: ['number', 'null'] },
  revoked_at: { type: ['number', 'null'] },
} as const;
const key = object(fields);
const secret = object({ ...fields, key: string });
const standing = object({ required: { type: 'boolean' }, signed_in: { type: 'boolean' } });

/** Who may ask: keys, signed-in browsers, and tokens for the browsers of others. */
export const accessOperations: readonly Operation[] = [
  {
    ...about,
    method: 'get',
    path: session,
    open: true,
    summary: 'Whether a key is needed, and whose the cookie is',
    answers: { 200: json('How it stands', standing) },
  },
  {
    ...about,
    method: 'post',
    path: session,
    open: true,
    summary: 'Signs a browser in: a key becomes a cookie',
    body: { schema: signInSchema, example: { key: 'sb_…' } },
    answers: { 200: json('How it stands', standing) },
  },
  {
    ...about,
    method: 'delete',
    path: session,
    open: true,
    summary: 'Signs a browser out',
    answers: { 204: { what: 'It is signed out' } },
  },
  {
    ...about,
    method: 'get',
    path: keys,
    summary: 'The keys, without what proves them; for admins',
    answers: { 200: json('The keys', object({ keys: listOf(key) })) },
  },
  {
    ...about,
    method: 'post',
    path: keys,
    summary: 'Makes a key; for admins',
    body: { schema: toNewKey, example: { name: 'search', admin: true } },
    answers: { 201: json('The key itself, this once', secret) },
  },
  {
    ...about,
    method: 'patch',
    path: `${keys}/{key}`,
    summary: 'Names or limits a key; for admins',
    body: { schema: toKeyChange, example: { requests_per_minute: 600 } },
    answers: { 200: json('As it is now', key) },
  },
  {
    ...about,
    method: 'post',
    path: `${keys}/{key}/rotate`,
    summary: 'Gives a key another secret; for admins',
    body: { schema: toGraceMs, example: { grace_seconds: 3600 } },
    answers: { 200: json('The new secret, this once', secret) },
  },
  {
    ...about,
    method: 'delete',
    path: `${keys}/{key}`,
    summary: 'Revokes a key; for admins',
    answers: { 200: json('As it is now', key) },
  },
  {
    ...about,
    method: 'post',
    path: '/streambed/v1/tokens',
    summary: 'Makes a token for the browser of a key’s own user',
    body: { schema: tokenOrderSchema, example: { subject: 'ada', lifetime_seconds: 900 } },
    answers: { 201: json('The token', object({ token: string, subject: string, expires_at: integer })) },
  },
];
