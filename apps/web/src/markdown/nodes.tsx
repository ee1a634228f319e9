import type { BlockContent, DefinitionContent, List, ListItem, Nodes, Root, RootContent } from 'mdast';
import type { InlineMath, Math as MathBlock } from 'mdast-util-math';
import { Fragment, type ReactNode } from 'react';
import { texts } from '../texts.ts';
import { withCitations } from './citation-mark.tsx';
import { CodeBlock } from './code-block.tsx';
import { Formula } from './formula.tsx';
import { Link, Picture } from './links.tsx';
import { NoteMark } from './notes.tsx';
import { Cells, TableFrame } from './table.tsx';

/** What is known beside a node itself. */
export interface Look {
  /** More of it is to come. */
  readonly live: boolean;
  /** Its list goes on from the piece before. */
  readonly joined?: boolean;
  /** What its links by name refer to. */
  readonly addresses?: ReadonlyMap<string, string>;
}

/** Shows a piece's tree. */
export function renderTree(tree: Root, look: Look): ReactNode {
  const definitions = tree.children.filter((node) => node.type === 'definition');
  const addresses = new Map(definitions.map(({ identifier, url }) => [identifier, url]));
  return renderNodes(tree.children, { ...look, addresses });
}

/**
 * Turns nodes into elements. Each kind has its element here and no other: nothing that a model writes can make one that
 * isn't in this list. HTML is shown as the text it is.
 */
export function renderNodes(nodes: readonly Nodes[], look: Look): ReactNode {
  return nodes.map((node, place) => (
    // A tail grows at its end and everything else is finished: places are names.
    // biome-ignore lint/suspicious/noArrayIndexKey: see above.
    <Fragment key={place}>{renderNode(node as RootContent | MathBlock | InlineMath, look)}</Fragment>
  ));
}

function renderNode(node: RootContent | MathBlock | InlineMath, look: Look): ReactNode {
  switch (node.type) {
    case 'text':
      return withCitations(node.value);
    case 'paragraph':
      return <p>{renderNodes(node.children, look)}</p>;
    case 'heading':
      return <Heading depth={node.depth}>{renderNodes(node.children, look)}</Heading>;
    case 'emphasis':
      return <em>{renderNodes(node.children, look)}</em>;
    case 'strong':
      return <strong>{renderNodes(node.children, look)}</strong>;
    case 'delete':
      return <del>{renderNodes(node.children, look)}</del>;
    case 'blockquote':
      return <blockquote>{renderNodes(node.children, look)}</blockquote>;
    case 'inlineCode':
      return <code>{node.value}</code>;
    case 'break':
      return <br />;
    case 'thematicBreak':
      return <hr />;
    case 'code':
      return <CodeBlock code={node.value} language={node.lang ?? ''} live={look.live} />;
    case 'math':
      return <Formula tex={node.value} display />;
    case 'inlineMath':
      return <Formula tex={node.value} display={node.data?.display === true} />;
    case 'list':
      return renderList(node, look);
    case 'table':
      return (
        <TableFrame>
          {node.children.map((row, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: as above.
            <Cells key={at} row={row} align={node.align} head={at === 0} look={look} />
          ))}
        </TableFrame>
      );
    case 'link':
      return <Link address={node.url}>{renderNodes(node.children, look)}</Link>;
    case 'linkReference':
      return (
        <Link address={look.addresses?.get(node.identifier) ?? ''}>{renderNodes(node.children, look)}</Link>
      );
    case 'image':
      return <Picture address={node.url} alt={node.alt ?? ''} />;
    case 'imageReference':
      return <Picture address={look.addresses?.get(node.identifier) ?? ''} alt={node.alt ?? ''} />;
    case 'footnoteReference':
      return <NoteMark label={node.identifier} />;
    case 'html':
      return <Html text={node.value} />;
    // Notes stand at the end of the answer; the others show nothing, or stand inside of what is shown above.
    case 'footnoteDefinition':
    case 'definition':
    case 'yaml':
    case 'listItem':
    case 'tableRow':
    case 'tableCell':
      return null;
  }
}

/** One level below the page's own heading. */
function Heading({ depth, children }: { readonly depth: number; readonly children: ReactNode }) {
  const Element = (['h2', 'h3', 'h4', 'h5', 'h6'] as const)[Math.min(depth, 5) - 1] ?? 'h6';
  return <Element data-depth={depth}>{children}</Element>;
}

function renderList(list: List, look: Look): ReactNode {
  const className = look.joined === true ? 'joined' : undefined;
  const inside: Look = { ...look, joined: false };
  const items = list.children.map((item, place) => {
    const task = typeof item.checked === 'boolean';
    return (
      // biome-ignore lint/suspicious/noArrayIndexKey: a list only grows at its end.
      <li key={place} className={task ? 'task' : undefined}>
        {task && <Task done={item.checked === true} />}
        {renderItem(item, list, inside)}
      </li>
    );
  });
  if (!list.ordered) return <ul className={className}>{items}</ul>;
  return (
    <ol className={className} start={list.start ?? 1}>
      {items}
    </ol>
  );
}

/** In a tight list a paragraph is only its text. */
function renderItem(item: ListItem, list: List, look: Look): ReactNode {
  const loose = list.spread === true || item.spread === true;
  return item.children.map((child: BlockContent | DefinitionContent, place) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: as above.
    <Fragment key={place}>
      {!loose && child.type === 'paragraph' ? renderNodes(child.children, look) : renderNode(child, look)}
    </Fragment>
  ));
}

/** The only input Markdown has. */
function Task({ done }: { readonly done: boolean }) {
  return (
    <input
      type="checkbox"
      disabled
      checked={done}
      readOnly
      aria-label={texts.blocks.task[done ? 'done' : 'open']}
    />
  );
}

/** The one piece of HTML that Markdown has no word for inside a table: it breaks the line. */
function Html({ text }: { readonly text: string }) {
  return /^<br\s*\/?>$/i.test(text) ? <br /> : <span className="whitespace-pre-wrap">{text}</span>;
}
