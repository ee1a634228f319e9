import { validationError } from '../errors.ts';
import type { JsonObject, Tool, Turn } from '../turn.ts';
import type { Problems } from './problems.ts';

const toolName = /^[a-zA-Z0-9_-]{1,128}$/;
// Tools whose schema the model knows; server tools aren't there on bedrock-runtime.
const knownTypes = /^(bash|text_editor|computer|memory|tool_search_tool_[a-z0-9]+)_\d{8}$/;

export function readTools(value: unknown, problems: Problems): readonly Tool[] {
  if (value === undefined) return [];
  const tools = (problems.list(['tools'], value) ?? []).flatMap((item, place) => {
    const path = ['tools', place];
    const tool = problems.fields(path, item);
    if (tool === undefined) return [];
    const known = typeof tool.type === 'string' && knownTypes.test(tool.type);
    if (tool.type !== undefined && !known) problems.oneOf([...path, 'type'], tool.type, ['custom']);
    if (known) return [{ name: String(tool.name), description: '', inputSchema: {} }];

    problems.keys(
      path,
      tool,
      ['name', 'input_schema'],
      [
        'type',
        'description',
        'cache_control',
        'strict',
        'input_examples',
        'defer_loading',
        'eager_input_streaming',
      ],
    );
    const name = tool.name === undefined ? undefined : problems.text([...path, 'name'], tool.name);
    if (name !== undefined && !toolName.test(name))
      problems.wrong([...path, 'name'], `string [${name}] does not match pattern ${toolName.source}`);
    const schema =
      tool.input_schema === undefined
        ? undefined
        : problems.fields([...path, 'input_schema'], tool.input_schema);
    if (schema !== undefined) problems.oneOf([...path, 'input_schema', 'type'], schema.type, ['object']);
    return [
      {
        name: name ?? '',
        description: typeof tool.description === 'string' ? tool.description : '',
        inputSchema: (schema ?? {}) as JsonObject,
      },
    ];
  });
  const names = tools.map(({ name }) => name);
  // Anthropic's own text, which Bedrock passes on.
  if (new Set(names).size !== names.length) throw validationError('tools: Tool names must be unique.');
  return tools;
}

export function readToolChoice(
  value: unknown,
  tools: readonly Tool[],
  problems: Problems,
): Turn['toolChoice'] {
  if (value === undefined) return { type: 'auto' };
  const choice = problems.fields(['tool_choice'], value);
  if (choice === undefined) return { type: 'auto' };
  const type = problems.oneOf(['tool_choice', 'type'], choice.type, ['auto', 'any', 'tool', 'none']);
  if (type === undefined) return { type: 'auto' };
  problems.keys(['tool_choice'], choice, type === 'tool' ? ['type', 'name'] : ['type'], [
    'disable_parallel_tool_use',
  ]);
  // No source has Bedrock's words for a choice without tools, or of a tool that isn't there.
  if (tools.length === 0 && type !== 'none')
    problems.wrong(['tool_choice'], 'may only be specified while providing tools');
  if (type !== 'tool') return { type };
  const name = problems.text(['tool_choice', 'name'], choice.name) ?? '';
  if (!tools.some((tool) => tool.name === name))
    problems.wrong(['tool_choice', 'name'], `${name} is not one of the tools`);
  return { type, name };
}
