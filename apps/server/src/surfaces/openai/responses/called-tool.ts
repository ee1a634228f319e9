import { itemIdOf, type Place } from './item-ids.ts';
import type { CallItem, ItemStatus, ResponseStep } from './output-types.ts';

/** What a tool is called in the request, and how a call of it is written. */
export interface ToolName {
  readonly kind: 'function' | 'custom' | 'local_shell';
  readonly name: string;
  /** Functions of a namespace go to the model under one name of both. */
  readonly namespace?: string;
}

/** The words in which a call of one tool is answered. */
export class CalledTool {
  readonly #tool: ToolName;

  constructor(tool: ToolName) {
    this.#tool = tool;
  }

  idOf({ responseId, block }: Place): string {
    return itemIdOf(kinds[this.#tool.kind], responseId, block);
  }

  item(id: string, callId: string, text: string, status: ItemStatus): CallItem {
    const { kind, name, namespace } = this.#tool;
    const named = { call_id: callId, name, ...(namespace !== undefined && { namespace }) };
    switch (kind) {
      case 'function':
        return { type: 'function_call', id, ...named, arguments: text, status };
      case 'custom':
        return {
          type: 'custom_tool_call',
          id,
          ...named,
          // Half an input is nothing to show: it is still JSON.
          input: status === 'completed' ? customInput(text) : '',
          status,
        };
      case 'local_shell':
        return {
          type: 'local_shell_call',
          id,
          call_id: callId,
          action: shellAction(status === 'completed' ? text : '{}'),
          status,
        };
    }
  }

  /** A piece of the arguments. Only functions show pieces: the others' inputs are wrapped in JSON. */
  delta(id: string, { output_index }: Place, delta: string, into: ResponseStep[]): void {
    if (this.#tool.kind !== 'function') return;
    into.push({ type: 'response.function_call_arguments.delta', item_id: id, output_index, delta });
  }

  done(item: CallItem, { output_index }: Place, text: string, into: ResponseStep[]): void {
    const at = { item_id: item.id, output_index };
    if (item.type === 'function_call') {
      const { name } = item;
      into.push({ type: 'response.function_call_arguments.done', ...at, name, arguments: text });
    } else if (item.type === 'custom_tool_call') {
      const { input } = item;
      if (input !== '') into.push({ type: 'response.custom_tool_call_input.delta', ...at, delta: input });
      into.push({ type: 'response.custom_tool_call_input.done', ...at, input });
    }
  }
}

/** The field in which a custom tool's free text goes through JSON. */
export const customInputField = 'input';

const kinds = { function: 'fc', custom: 'ctc', local_shell: 'lsh' } as const;

function customInput(text: string): string {
  const fields = fieldsOf(text);
  const input = fields[customInputField];
  // A model that doesn't keep to the one field still said something.
  return typeof input === 'string' ? input : text;
}

function shellAction(text: string): Extract<CallItem, { type: 'local_shell_call' }>['action'] {
  const { command, env, timeout_ms, user, working_directory } = fieldsOf(text);
  return {
    type: 'exec',
    command: Array.isArray(command) ? command.map(String) : typeof command === 'string' ? [command] : [],
    env: typeof env === 'object' && env !== null ? (env as Record<string, string>) : {},
    ...(typeof timeout_ms === 'number' && { timeout_ms }),
    ...(typeof user === 'string' && { user }),
    ...(typeof working_directory === 'string' && { working_directory }),
  };
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
