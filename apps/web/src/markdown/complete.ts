import remend from 'remend';

/**
 * A piece that is still being written, as it will most likely read: what was opened is closed, and what can't be told
 * yet (a lone `-`: a list or a heading's underline?) waits for its next token.
 */
export function complete(text: string): string {
  return remend(withoutRiddles(text), {
    linkMode: 'text-only',
    katex: false,
    inlineKatex: false,
    setextHeadings: false,
    htmlTags: false,
  });
}

function withoutRiddles(text: string): string {
  const lineStart = text.lastIndexOf('\n') + 1;
  const line = text.slice(lineStart);
  // Marks alone: a rule, a list, a heading, a fence, a quotation, an underline? Or the head of a table, until there is more.
  const marks = /^\s*(?:[-=*_+#>|~`:$\\[\]!\s]+|\d{1,9}[.)]?)$/.test(line);
  if (text !== '' && (marks || line.startsWith('|')))
    return withoutRiddles(text.slice(0, lineStart).trimEnd());
  // A formula that has begun; a dollar before a digit is a price.
  const formula =
    /(?:\\\((?![\s\S]*\\\))|\\\[(?![\s\S]*\\\])|(?<![\w$\\])\$(?=[^\s\d$])[^$\n]{0,200})[^\n]*$/.exec(text);
  return formula === null ? text : text.slice(0, formula.index);
}
