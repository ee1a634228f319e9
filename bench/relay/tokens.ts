/**
 * How the parts of the bench understand each other. A prompt says what to answer; every token of an answer ends in `|~`,
 * which stands nowhere else in what a server adds (a lone `~` does: it is a length in a WebSocket frame's head), so that
 * a reader counts tokens without understanding the rest. A stamped token carries the time at which it was written.
 */

/** Ends every token. */
export const mark = Buffer.from('|~');

/** Characters of a stamp: microseconds of the machine's monotonic clock, base 36. */
const stampLength = 10;

/** What is asked of the model. */
export interface Wanted {
  readonly tokens: number;
  /** Tokens a second; absent: as fast as they are taken. */
  readonly perSecond?: number;
  /** Whether each token says when it was written. */
  readonly stamped?: boolean;
}

/** The prompt that asks for it. */
export function promptFor({ tokens, perSecond, stamped = false }: Wanted): string {
  return `Write ${tokens} tokens${perSecond === undefined ? '' : ` at ${perSecond}`}${stamped ? ' stamped' : ''}.`;
}

/** What a request's body asks for, wherever in it the prompt stands. */
export function readWanted(body: string): Wanted {
  const found = /Write (\d+) tokens(?: at (\d+))?( stamped)?\./.exec(body);
  return {
    tokens: Number(found?.[1] ?? 1),
    ...(found?.[2] !== undefined && { perSecond: Number(found[2]) }),
    stamped: found?.[3] !== undefined,
  };
}

/** The token at that place of an answer, about as long as a model's are. */
export function token(index: number): string {
  return `t${index.toString(36).padStart(4, '0')}|~ `;
}

/** A token that says when it was written. */
export function stampedToken(): string {
  return `t${nowUs().toString(36).padStart(stampLength, '0')}|~ `;
}

/** The tokens of an answer as they arrived, in whatever they are wrapped. */
export function tokensIn(text: string): readonly string[] {
  // A proxy may have cut a token by the head of another HTTP chunk.
  return text.replaceAll(/\r\n[0-9a-f]+\r\n/g, '').match(/t[0-9a-z]{4}\|~/g) ?? [];
}

/** The whole answer, as flat answers are. */
export function answerOf(tokens: number): string {
  return Array.from({ length: tokens }, (_, index) => token(index)).join('');
}

/** Microseconds since the token whose mark is at `at` was written. */
export function ageUs(bytes: Buffer, at: number): number {
  return nowUs() - Number.parseInt(bytes.toString('latin1', at - stampLength, at), 36);
}

/** The stamp is all there. */
export function hasStamp(at: number): boolean {
  return at >= stampLength;
}

/** All processes of a machine share this clock. */
function nowUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
