import type { Message, MessagesRequest, SystemBlock, Tool, ToolChoice } from '@streambed/protocol';
import { fromAdditionalFields } from './from-additional-fields.ts';
import { fromRequestBlock, fromSystemBlock, lifetime, withCacheControl } from './from-request-blocks.ts';
import { type Fields, isFields, reading, textOr } from './read.ts';

const request = reading('SB_BAD_REQUEST', 'The Converse request is not one');

/**
 * A Converse or ConverseStream body as a Messages request to `model` (a base id; it tells where `top_k` and thinking
 * stand among the model's own fields). Throws `SB_BAD_REQUEST`, naming the field, for a body that isn't one. What is
 * newer than this is kept in `streambed:converse` blocks and `bedrock.additional_request_fields`.
 */
export function fromConverseRequest(body: unknown, model: string): MessagesRequest {
  const fields = request.fields(body, '');
  const { messages, system, inferenceConfig, toolConfig, additionalModelRequestFields, outputConfig } =
    fields;
  const inference = optional(inferenceConfig, 'inferenceConfig');
  const additional = fromAdditionalFields(
    optional(additionalModelRequestFields, 'additionalModelRequestFields'),
    model,
  );
  const output = toOutput(optional(outputConfig, 'outputConfig'), additional.output_config);
  const bedrock = toBedrock(fields, additional.rest);
  const systemBlocks = request
    .list(system, 'system')
    .map((block, index) => fromSystemBlock(block, `system[${index}]`));
  const { maxTokens, temperature, topP, stopSequences } = inference;
  const stops = request.list(stopSequences, 'inferenceConfig.stopSequences') as string[];
  return {
    model,
    ...(typeof maxTokens === 'number' && { max_tokens: maxTokens }),
    messages: request
      .list(messages, 'messages')
      .map((message, index) => toMessage(message, `messages[${index}]`, model)),
    ...(systemBlocks.length > 0 && { system: withCacheControl(systemBlocks) as SystemBlock[] }),
    ...(typeof temperature === 'number' && { temperature }),
    ...(typeof topP === 'number' && { top_p: topP }),
    ...(stops.length > 0 && { stop_sequences: stops }),
    ...toTools(optional(toolConfig, 'toolConfig'), additional.tools),
    ...(additional.top_k !== undefined && { top_k: additional.top_k }),
    ...(additional.thinking !== undefined && { thinking: additional.thinking }),
    ...(additional.anthropic_beta !== undefined && { anthropic_beta: additional.anthropic_beta }),
    ...(output !== undefined && { output_config: output }),
    ...(Object.keys(bedrock).length > 0 && { bedrock }),
  };
}

function optional(value: unknown, at: string): Fields {
  return value === undefined || value === null ? {} : request.fields(value, at);
}

function toMessage(value: unknown, at: string, model: string): Message {
  const { role, content } = request.fields(value, at);
  if (role !== 'user' && role !== 'assistant' && role !== 'system') {
    return request.fail(`${at}.role`, 'user or assistant');
  }
  const blocks = request
    .list(content, `${at}.content`)
    .map((block, index) => fromRequestBlock(block, `${at}.content[${index}]`, model));
  return { role, content: withCacheControl(blocks) };
}

function toTools(config: Fields, native: readonly Tool[]): Pick<MessagesRequest, 'tools' | 'tool_choice'> {
  const tools: Tool[] = [];
  for (const [index, value] of request.list(config.tools, 'toolConfig.tools').entries()) {
    const at = `toolConfig.tools[${index}]`;
    const tool = request.fields(value, at);
    const last = tools.at(-1);
    if (tool.cachePoint !== undefined) {
      if (last === undefined) return request.fail(at, 'a tool before the cache point');
      const point = lifetime(request.fields(tool.cachePoint, at));
      tools[tools.length - 1] = { ...last, cache_control: { type: 'ephemeral', ...point } };
    } else tools.push(toTool(tool, at));
  }
  tools.push(...native);
  const choice = toToolChoice(optional(config.toolChoice, 'toolConfig.toolChoice'));
  return {
    ...(tools.length > 0 && { tools }),
    ...(choice !== undefined && { tool_choice: choice }),
  };
}

