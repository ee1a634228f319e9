import type { Extension as FromMarkdown } from 'mdast-util-from-markdown';
import { mathFromMarkdown } from 'mdast-util-math';
import { math } from 'micromark-extension-math';
import type { Code, Construct, Extension, State, Tokenizer } from 'micromark-util-types';

declare module 'mdast-util-math' {
  interface InlineMathData {
    /** It stands on a line of its own. */
    display?: boolean;
  }
}

declare module 'micromark-util-types' {
  interface TokenTypeMap {
    formula: 'formula';
    formulaPart: 'formulaPart';
  }
}

const dollar = 36;
const backslash = 92;

/**
 * Formulas in a line: `$…$`, `$$…$$`, and `\(…\)`, `\[…\]` as many models write them. A dollar opens one only where no
 * space follows, and closes it only where none is before and no letter or digit behind: prices stay prices.
 */
const inDollars: Construct = {
  name: 'formula',
  tokenize: tokenizer((opened) => {
    const marks = /^\${1,2}(?!\$)/.exec(opened)?.[0];
    if (marks === undefined) return opened.length < 3 && /^\$*$/.test(opened) ? 'more' : 'none';
    return { closer: marks, accepts: marks === '$' ? isFormula : (body) => body.trim() !== '' };
  }),
  previous(code) {
    return code !== dollar;
  },
};

const inBrackets: Construct = {
  name: 'formula',
  tokenize: tokenizer((opened) => {
    if (opened === '\\') return 'more';
    if (opened.startsWith('\\(')) return { closer: '\\)', accepts: (body) => body.trim() !== '' };
    // Brackets may be escaped for other reasons.
    if (opened.startsWith('\\[')) return { closer: '\\]', accepts: (body) => /[\\^_=+<>{}]|\d/.test(body) };
    return 'none';
  }),
};

interface Opened {
  readonly closer: string;
  accepts(body: string, next: string): boolean;
}

/** `open` is asked with the first characters until it knows what they open. */
function tokenizer(open: (start: string) => Opened | 'more' | 'none'): Tokenizer {
  return (effects, ok, nok) => {
    let text = '';
    let opened: Opened | undefined;
    let bodyStart = 0;
    let inPart = false;

    const start: State = (code) => {
      effects.enter('formula');
      return step(code);
    };
    /** A token may not be empty, and no line ending stands within one. */
    const part = (open: boolean) => {
      if (open === inPart) return;
      inPart = open;
      if (open) effects.enter('formulaPart');
      else effects.exit('formulaPart');
    };
    const step: State = (code) => {
      if (opened === undefined && text !== '') {
        const found = open(text + charOf(code));
        if (found === 'none') return nok(code);
        if (found !== 'more') {
          opened = found;
          bodyStart = found.closer.length;
        }
      }
      if (opened !== undefined && text.length > bodyStart && text.endsWith(opened.closer)) {
        const body = text.slice(bodyStart, -opened.closer.length);
        if (opened.accepts(body, charOf(code))) {
          part(false);
          effects.exit('formula');
          return ok(code);
        }
      }
      if (code === null) return nok(code);
      text += charOf(code);
      const ending = code < -2;
      part(!ending);
      if (ending) effects.enter('lineEnding');
      effects.consume(code);
      if (ending) effects.exit('lineEnding');
      return step;
    };
    return start;
  };
}

/** Line endings and tabs have negative codes. */
function charOf(code: Code): string {
  if (code === null) return '';
  return code < -2 ? '\n' : code < 0 ? ' ' : String.fromCodePoint(code);
}

function isFormula(body: string, next: string): boolean {
  if (body === '' || /^\s|\s$|\$$/.test(body) || /\w/.test(next)) return false;
  // "$5, which is less than 6$": words without a command are no formula that begins with a number.
  return !/^\d/.test(body) || body.includes('\\') || !/[a-z]{3}/i.test(body);
}

export const mathSyntax: Extension = {
  // A block of `$$` inside of lists and quotations.
  flow: math().flow ?? {},
  text: { [dollar]: inDollars, [backslash]: inBrackets },
};

const { enter, exit } = mathFromMarkdown();

export const mathTree: FromMarkdown = {
  enter: {
    ...enter,
    formula(token) {
      const source = this.sliceSerialize(token);
      const marks = source.startsWith('$$') ? 2 : source.startsWith('$') ? 1 : 2;
      const display = source.startsWith('$$') || source.startsWith('\\[');
      const value = source.slice(marks, -marks).trim();
      this.enter({ type: 'inlineMath', value, data: { display } }, token);
    },
  },
  exit: {
    ...exit,
    formula(token) {
      this.exit(token);
    },
  },
};
