import type { ToolName } from './called-tool.ts';

/** The one tool of the local shell, as the model is told of it. */
export const localShell = 'local_shell';

/** What the model is told that a tool is called. A function of a namespace bears both names; letters it may not have become `_`. */
export function nameForModel({ name, namespace }: Omit<ToolName, 'kind'>): string {
  return namespace === undefined ? name : `${namespace}__${name}`.replace(/[^A-Za-z0-9_-]/g, '_');
}
