import { parseWith, type Tool, type ToolChoice } from '@streambed/protocol';
import { z } from 'zod';
import { refuse, refuseUnsupported } from '../shared/refuse.ts';
import { type FunctionChoice, toTool, toToolChoice } from '../shared/tools.ts';
import { customInputField, type ToolName } from './called-tool.ts';
import type { ResponseParams } from './params.ts';
import { localShell, nameForModel } from './tool-names.ts';

/** What a request says about tools. */
export interface ToolsPart {
  readonly tools: readonly Tool[];
  readonly choice: ToolChoice | undefined;
  /** What they are called in the request, by what the model is told. */
  readonly names: ReadonlyMap<string, ToolName>;
  readonly dropped: readonly string[];
}

type Listed = readonly { readonly type: string; readonly [field: string]: unknown }[];

const functionTool = z.looseObject({
  name: z.string().min(1).max(128),
  description: z.string().nullish(),
  parameters: z.record(z.string(), z.unknown()).nullish(),
  strict: z.boolean().nullish(),
});

const customTool = z.looseObject({
  name: z.string().min(1).max(128),
  description: z.string().nullish(),
  format: z
    .looseObject({ type: z.string(), syntax: z.string().optional(), definition: z.string().optional() })
    .nullish(),
});

const namespaceTool = z.looseObject({
  name: z.string().min(1).max(128),
  description: z.string().nullish(),
  tools: z.array(z.looseObject({ type: z.string() })),
});

/**
 * Hosted tools that agents list beside their own and can do without. Alone, or forced, they are what the request is
 * about, and refused.
 */
const dispensable = /^(?:web_search|tool_search)/;

/**
 * The tools of a request and of its `additional_tools` items. Functions of a namespace, custom tools and the local shell
 * become functions too. Throws `SB_UNSUPPORTED` for tools that OpenAI hosts.
 */
export function toTools(
  params: Pick<ResponseParams, 'tools' | 'tool_choice' | 'parallel_tool_calls'>,
  additional: Listed = [],
): ToolsPart {
  const listing = new Listing();
  for (const [index, tool] of (params.tools ?? []).entries()) listing.add(tool, `tools[${index}]`);
  for (const tool of additional) listing.add(tool, 'input.tools');
  const { tools, names, without } = listing;
  if (tools.length === 0 && without[0] !== undefined) hosted(without[0].at, without[0].type);
  const { choice, only } = readChoice(params.tool_choice ?? undefined, listing);
  const offered = only === undefined ? tools : tools.filter(({ name }) => only.has(name));
  return {
    tools: offered,
    choice: toToolChoice(choice, params.parallel_tool_calls, offered),
    names,
    dropped: without.map(({ at, type }) => `${at} (${type})`),
  };
}

/** What the tools of a request are called in it: it has been accepted once, so nothing is wrong with it. */
export function toolNames(params: ResponseParams): ToolsPart['names'] {
  const { input } = params;
  const items = typeof input === 'object' ? input : [];
  const additional = items.flatMap(({ type, tools }) =>
    type === 'additional_tools' ? (tools as Listed) : [],
  );
  return toTools(params, additional).names;
}

class Listing {
  readonly tools: Tool[] = [];
  readonly names = new Map<string, ToolName>();
  readonly without: { readonly at: string; readonly type: string }[] = [];

  add(tool: Listed[number], at: string, namespace?: string): void {
    switch (tool.type) {
      case 'function':
        this.#put(toTool(parseWith(functionTool, tool, at)), { kind: 'function' }, namespace);
        break;
      case 'custom':
        this.#put(toCustomTool(parseWith(customTool, tool, at)), { kind: 'custom' }, namespace);
        break;
      case 'local_shell':
        this.#put(shellTool, { kind: 'local_shell' }, undefined);
        break;
      case 'namespace': {
        const { name, tools } = parseWith(namespaceTool, tool, at);
        for (const [index, inner] of tools.entries()) this.add(inner, `${at}.tools[${index}]`, name);
        break;
      }
      default:
        if (!dispensable.test(tool.type)) hosted(at, tool.type);
        this.without.push({ at, type: tool.type });
    }
  }

