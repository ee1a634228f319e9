// The way byte-pair tokenisers cut before they merge: a word with the space before it, up to three digits, a run of
// punctuation, a run of white space.
const words = / ?[\p{L}\p{M}]+| ?\p{N}{1,3}| ?[^\s\p{L}\p{M}\p{N}]+|\s+/gu;

const longestWord = 9;
const longestRun = 4;
/** No token has more characters (UTF-16 units). */
export const longestToken = 16;
const estimateFrom = 50_000;

/**
 * Cuts a text into pieces of about the size of a model's tokens. Joined they are the text again; no piece ends inside a
 * surrogate pair.
 */
export function cutTokens(text: string): string[] {
  const tokens: string[] = [];
  for (const word of text.match(words) ?? []) {
    if (word.length === 1) tokens.push(word);
    else if (/^ ?[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\p{M}]+$/u.test(word)) {
      if (word.length <= longestWord) tokens.push(word);
      else cutEvery(word, 5, tokens);
    } else if (/^\s+$/.test(word)) cutEvery(word, longestToken, tokens);
    else if (/^[\x20-\x7e]+$/.test(word)) cutEvery(word, longestRun, tokens);
    else cutEvery(word, 2, tokens);
  }
  return tokens;
}

/** Pieces of at most `length` code points: a cut between code points never splits a character in two halves. */
function cutEvery(word: string, length: number, into: string[]): void {
  if (word.length <= length) {
    into.push(word);
    return;
  }
  let piece = '';
  let points = 0;
  for (const point of word) {
    piece += point;
    points += 1;
    if (points === length) {
      into.push(piece);
      piece = '';
      points = 0;
    }
  }
  if (piece !== '') into.push(piece);
}

/**
 * How many tokens a text counts for: the one estimate behind every token count the emulator reports. Very long texts
 * are counted by their length, so that a 25 MB body doesn't cost seconds.
 */
export function countTokens(text: string): number {
  return text.length > estimateFrom ? Math.ceil(text.length / 4) : cutTokens(text).length;
}
