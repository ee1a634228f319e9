import type { FastifyContextConfig } from 'fastify';
import type { SurfaceName } from './caller.ts';

/**
 * Whom a route is for. `callers`: whoever has a key, or anybody where there are none; with `surfaces`, whose key may use
 * one of them. `operators`: admins, and programs on this machine.
 */
export type RouteAccess =
  | { readonly to: 'everybody' }
  | { readonly to: 'callers'; readonly surfaces?: readonly SurfaceName[] }
  | { readonly to: 'admins' }
  | { readonly to: 'operators' };

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Absent: for callers that may use our own API. */
    access?: RouteAccess;
  }
}

/** `{ config: open }`: everybody may ask this, without a key. */
export const open = { access: { to: 'everybody' } } as const;
export const forAnyCaller = { access: { to: 'callers' } } as const;
export const forAdmins = { access: { to: 'admins' } } as const;
export const forOperators = { access: { to: 'operators' } } as const;

/** The door that a route belongs to; undefined for what is no door of its own. */
export function surfaceOf({ access = usualAccess }: FastifyContextConfig): SurfaceName | undefined {
  const [name, ...others] = access.to === 'callers' ? (access.surfaces ?? []) : [];
  return others.length === 0 ? name : undefined;
}

/** What a route that says nothing is. */
export const usualAccess: RouteAccess = { to: 'callers', surfaces: ['streambed'] };