  #put(tool: Tool, { kind }: Pick<ToolName, 'kind'>, namespace: string | undefined): void {
    const called = { kind, name: tool.name, ...(namespace !== undefined && { namespace }) };
    const name = nameForModel(called);
    // The later one counts, as an agent that lists its tools anew means it.
    const before = this.tools.findIndex((known) => known.name === name);
    if (before >= 0) this.tools.splice(before, 1);
    this.tools.push({ ...tool, name });
    this.names.set(name, called);
  }
}

function hosted(at: string, type: string): never {
  return refuseUnsupported(
    at,
    `the tool ${JSON.stringify(type)} runs at OpenAI and not here. Leave it out, or give the model a function of your own`,
  );
}

/** Free text goes through a function with one field. */
function toCustomTool({ name, description, format }: z.infer<typeof customTool>): Tool {
  const grammar =
    format?.type === 'grammar'
      ? `The ${customInputField} must keep to this ${format.syntax ?? ''} grammar:\n${format.definition ?? ''}`
      : undefined;
  const told = [description, grammar].filter((part) => part !== undefined && part !== null && part !== '');
  return {
    name,
    ...(told.length > 0 && { description: told.join('\n\n') }),
    input_schema: {
      type: 'object',
      properties: { [customInputField]: { type: 'string', description: 'The whole input, as plain text.' } },
      required: [customInputField],
      additionalProperties: false,
    },
  };
}

const shellTool: Tool = {
  name: localShell,
  description: 'Runs a command in a shell on the user’s machine and gives back what it printed.',
  input_schema: {
    type: 'object',
    properties: {
      command: {
        type: 'array',
        items: { type: 'string' },
        description: 'The program and its arguments, such as ["bash", "-lc", "ls"].',
      },
      working_directory: { type: 'string' },
      timeout_ms: { type: 'integer' },
      env: { type: 'object', additionalProperties: { type: 'string' } },
    },
    required: ['command'],
  },
};

interface ReadChoice {
  readonly choice: FunctionChoice | undefined;
  /** Of all tools only these. */
  readonly only?: ReadonlySet<string>;
}

function readChoice(choice: ResponseParams['tool_choice'], listing: Listing): ReadChoice {
  if (choice === undefined || choice === null || typeof choice === 'string') {
    return { choice: choice ?? undefined };
  }
  if (choice.type !== 'allowed_tools') return { choice: { name: namedTool(choice, 'tool_choice', listing) } };
  const { mode, tools } = choice;
  if (!Array.isArray(tools)) return refuse('tool_choice.tools', 'expected a list of tools');
  const named = tools.flatMap((tool, index) => {
    const at = `tool_choice.tools[${index}]`;
    const { type } = parseWith(z.looseObject({ type: z.string() }), tool, at);
    return dispensable.test(type) ? [] : [namedTool({ ...(tool as object), type }, at, listing)];
  });
  return { choice: mode === 'required' ? 'required' : 'auto', only: new Set(named) };
}

function namedTool(
  choice: { readonly type: string; readonly [field: string]: unknown },
  at: string,
  listing: Listing,
): string {
  const { type, name, namespace } = choice;
  if (type === 'local_shell' && listing.names.has(localShell)) return localShell;
  if (type !== 'function' && type !== 'custom') return hosted(at, type);
  if (typeof name !== 'string') return refuse(`${at}.name`, 'expected the name of a tool');
  const found = nameForModel({ name, ...(typeof namespace === 'string' && { namespace }) });
  if (!listing.names.has(found)) return refuse(`${at}.name`, `there is no tool ${JSON.stringify(name)}`);
  return found;
}
