import { beginTable, fenceOf, isBlank, listMarkerOf, mathOf } from './lines.ts';

/** A part of a text that can be parsed alone. */
export interface Piece {
  /** Where it begins in the text: its name, which never changes. */
  readonly start: number;
  readonly kind: 'markdown' | 'code' | 'table' | 'math' | 'notes';
  readonly text: string;
  /** Whether what it opened was closed: more text can't belong to it. */
  readonly closed: boolean;
  /** It goes on with the list of the piece before it. */
  readonly joined: boolean;
}

/** Longer lists are cut between items, so that what is parsed again with each token stays short. */
const longList = 1_200;

interface Open {
  readonly start: number;
  kind: Piece['kind'];
  /** What closes it: a fence's own marks, or the end of mathematics. */
  closer: string;
  /** Indented lines belong to it, also after a blank one. */
  holds: boolean;
  list: string | undefined;
  joined: boolean;
  afterBlank: boolean;
  /** Where its last line began, if that had no blank one behind it. */
  lastLine: number;
}

/**
 * Cuts Markdown, as it grows, into pieces that stand alone. A piece that is finished never changes, so only the last
 * one is ever parsed again. Cut in any steps or at once, the pieces are the same.
 */
export class Cutter {
  #text = '';
  /** The first character no complete line of which was read. */
  #read = 0;
  #finished: Piece[] = [];
  #open: Open | undefined;

  /** Takes the text so far; gives its pieces. Those that were finished are the same objects as before. */
  cut(text: string): readonly Piece[] {
    if (!text.startsWith(this.#text)) {
      this.#read = 0;
      this.#finished = [];
      this.#open = undefined;
    }
    this.#text = text;
    for (let end = text.indexOf('\n', this.#read); end !== -1; end = text.indexOf('\n', this.#read)) {
      this.#line(text.slice(this.#read, end), this.#read);
      this.#read = end + 1;
    }
    if (this.#read === text.length) return this.#withOpen();

    // The last line isn't complete: what it means so far is tried, and taken back.
    const { length } = this.#finished;
    const open = this.#open && { ...this.#open };
    this.#line(text.slice(this.#read), this.#read, true);
    const pieces = this.#withOpen();
    this.#finished.length = length;
    this.#open = open;
    return pieces;
  }

  #withOpen(): readonly Piece[] {
    const open = this.#open;
    return open === undefined
      ? this.#finished.slice()
      : [...this.#finished, this.#piece(open, this.#text.length, false)];
  }

  #piece({ start, kind, joined }: Open, end: number, closed: boolean): Piece {
    return { start, kind, text: this.#text.slice(start, end).replace(/\s+$/, ''), closed, joined };
  }

  #finish(end: number): void {
    if (this.#open !== undefined) this.#finished.push(this.#piece(this.#open, end, true));
    this.#open = undefined;
  }

  #line(line: string, at: number, partial = false): void {
    const open = this.#open;
    switch (open?.kind) {
      case undefined:
        if (!isBlank(line)) this.#begin(line, at, partial);
        return;
      case 'code':
        if (!partial && closesFence(line, open.closer)) this.#finish(at + line.length);
        return;
      case 'math':
        if (isBlank(line)) {
          // No formula has a blank line: it was none.
          open.kind = 'markdown';
          open.afterBlank = true;
        } else if (!partial && line.trimEnd().endsWith(open.closer)) this.#finish(at + line.length);
        return;
      case 'table':
        if (line.includes('|') || (partial && !isBlank(line))) return;
        this.#finish(at);
        if (!isBlank(line)) this.#begin(line, at, partial);
        return;
      default:
        this.#flow(open as Open, line, at, partial);
    }
  }

  /** A line of what is neither code nor table nor formula. */
  #flow(open: Open, line: string, at: number, partial: boolean): void {
    if (isBlank(line)) {
      open.afterBlank = true;
      return;
    }
    const marker = listMarkerOf(line);
    const indented = /^\s/.test(line);
    const goesOn = open.afterBlank
      ? open.holds && (indented || (open.list !== undefined && marker !== undefined))
      : (open.holds && indented) || (fenceOf(line) === undefined && mathOf(line) === undefined);
    const long = marker !== undefined && at - open.start > longList && followsInList(open.list, marker);
    if (!goesOn || long) {
      this.#finish(at);
      this.#begin(line, at, partial);
      if (this.#open !== undefined && long && goesOn) this.#open.joined = true;
      return;
    }
    if (!open.holds && !open.afterBlank && beginTable(this.#text.slice(open.lastLine, at - 1), line)) {
      const start = open.lastLine;
      if (start > open.start) this.#finish(start);
      this.#open = { ...open, start, kind: 'table' };
      return;
    }
    if (marker !== undefined && open.list !== undefined) open.list = marker;
    open.afterBlank = false;
    open.lastLine = at;
  }

  #begin(line: string, at: number, partial: boolean): void {
    const open: Open = {
      start: at,
      kind: 'markdown',
      closer: '',
      holds: false,
      list: undefined,
      joined: false,
      afterBlank: false,
      lastLine: at,
    };
    this.#open = open;
    const fence = fenceOf(line);
    const math = mathOf(line);
    if (fence !== undefined) Object.assign(open, { kind: 'code', closer: fence.marks });
    else if (math !== undefined) {
      Object.assign(open, { kind: 'math', closer: math.closer });
      if (math.closed && !partial) this.#finish(at + line.length);
    } else if (/^ {0,3}\[\^[^\]\s]+\]:/.test(line)) Object.assign(open, { kind: 'notes', holds: true });
    else {
      open.list = listMarkerOf(line);
      open.holds = open.list !== undefined || /^(?: {4}|\t)/.test(line);
    }
  }
}

function closesFence(line: string, marks: string): boolean {
  const found = /^ {0,3}(`{3,}|~{3,})\s*$/.exec(line)?.[1];
  return found !== undefined && found[0] === marks[0] && found.length >= marks.length;
}

/** Whether a list cut between these two markers reads as the same list: a number must count on. */
function followsInList(before: string | undefined, marker: string): boolean {
  if (before === undefined) return false;
  return /\d/.test(marker)
    ? Number.parseInt(marker, 10) === Number.parseInt(before, 10) + 1 && marker.at(-1) === before.at(-1)
    : marker === before;
}
