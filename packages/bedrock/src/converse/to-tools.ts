import type { MessagesRequest, Tool, ToolChoice } from '@streambed/protocol';
import { isFields } from './read.ts';
import type * as converse from './types.ts';
import { refuse, unsupported, type Writing } from './writing.ts';

/** What a request says about tools, as Converse takes it. */
export interface ToolsPart {
  /** Without the stand-ins that {@link withStandIns} adds. */
  readonly config: converse.ConverseToolConfig | undefined;
  /** Tools that Claude knows by type (`bash_20250124`): they go into `additionalModelRequestFields`. */
  readonly native: readonly Readonly<Record<string, unknown>>[];
}

/**
 * The request's tools. `tool_choice: none` doesn't exist in Converse: the tools are left out, which says the same.
 * Throws `SB_UNSUPPORTED` for what the model can't do with tools.
 */
export function toTools(request: MessagesRequest, writing: Writing): ToolsPart {
  const tools = request.tools ?? [];
  const choice = request.tool_choice;
  if (tools.length === 0) {
    if (choice !== undefined && choice.type !== 'none' && choice.type !== 'auto') {
      refuse('tool_choice', 'there are no tools to choose from');
    }
    return { config: undefined, native: [] };
  }
  if (choice?.type === 'none') return { config: undefined, native: [] };
  if (writing.model.facts?.tools === false) unsupported('tools', `${writing.model.id} takes no tools`);
  const names = tools.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) refuse('tools', `there are two tools ${JSON.stringify(twice)}`);
  const out: converse.ConverseTool[] = [];
  const native: Readonly<Record<string, unknown>>[] = [];
  for (const [index, tool] of tools.entries()) {
    const at = `tools[${index}]`;
    const written = toTool(tool, at, writing);
    if ('native' in written) native.push(written.native);
    else {
      out.push(written);
      pushCachePoint(out, tool, at, writing);
    }
  }
  const toolChoice = toToolChoice(request, choice, writing);
  return {
    config: out.length === 0 ? undefined : { tools: out, ...(toolChoice && { toolChoice }) },
    native,
  };
}

/**
 * Converse refuses tool calls and results in a conversation whose request names no tools. Where the caller sends none
 * (any more), the tools that were called stand in, by name alone.
 */
export function withStandIns(
  config: converse.ConverseToolConfig | undefined,
  messages: readonly converse.ConverseMessage[],
  tools: readonly Tool[],
  writing: Writing,
): converse.ConverseToolConfig | undefined {
  if (config !== undefined) return config;
  const calls = messages.flatMap(({ content }) =>
    content.flatMap((block) => ('toolUse' in block ? [block.toolUse] : [])),
  );
  const called = calls.filter(({ type }) => type !== 'server_tool_use').map(({ name }) => name);
  const ranThere = calls.filter(({ type }) => type === 'server_tool_use').map(({ name }) => name);
  if (calls.length === 0) return undefined;
  if (writing.model.facts?.tools === false)
    unsupported('messages', `${writing.model.id} takes no tool calls`);
  const known = tools.filter((tool) => called.includes(writing.tools.toWire(tool.name)) && isOurs(tool));
  const specs: converse.ConverseTool[] = known.map((tool) => toolSpec(tool, 'tools', writing));
  const missing = new Set(called).difference(new Set(known.map((tool) => writing.tools.toWire(tool.name))));
  for (const name of missing)
    specs.push({ toolSpec: { name, inputSchema: { json: { type: 'object', properties: {} } } } });
  for (const name of new Set(ranThere)) specs.push({ systemTool: { name } });
  return { tools: specs };
}

function isOurs(tool: Tool): boolean {
  return tool.type === undefined || tool.type === null || tool.type === 'custom';
}

function toTool(
  tool: Tool,
  at: string,
  writing: Writing,
): converse.ConverseTool | { readonly native: Readonly<Record<string, unknown>> } {
  if (isOurs(tool)) return toolSpec(tool, at, writing);
  if (tool.type === 'streambed:system_tool') {
    if (!writing.quirks.systemTools) unsupported(at, `${writing.model.id} has no system tools`);
    return { systemTool: { name: tool.name } };
  }
  if (!writing.quirks.nativeFields || !runsAtCaller.test(tool.type ?? '')) {
    unsupported(`${at}.type`, `${JSON.stringify(tool.type)} is not to be had here on ${writing.model.id}`);
  }
  if (tool.cache_control) writing.drop(`${at}.cache_control`);
  const { cache_control: _, ...native } = tool;
  return { native };
}

/** Claude's own tools that the caller runs. Those that Anthropic's servers run are not on Bedrock. */
const runsAtCaller = /^(?:bash|text_editor|computer|memory)_\d+$/;

function toolSpec(tool: Tool, at: string, writing: Writing) {
  const { name, description, input_schema: schema, strict, type: _, cache_control: __, ...others } = tool;
  for (const field of Object.keys(others)) writing.drop(`${at}.${field}`);
  return {
    toolSpec: {
      name: writing.tools.toWire(name),
      ...(description !== undefined && description.trim() !== '' && { description }),
      inputSchema: { json: objectSchema(schema) },
      ...(strict !== undefined && { strict }),
    },
  };
}

/** Converse wants an object's schema that says so. */
function objectSchema(schema: unknown): unknown {
  if (!isFields(schema)) return { type: 'object', properties: {} };
  return schema.type === undefined ? { type: 'object', ...schema } : schema;
}

function pushCachePoint(out: converse.ConverseTool[], tool: Tool, at: string, writing: Writing): void {
  if (!tool.cache_control) return;
  if (!writing.quirks.cacheTools) {
    writing.drop(`${at}.cache_control`);
    return;
  }
  writing.pushCachePoint(out, tool.cache_control, `${at}.cache_control`);
}

function toToolChoice(
  request: MessagesRequest,
  choice: ToolChoice | undefined,
  writing: Writing,
): converse.ConverseToolChoice | undefined {
  if (choice === undefined) return undefined;
  if (choice.disable_parallel_tool_use !== undefined) writing.drop('tool_choice.disable_parallel_tool_use');
  if (choice.type === 'auto' || choice.type === 'none') {
    return writing.quirks.autoToolChoice ? { auto: {} } : undefined;
  }
  if (!writing.quirks.forcedToolChoice.includes(choice.type)) {
    unsupported('tool_choice', `${writing.model.id} can't be made to call a tool with "${choice.type}"`);
  }
  const thinks = request.thinking?.type === 'enabled' || request.thinking?.type === 'adaptive';
  if (thinks && !writing.quirks.forcedWhileThinking) {
    unsupported('tool_choice', 'this model thinks or is made to call a tool, not both: switch thinking off');
  }
  if (choice.type === 'any') return { any: {} };
  const name = choice.name ?? refuse('tool_choice.name', 'expected the name of a tool');
  if (!request.tools?.some((tool) => tool.name === name)) {
    refuse('tool_choice.name', `there is no tool ${JSON.stringify(name)}`);
  }
  return { tool: { name: writing.tools.toWire(name) } };
}
