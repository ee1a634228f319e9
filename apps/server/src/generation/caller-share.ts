import type { Caller } from '../access/caller.ts';
import { nameOfOwner } from './owner.ts';

/** What counts together: everything of one key, its sessions and tokens included; without keys, of one owner. */
export function callerName({ key, owner }: Pick<Caller, 'key' | 'owner'>): string {
  return key === undefined ? nameOfOwner(owner) : `key ${key}`;
}

/**
 * How much of `all` one caller may have: what the configuration says; else a quarter for who has a key, so that no key
 * shuts out the others, and all of it where there are no keys.
 */
export function shareOf({ key }: Pick<Caller, 'key'>, all: number, configured: number | undefined): number {
  return Math.min(all, configured ?? (key === undefined ? all : Math.ceil(all / 4)));
}
