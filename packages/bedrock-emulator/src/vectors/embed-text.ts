import { seededRandom } from '../random.ts';

/** Longest vector any model gives; shorter ones are its beginning, as with models trained that way. */
const fullLength = 3072;
const placesOfAFeature = 96;
const mostFeatures = 4000;

/**
 * A unit vector for a text: the same for the same text and model, nearer for texts that share words and letters.
 * It knows nothing of meaning.
 */
export function embedText(text: string, space: string, length: number): Float64Array {
  const vector = new Float64Array(fullLength);
  for (const [feature, weight] of features(text)) {
    const random = seededRandom('embedding', space, feature);
    for (let n = 0; n < placesOfAFeature; n++) {
      const place = random.integer(0, fullLength - 1);
      vector[place] = (vector[place] ?? 0) + weight * (random.next() - 0.5);
    }
  }
  // A little of everything: real vectors have no zeros, and a text without a word has one too.
  const grain = seededRandom('embedding grain', space, text);
  for (let place = 0; place < fullLength; place++)
    vector[place] = (vector[place] ?? 0) + 0.02 * (grain.next() - 0.5);
  return unit(vector.subarray(0, length));
}

/** How near two unit vectors are: 1 is the same direction. */
export function cosine(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let place = 0; place < a.length; place++) sum += (a[place] ?? 0) * (b[place] ?? 0);
  return sum;
}

/** Words weigh most; the letters in them make `color` and `colours` neighbours. Frequent ones count by their root. */
function features(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  const add = (feature: string, weight: number) => {
    if (counts.size < mostFeatures || counts.has(feature))
      counts.set(feature, (counts.get(feature) ?? 0) + weight);
  };
  for (const word of text
    .toLowerCase()
    .normalize('NFKC')
    .match(/[\p{L}\p{M}\p{N}]+/gu) ?? []) {
    add(word, word.length > 3 ? 2 : 0.7);
    const letters = `<${word.slice(0, 40)}>`;
    for (let start = 0; start + 3 <= letters.length; start++) add(`~${letters.slice(start, start + 3)}`, 0.5);
  }
  for (const [feature, weight] of counts) counts.set(feature, Math.sqrt(weight));
  return counts;
}

function unit(vector: Float64Array): Float64Array {
  const length = Math.sqrt(cosine(vector, vector));
  return vector.map((value) => value / length);
}
