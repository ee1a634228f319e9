import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { docsDir, readmePath } from './paths.ts';

/** A part of the docs under one heading. */
export interface DocSection {
  readonly title: string;
  /** Markdown, without the heading. */
  readonly text: string;
}

/** Streambed's own docs for the demo model to quote. What isn't there is left out; nothing is an error. */
export function loadDemoDocs(): readonly DocSection[] {
  return [readmePath, ...pages()].flatMap((path) => splitSections(read(path)));
}

function pages(): readonly string[] {
  try {
    return readdirSync(docsDir)
      .filter((name) => name.endsWith('.md') && name !== 'README.md')
      .sort()
      .map((name) => join(docsDir, name));
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Cuts Markdown at its headings. A `#` inside a code block is none. */
export function splitSections(markdown: string): readonly DocSection[] {
  const sections: DocSection[] = [];
  let title = '';
  let lines: string[] = [];
  let inCode = false;
  const close = () => {
    const text = lines.join('\n').trim();
    if (title !== '' && text !== '') sections.push({ title, text });
    lines = [];
  };
  for (const line of markdown.split(/\r?\n/)) {
    if (/^\s*(```|~~~)/.test(line)) inCode = !inCode;
    const heading = inCode ? undefined : /^#{1,4}\s+(.+?)\s*#*$/.exec(line)?.[1];
    if (heading === undefined) {
      lines.push(line);
    } else {
      close();
      title = heading;
    }
  }
  close();
  return sections;
}
