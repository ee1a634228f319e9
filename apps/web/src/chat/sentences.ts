/** The end of a sentence or of a line: what is said up to here can be said aloud. */
const ends = /[.!?…][)"'”’\]*_]*\s|\n/g;

/**
 * Cuts a growing Markdown text into what a voice can say: whole sentences, without signs, and of code only that it is
 * there. Call it with the text so far; it gives what is new.
 */
export class Sentences {
  readonly #inCode: string;
  #at = 0;
  #fenced = false;

  /** `inCode`: what is said in the place of a block of code. */
  constructor(inCode: string) {
    this.#inCode = inCode;
  }

  /** What has been completed since the last call; `ended`: the rest, too. */
  next(text: string, ended: boolean): string {
    let to = this.#at;
    ends.lastIndex = this.#at;
    for (let found = ends.exec(text); found !== null; found = ends.exec(text)) to = ends.lastIndex;
    if (ended) to = text.length;
    const piece = text.slice(this.#at, to);
    const opens = this.#at === 0 || text[this.#at - 1] === '\n';
    this.#at = to;
    return piece
      .split('\n')
      .flatMap((line, place) => this.#say(line, opens || place > 0))
      .join(' ')
      .replace(/\s+/g, ' ')
      .trim();
  }

  /** `opens`: it is a line from its beginning, and not the rest of one. */
  #say(line: string, opens: boolean): readonly string[] {
    if (opens && /^\s*(```|~~~)/.test(line)) {
      this.#fenced = !this.#fenced;
      return this.#fenced ? [this.#inCode] : [];
    }
    if (this.#fenced || /^\s*\|?[\s:|-]+\|?\s*$/.test(line)) return [];
    return [spoken(opens ? line.replace(/^\s*(#{1,6}|>|[-*+]|\d+[.)])\s+/, '') : line)];
  }
}

/** A line without the signs of Markdown. */
function spoken(line: string): string {
  return line
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[*_`~]+/g, '')
    .replace(/\s*\|\s*/g, ', ')
    .replace(/^, |, $/g, '');
}
