/** Names a generation: `gen_` and 22 URL-safe characters (128 random bits). Minted by the server. */
export type GenerationId = string & { readonly __brand: 'GenerationId' };

/** The caller's own id of a generation, its idempotency key within an owner: 1–64 of `A–Z a–z 0–9 _ -`. */
export type ClientId = string & { readonly __brand: 'ClientId' };

/** An event's place in its generation: 1, 2, 3, …, never reused. 0 stands before the first event. */
export type Seq = number & { readonly __brand: 'Seq' };

/** What a {@link ClientId} may look like. */
export const clientIdPattern = /^[A-Za-z0-9_-]{1,64}$/;

/** Makes a generation id from 16 random bytes, given as base64url. */
export function generationIdFrom(random: string): GenerationId {
  return `gen_${random}` as GenerationId;
}
