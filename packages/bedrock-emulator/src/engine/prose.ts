import type { Random } from '../random.ts';

/** The longest answer the demo model writes. */
export const longestAnswerWords = 50_000;

const subjects = [
  'A patient token',
  'The little stream',
  'An old gateway',
  'The night operator',
  'A curious frame',
  'The second packet',
  'A quiet server',
  'The lighthouse keeper',
  'A paper boat',
  'The last event',
  'A wandering cursor',
  'The river',
  'An early reader',
  'The harbour clock',
  'A borrowed lantern',
] as const;
const verbs = [
  'crossed',
  'counted',
  'followed',
  'remembered',
  'carried',
  'repaired',
  'waited beside',
  'drew a map of',
  'listened to',
  'returned to',
  'painted',
  'watched over',
  'walked around',
  'told stories about',
  'kept',
] as const;
const objects = [
  'the long bridge',
  'every wave',
  'a row of small boats',
  'the empty harbour',
  'the other bank',
  'three hundred stones',
  'the sleeping village',
  'a letter without an address',
  'the morning fog',
  'its own reflection',
  'the slow current',
  'a drawer of keys',
  'the road to the sea',
  'a garden of wires',
] as const;
const endings = [
  'and nobody had to hurry',
  'because the water knew the way',
  'while the lamps went on one by one',
  'and nothing was lost',
  'until the tide turned',
  'as if it had all the time in the world',
  'although the rain had not stopped',
  'and then it did so once more',
  'with a song it had almost forgotten',
  'which is how the story goes on',
  'and wrote down the number',
  'before the next one arrived',
] as const;
const openings = [
  'That evening,',
  'Later,',
  'Of course,',
  'In the meantime,',
  'Somewhere else,',
  'Twice that week,',
  'When the wind turned,',
  'Without a word,',
  'On the following day,',
  'For once,',
] as const;

/**
 * A made-up story of exactly so many words (counted at white space), in paragraphs. It claims nothing: it is there to
 * be long.
 */
export function prose(words: number, random: Random): string {
  let left = words;
  let text = '';
  let sentences = random.integer(3, 6);
  while (left > 0) {
    const sentence = nextSentence(random).split(' ').slice(0, left);
    left -= sentence.length;
    text += sentence.join(' ');
    if (left > 0) {
      sentences -= 1;
      text += sentences === 0 ? '\n\n' : ' ';
      if (sentences === 0) sentences = random.integer(3, 6);
    }
  }
  return /[.!?]$/.test(text) ? text : `${text.replace(/,$/, '')}.`;
}

function nextSentence(random: Random): string {
  const core = `${random.pick(subjects)} ${random.pick(verbs)} ${random.pick(objects)}`;
  const end = random.next() < 0.6 ? `, ${random.pick(endings)}.` : '.';
  if (random.next() < 0.3)
    return `${random.pick(openings)} ${core.charAt(0).toLowerCase()}${core.slice(1)}${end}`;
  return `${core}${end}`;
}
