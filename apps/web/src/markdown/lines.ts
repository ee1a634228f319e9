/** What single lines of Markdown begin, outside of quotations and lists. */

export function isBlank(line: string): boolean {
  return line.trim() === '';
}

/** The line that opens a block of code: its marks, and what stands behind them. */
export function fenceOf(line: string): { readonly marks: string; readonly info: string } | undefined {
  const found = /^ {0,3}(?:(`{3,})([^`]*)|(~{3,})(.*))$/.exec(line);
  if (found === null) return undefined;
  return { marks: found[1] ?? found[3] ?? '', info: (found[2] ?? found[4] ?? '').trim() };
}

/** The line that opens a formula of its own, `$$` or `\[`: what closes it, and whether this line does. */
export function mathOf(line: string): { readonly closer: string; readonly closed: boolean } | undefined {
  const found = /^ {0,3}(\$\$|\\\[)(.*)$/.exec(line.trimEnd());
  if (found === null) return undefined;
  const closer = found[1] === '$$' ? '$$' : '\\]';
  const rest = found[2] ?? '';
  const end = rest.indexOf(closer);
  // Words behind its end: it stands in a sentence.
  if (end !== -1 && end + closer.length < rest.length) return undefined;
  return { closer, closed: end !== -1 };
}

/** The marker of a list's item that stands at the line's beginning: `-`, `3.`. */
export function listMarkerOf(line: string): string | undefined {
  const marker = /^([-*+]|\d{1,9}[.)])(?:[ \t]|$)/.exec(line)?.[1];
  return marker !== undefined && !isRule(line) ? marker : undefined;
}

/** Whether two lines begin a table: its head, and `| --- | :-: |` with as many cells. */
export function beginTable(head: string, delimiter: string): boolean {
  return (
    head.includes('|') &&
    delimiter.includes('|') &&
    /^ {0,3}\|?(?:\s*:?-+:?\s*\|)*(?:\s*:?-+:?\s*)?$/.test(delimiter) &&
    cellsOf(head) === cellsOf(delimiter)
  );
}

function cellsOf(row: string): number {
  const inner = row
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '');
  return inner.split(/(?<!\\)\|/).length;
}

function isRule(line: string): boolean {
  return /^ {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$/.test(line);
}