function toTool(tool: Fields, at: string): Tool {
  if (tool.systemTool !== undefined) {
    const { name } = request.fields(tool.systemTool, `${at}.systemTool`);
    return { type: 'streambed:system_tool', name: request.text(name, `${at}.systemTool.name`) };
  }
  const { name, description, inputSchema, strict } = request.fields(tool.toolSpec, `${at}.toolSpec`);
  const schema = request.fields(inputSchema, `${at}.toolSpec.inputSchema`).json;
  return {
    name: request.text(name, `${at}.toolSpec.name`),
    ...(typeof description === 'string' && { description }),
    input_schema: request.fields(schema, `${at}.toolSpec.inputSchema.json`),
    ...(typeof strict === 'boolean' && { strict }),
  };
}

function toToolChoice(choice: Fields): ToolChoice | undefined {
  if (choice.auto !== undefined) return { type: 'auto' };
  if (choice.any !== undefined) return { type: 'any' };
  if (choice.tool === undefined) return undefined;
  const { name } = request.fields(choice.tool, 'toolConfig.toolChoice.tool');
  return { type: 'tool', name: request.text(name, 'toolConfig.toolChoice.tool.name') };
}

function toOutput(config: Fields, native: Fields | undefined): MessagesRequest['output_config'] {
  const effort = textOr(config.effort, undefined);
  const format =
    config.textFormat === undefined ? undefined : toFormat(request.fields(config.textFormat, ''));
  const output = {
    ...native,
    ...(effort !== undefined && { effort }),
    ...(format !== undefined && { format }),
  };
  return Object.keys(output).length === 0 ? undefined : output;
}

function toFormat({ structure }: Fields) {
  const at = 'outputConfig.textFormat.structure.jsonSchema';
  const { schema, name, description } = request.fields(request.fields(structure, at).jsonSchema, at);
  return {
    type: 'json_schema',
    schema: parseSchema(request.text(schema, `${at}.schema`), `${at}.schema`),
    ...(typeof name === 'string' && { name }),
    ...(typeof description === 'string' && { description }),
  };
}

function parseSchema(text: string, at: string): Fields {
  try {
    return request.fields(JSON.parse(text), at);
  } catch {
    return request.fail(at, 'a JSON object as a string');
  }
}

function toBedrock(fields: Fields, additional: Fields): NonNullable<MessagesRequest['bedrock']> {
  const guardrail = optional(fields.guardrailConfig, 'guardrailConfig');
  const { guardrailIdentifier: id, guardrailVersion: version, trace, streamProcessingMode: mode } = guardrail;
  const latency = optional(fields.performanceConfig, 'performanceConfig').latency;
  const tier = optional(fields.serviceTier, 'serviceTier').type;
  const metadata = optional(fields.requestMetadata, 'requestMetadata');
  const paths = request.list(fields.additionalModelResponseFieldPaths, 'additionalModelResponseFieldPaths');
  const variables = Object.entries(optional(fields.promptVariables, 'promptVariables'));
  return {
    ...(typeof id === 'string' && {
      guardrail: {
        id,
        version: request.text(version, 'guardrailConfig.guardrailVersion'),
        ...(isTrace(trace) && { trace }),
        ...((mode === 'sync' || mode === 'async') && { stream_processing_mode: mode }),
      },
    }),
    ...(typeof latency === 'string' && { latency }),
    ...(typeof tier === 'string' && { service_tier: tier }),
    ...(Object.keys(metadata).length > 0 && { request_metadata: metadata as Record<string, string> }),
    ...(paths.length > 0 && { additional_response_field_paths: paths as string[] }),
    ...(variables.length > 0 && {
      prompt_variables: Object.fromEntries(
        variables.map(([name, value]) => [name, textOr(isFields(value) ? value.text : undefined, '')]),
      ),
    }),
    ...(Object.keys(additional).length > 0 && { additional_request_fields: additional }),
  };
}

function isTrace(trace: unknown): trace is 'enabled' | 'disabled' | 'enabled_full' {
  return trace === 'enabled' || trace === 'disabled' || trace === 'enabled_full';
}
