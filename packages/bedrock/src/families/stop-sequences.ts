/** Finds the first stop sequence in a text that comes in pieces. */
export interface StopMatcher {
  /** The next piece in; what may be shown of it and of earlier ones out. After a match nothing more comes out. */
  push(piece: string): string;
  /** What was held back because it might have become a stop sequence. Empty after a match. */
  rest(): string;
  /** The sequence that was met. */
  readonly met: string | undefined;
}

/**
 * The text is cut in front of the sequence whose last letter comes first; of several that end there, in front of the
 * longest. So the outcome is the same wherever the pieces are cut. Only text that might still become a sequence is
 * held back: less than the longest of them.
 */
export function createStopMatcher(sequences: readonly string[]): StopMatcher {
  let held = '';
  let met: string | undefined;
  return {
    push(piece) {
      if (met !== undefined) return '';
      const text = held + piece;
      const match = firstMatch(text, sequences);
      if (match !== undefined) {
        met = match.sequence;
        held = '';
        return text.slice(0, match.start);
      }
      const keep = longestBeginning(text, sequences);
      held = text.slice(text.length - keep);
      return text.slice(0, text.length - keep);
    },
    rest() {
      const rest = held;
      held = '';
      return rest;
    },
    get met() {
      return met;
    },
  };
}

function firstMatch(
  text: string,
  sequences: readonly string[],
): { sequence: string; start: number } | undefined {
  let best: { sequence: string; start: number; end: number } | undefined;
  for (const sequence of sequences) {
    const start = text.indexOf(sequence);
    if (start < 0) continue;
    const end = start + sequence.length;
    if (best === undefined || end < best.end || (end === best.end && start < best.start)) {
      best = { sequence, start, end };
    }
  }
  return best;
}

/** How many letters at the end of `text` are the beginning of some sequence. */
function longestBeginning(text: string, sequences: readonly string[]): number {
  let longest = 0;
  for (const sequence of sequences) {
    for (let length = Math.min(text.length, sequence.length - 1); length > longest; length--) {
      if (text.endsWith(sequence.slice(0, length))) longest = length;
    }
  }
  return longest;
}
