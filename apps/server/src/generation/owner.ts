import type { ClientId } from '@streambed/protocol';

/** Whose a generation is. Anyone else is told that there is none. Until there are keys everyone is the same owner. */
export interface Owner {
  readonly project: string;
  readonly user: string;
}

export function sameOwner(one: Owner, other: Owner): boolean {
  return one.project === other.project && one.user === other.user;
}

/** An owner as one word, that no other owner has. */
export function nameOfOwner({ project, user }: Owner): string {
  return JSON.stringify([project, user]);
}

/** A caller's own id and whose it is, as one word: another owner's same id is another. */
export function nameOfId({ project, user }: Owner, id: ClientId): string {
  return JSON.stringify([project, user, id]);
}
