import { createHmac, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { surfaceNames } from './caller.ts';
import { sameDigest } from './secret.ts';

/** `session`: a browser that has signed in; it stands in a cookie. `token`: a client's, made by a key for somebody. */
export type GrantKind = 'session' | 'token';

const prefixes = { session: 'sbs_', token: 'sbt_' } as const satisfies Record<GrantKind, string>;

const claims = z.object({
  /** Names it, so that it can be ended. */
  id: z.string(),
  /** The key that made it, and which of its secrets: with either it ends. */
  key: z.string(),
  proof: z.string(),
  /** Seconds since 1970. */
  expires: z.number(),
  /** Who has it, for whoever made it. */
  subject: z.string().optional(),
  surfaces: z.array(z.enum(surfaceNames)).optional(),
  models: z.array(z.string()).optional(),
  read: z.literal(true).optional(),
});

/** What a sign-in or a client token says, signed by this server: it is verified without looking anything up. */
export type Grant = z.infer<typeof claims>;

export function newGrantId(): string {
  return randomBytes(12).toString('base64url');
}

/** Which secret a grant was made with, in a form that tells nothing of it. */
export function proofOf(digest: Buffer): string {
  return digest.toString('hex', 0, 8);
}

/** Writes a grant: text that only this server can have made. */
export function sign(kind: GrantKind, grant: Grant, signingKey: Buffer): string {
  const body = `${prefixes[kind]}${Buffer.from(JSON.stringify(grant)).toString('base64url')}`;
  return `${body}.${macOf(body, signingKey).toString('base64url')}`;
}

/** Whether a text looks like a grant of that kind. */
export function isGrant(kind: GrantKind, text: string): boolean {
  return text.startsWith(prefixes[kind]);
}

/** Reads what {@link sign} wrote. Undefined for anything else; whether it has expired is not looked at. */
export function readGrant(kind: GrantKind, text: string, signingKey: Buffer): Grant | undefined {
  const [body = '', mac = '', ...rest] = text.split('.');
  if (!isGrant(kind, text) || rest.length > 0) return undefined;
  if (!sameDigest(Buffer.from(mac, 'base64url'), macOf(body, signingKey))) return undefined;
  const said = Buffer.from(body.slice(prefixes[kind].length), 'base64url').toString();
  return claims.safeParse(JSON.parse(said)).data;
}

function macOf(body: string, signingKey: Buffer): Buffer {
  return createHmac('sha256', signingKey).update(body).digest();
}
