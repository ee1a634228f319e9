import type { ContentBlock, Turn } from '@streambed/client';

/** A call of a tool that waits for its result. */
export interface OpenCall {
  readonly id: string;
  readonly name: string;
}

/** The calls that an answer ended on, for whoever asked to run. */
export function openCalls({ answer }: Pick<Turn, 'answer'>): readonly OpenCall[] {
  if (answer.phase !== 'completed') return [];
  const { content } = answer.message;
  const answered = new Set(content.map((block) => fieldsOf(block).tool_use_id));
  return content.flatMap((block) => {
    const { id, name } = fieldsOf(block);
    const open = block?.type === 'tool_use' && typeof id === 'string' && !answered.has(id);
    return open ? [{ id, name: typeof name === 'string' ? name : '' }] : [];
  });
}

function fieldsOf(block: ContentBlock | undefined): Readonly<Record<string, unknown>> {
  return { ...block };
}
