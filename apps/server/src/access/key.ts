import type { Owner } from '../generation/owner.ts';
import type { RateLimits, SurfaceName } from './caller.ts';

/** What a key may do, as its maker said it. */
export interface KeyTerms {
  /** For people. */
  readonly name: string;
  readonly admin: boolean;
  /** Patterns of model names; absent: every model. */
  readonly models?: readonly string[];
  /** Absent: all of them. */
  readonly surfaces?: readonly SurfaceName[];
  readonly limits: RateLimits;
  /** Milliseconds since 1970; absent: it does not expire. */
  readonly expiresAt?: number;
}

/** A key without what proves it. */
export interface Key extends KeyTerms {
  /** Its public part. */
  readonly id: string;
  readonly owner: Owner;
  readonly createdAt: number;
  readonly revokedAt?: number;
}

/** What proves a key. */
export interface Secret {
  readonly digest: Buffer;
  /** Milliseconds since 1970; absent: as long as the key. */
  readonly expiresAt?: number;
}

export type KeyState = 'valid' | 'expired' | 'revoked';

export function stateOf({ revokedAt, expiresAt }: Key, now: number): KeyState {
  if (revokedAt !== undefined) return 'revoked';
  return expiresAt !== undefined && expiresAt <= now ? 'expired' : 'valid';
}
