/** How much Markdown is read at one go, in characters: a few milliseconds' worth, far from what a reader would feel. */
const atOnce = 5_000;
/** How many parts that wait are tried again in a frame. */
const perFrame = 6;

let spent = 0;
let waiting: (() => void)[] = [];

/** Whether so much may be read now; if not, it is shown plain, and asks again with {@link whenIdle}. */
export function mayParse(characters: number): boolean {
  if (spent > 0 && spent + characters > atOnce) return false;
  if (spent === 0) setTimeout(() => (spent = 0), 0);
  spent += characters;
  return true;
}

/** Calls `again` in one of the next frames; the function that comes back calls it off. */
export function whenIdle(again: () => void): () => void {
  if (waiting.length === 0) requestAnimationFrame(run);
  waiting.push(again);
  return () => {
    waiting = waiting.filter((one) => one !== again);
  };
}

function run(): void {
  const now = waiting.splice(0, perFrame);
  if (waiting.length > 0) requestAnimationFrame(run);
  for (const again of now) again();
}
