interface Node {
  type: string;
  value?: string;
  children?: Node[];
}

/** The one piece of HTML that Markdown has no word for inside a table: `<br>` breaks the line. A remark plugin. */
export function lineBreaks(): (tree: Node) => void {
  const walk = (node: Node) => {
    for (const child of node.children ?? []) {
      if (child.type === 'html' && /^<br\s*\/?>$/i.test(child.value ?? '')) {
        child.type = 'break';
        delete child.value;
      } else walk(child);
    }
  };
  return walk;
}
