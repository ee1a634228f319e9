import type { Root } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmAutolinkLiteralFromMarkdown } from 'mdast-util-gfm-autolink-literal';
import { gfmFootnoteFromMarkdown } from 'mdast-util-gfm-footnote';
import { gfmStrikethroughFromMarkdown } from 'mdast-util-gfm-strikethrough';
import { gfmTableFromMarkdown } from 'mdast-util-gfm-table';
import { gfmTaskListItemFromMarkdown } from 'mdast-util-gfm-task-list-item';
import { gfmAutolinkLiteral } from 'micromark-extension-gfm-autolink-literal';
import { gfmFootnote } from 'micromark-extension-gfm-footnote';
import { gfmStrikethrough } from 'micromark-extension-gfm-strikethrough';
import { gfmTable } from 'micromark-extension-gfm-table';
import { gfmTaskListItem } from 'micromark-extension-gfm-task-list-item';
import { mathSyntax, mathTree } from './math-syntax.ts';

const extensions = [
  gfmAutolinkLiteral(),
  gfmFootnote(),
  gfmStrikethrough({ singleTilde: false }),
  gfmTable(),
  gfmTaskListItem(),
  mathSyntax,
];
const mdastExtensions = [
  gfmAutolinkLiteralFromMarkdown(),
  gfmFootnoteFromMarkdown(),
  gfmStrikethroughFromMarkdown(),
  gfmTableFromMarkdown(),
  gfmTaskListItemFromMarkdown(),
  mathTree,
];

/** How many trees of finished pieces are kept: what scrolls back into sight is not parsed again. */
const kept = 600;
const trees = new Map<string, Root>();

/** Reads a piece of Markdown. `definitions`: what its links may refer to, from elsewhere in the text. */
export function parse(piece: string, definitions = ''): Root {
  const text = normal(piece) + stubs(piece) + definitions;
  return fromMarkdown(text, { extensions, mdastExtensions });
}

/** The same, remembered. */
export function parseOnce(piece: string, definitions = ''): Root {
  const key = definitions === '' ? piece : `${piece}\0${definitions}`;
  let tree = trees.get(key);
  trees.delete(key);
  tree ??= parse(piece, definitions);
  trees.set(key, tree);
  for (const oldest of trees.keys()) {
    if (trees.size <= kept) break;
    trees.delete(oldest);
  }
  return tree;
}

export function isParsed(piece: string): boolean {
  return trees.has(piece);
}

/** Inside of lists, a formula of its own between `\[` and `\]` is written as it is between dollars. */
function normal(text: string): string {
  return text.includes('\\[') ? text.replace(/^([ \t>]*)\\[[\]][ \t]*$/gm, '$1$$$$') : text;
}

/** Notes are defined at the text's end, far from here; the parser must know that there are such. */
function stubs(text: string): string {
  if (!text.includes('[^')) return '';
  const labels = new Set(Array.from(text.matchAll(/\[\^([^\]\s]+)\](?!:)/g), (found) => found[1]));
  return labels.size === 0 ? '' : `\n\n${[...labels].map((label) => `[^${label}]: .`).join('\n')}`;
}
