import type { ReplyBlock } from '../script.ts';
import type { Turn } from '../turn.ts';
import { sumIn } from './exact-answer.ts';

/** What Nova 2's own tools do where a turn has them: a sum for its interpreter, a search that is only played. */
export function systemToolBlocks(turn: Turn, prompt: string): readonly ReplyBlock[] {
  const tools = turn.systemTools ?? [];
  const sum = tools.includes('nova_code_interpreter') ? sumIn(prompt) : undefined;
  if (sum !== undefined)
    return [
      {
        type: 'tool_use',
        name: 'nova_code_interpreter',
        input: { snippet: sum.text },
        result: {
          type: 'nova_code_interpreter_result',
          content: [{ json: { stdOut: String(sum.value), stdErr: '', exitCode: 0, isError: false } }],
        },
      },
    ];
  if (!tools.includes('nova_grounding') || prompt.trim() === '') return [];
  return [
    {
      type: 'tool_use',
      name: 'nova_grounding',
      input: { query: prompt.trim().slice(0, 200) },
      result: { type: 'nova_grounding_result', content: [{ text: '[HIDDEN]' }] },
    },
  ];
}
