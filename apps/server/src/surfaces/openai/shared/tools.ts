import type { JsonSchemaFormat, Tool, ToolChoice } from '@streambed/protocol';
import { heldSchema, type JsonSchema } from './held-schema.ts';

/** A function that the model may call, as both of OpenAI's APIs describe it. */
export interface FunctionTool {
  readonly name: string;
  readonly description?: string | null | undefined;
  readonly parameters?: JsonSchema | null | undefined;
  readonly strict?: boolean | null | undefined;
}

/** A function as a tool. One that is `strict` has its arguments held to its schema, as far as Bedrock can. */
export function toTool({ name, description, parameters, strict }: FunctionTool): Tool {
  const schema = parameters ?? { type: 'object', properties: {} };
  return {
    name,
    ...(description !== undefined && description !== null && { description }),
    input_schema: { type: 'object', ...(strict === true ? heldSchema(schema) : schema) },
    ...(strict === true && { strict }),
  };
}

/** Whether and what to call: `required` is any of the tools, an object one of them by its name. */
export type FunctionChoice = 'auto' | 'none' | 'required' | { readonly name: string };

/** `tool_choice` and `parallel_tool_calls` in one. Nothing where there is nothing to choose. */
export function toToolChoice(
  choice: FunctionChoice | undefined,
  parallel: boolean | null | undefined,
  tools: readonly unknown[],
): ToolChoice | undefined {
  // Without tools only a forced call is an error, and that is for the family to say.
  if (tools.length === 0 && (choice === undefined || choice === 'auto' || choice === 'none'))
    return undefined;
  const one = parallel === false && { disable_parallel_tool_use: true };
  if (choice === 'none') return { type: 'none' };
  if (choice === undefined || choice === 'auto') {
    return choice === undefined && !one ? undefined : { type: 'auto', ...one };
  }
  return choice === 'required' ? { type: 'any', ...one } : { type: 'tool', name: choice.name, ...one };
}

/** A schema that the answer is held to, strict or not: there is only one way to ask for it here. */
export function toFormat({
  name,
  description,
  schema,
}: {
  readonly name?: string | undefined;
  readonly description?: string | null | undefined;
  readonly schema: JsonSchema;
}): JsonSchemaFormat {
  return {
    type: 'json_schema',
    schema: heldSchema(schema),
    ...(name !== undefined && { name }),
    ...(description !== undefined && description !== null && { description }),
  };
}

/** What asks for JSON of no particular schema: no model on Bedrock can be held to that, so it is told. */
export const jsonOnly = 'Answer with one valid JSON object and nothing else: no prose, no code fence.';
