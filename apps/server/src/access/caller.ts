import { StreambedError } from '@streambed/protocol';
import type { FastifyRequest } from 'fastify';
import type { Owner } from '../generation/owner.ts';
import type { Credential } from './credentials.ts';

/** The doors that a key may be limited to. */
export const surfaceNames = ['streambed', 'model-socket', 'anthropic', 'openai', 'bedrock'] as const;

/** `streambed` is our own API, `/ws` included; `model-socket` is `/ws/model`. */
export type SurfaceName = (typeof surfaceNames)[number];

/** What a caller may use in any minute that has passed; absent: as much as there is. */
export interface RateLimits {
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
}

/** Who asks, and what they may do. Found once for each request and socket; everything behind the doors relies on it. */
export interface Caller {
  /** Whose is what they start, and what they see. */
  readonly owner: Owner;
  /**
   * The public id of the key that they have, or that their session or token was made with: limits and usage count
   * together for all of these. Absent where this server has no keys.
   */
  readonly key?: string;
  /** What said so: nothing had to, a key, a browser's session, or a client token. */
  readonly by: 'nobody' | 'key' | 'session' | 'token';
  /** May make and revoke keys, and see what everybody uses. */
  readonly admin: boolean;
  /** `read`: may start, change and end nothing. */
  readonly may: 'generate' | 'read';
  /** Absent: all of them. */
  readonly surfaces?: readonly SurfaceName[];
  /** Patterns of model names; each list must have one that fits. None: every model. */
  readonly models: readonly (readonly string[])[];
  readonly limits: RateLimits;
  /** From then on they are nobody, in milliseconds since 1970. Absent: never. */
  readonly expiresAt?: number;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Absent on routes that are open to everybody. */
    caller?: Caller;
    /** What said so. */
    credential?: Credential;
  }
}

/** Who made a request. Every route that isn't open to everybody has one. */
export function callerOf({ caller }: Pick<FastifyRequest, 'caller'>): Caller {
  if (caller === undefined) throw new StreambedError('SB_INTERNAL');
  return caller;
}

/** Somebody on a server without keys: they may do everything, as this owner. */
export function openCaller(owner: Owner): Caller {
  return { owner, by: 'nobody', admin: true, may: 'generate', models: [], limits: {} };
}
