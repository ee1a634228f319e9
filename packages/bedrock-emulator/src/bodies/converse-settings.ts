import type { ModelFacts } from '@streambed/model-facts';
import { AwsError, validationError } from '../errors.ts';
import type { JsonObject, Tool, Turn } from '../turn.ts';
import { type Constraints, structure, union, wrongFormat } from './constraints.ts';
import { namePattern } from './converse-blocks.ts';
import type { ConverseDialect } from './converse-dialect.ts';
import { type BlockReader, readCachePoint, readGuarded, readText } from './converse-parts.ts';
import { type Fields, isFields } from './problems.ts';

export interface Inference {
  readonly maxTokens: number | undefined;
  readonly temperature: number | undefined;
  readonly topP: number | undefined;
  readonly stopSequences: readonly string[];
}

/** The words are AWS's for fields a model doesn't have (reported, recorded for `s3Uri`). */
export function refusedField(path: string): Error {
  const name = path.split('.').at(-1);
  return validationError(`This model doesn't support the ${path} field. Remove ${name} and try again.`);
}

export function readInference(
  value: unknown,
  model: ModelFacts,
  dialect: ConverseDialect,
  constraints: Constraints,
): Inference {
  const place = ['inferenceConfig'];
  const config = structure(place, value, ['maxTokens', 'temperature', 'topP', 'stopSequences']) ?? {};
  const maxTokens = constraints.number([...place, 'maxTokens'], config.maxTokens, 1);
  if (maxTokens !== undefined && !Number.isInteger(maxTokens))
    throw wrongFormat([...place, 'maxTokens'], 'integer');
  const temperature = constraints.number([...place, 'temperature'], config.temperature, 0, 1);
  const topP = constraints.number([...place, 'topP'], config.topP, 0, 1);
  const stopSequences = constraints
    .list([...place, 'stopSequences'], config.stopSequences, 0, 2500)
    .flatMap((item, nth) => constraints.text([...place, 'stopSequences', nth], item, { min: 1 }) ?? []);
  constraints.throwIfAny();
  if (dialect.kind === 'qwen' && stopSequences.length > 0) throw refusedField('stopSequences');
  if (maxTokens !== undefined && model.maxOutput !== undefined && maxTokens > model.maxOutput)
    // Reported.
    throw validationError(
      `The maximum tokens you requested exceeds the model limit of ${model.maxOutput}. Try again with a maximum tokens value that is lower than ${model.maxOutput}.`,
    );
  return { maxTokens, temperature, topP, stopSequences };
}

export function readSystem(value: unknown, model: ModelFacts, reader: BlockReader): readonly SystemBlock[] {
  const blocks = reader.constraints.list(['system'], value).map((item, nth): SystemBlock => {
    const place = ['system', nth];
    const [kind, block] = union(place, item, 'SystemContentBlock', ['text', 'guardContent', 'cachePoint']);
    const at = [...place, kind];
    if (kind === 'cachePoint') return { text: '', mark: readCachePoint(at, block, reader).ttl };
    if (kind === 'guardContent') return { text: readGuarded(at, block, reader) };
    return { text: readText(at, block, reader) };
  });
  if (blocks.length > 0 && model.systemPrompt === false)
    // Reported.
    throw validationError(
      "This model doesn't support system messages. Try again with a request that doesn't include system messages.",
    );
  return blocks;
}

/** A text, or with `mark` the end of what is cached. */
export interface SystemBlock {
  readonly text: string;
  readonly mark?: '5m' | '1h';
}

export interface ToolConfig {
  readonly given: boolean;
  readonly tools: readonly Tool[];
  readonly systemTools: readonly string[];
  readonly choice: Turn['toolChoice'];
  readonly blocks: readonly SystemBlock[];
}

export function readToolConfig(
  value: unknown,
  model: ModelFacts,
  dialect: ConverseDialect,
  streaming: boolean,
  reader: BlockReader,
): ToolConfig {
  const { constraints } = reader;
  const config = structure(['toolConfig'], value, ['tools', 'toolChoice']);
  if (config === undefined)
    return { given: false, tools: [], systemTools: [], choice: { type: 'auto' }, blocks: [] };
  const tools: Tool[] = [];
  const systemTools: string[] = [];
  const blocks: SystemBlock[] = [];
  if (config.tools === undefined || config.tools === null)
    constraints.broken(['toolConfig', 'tools'], 'not be null');
  for (const [nth, item] of constraints.list(['toolConfig', 'tools'], config.tools, 1).entries()) {
    const place = ['toolConfig', 'tools', nth];
    const [kind, tool] = union(place, item, 'Tool', ['toolSpec', 'systemTool', 'cachePoint']);
    const at = [...place, kind];
    if (kind === 'cachePoint') blocks.push({ text: '', mark: readCachePoint(at, tool, reader).ttl });
    else if (kind === 'systemTool') {
      const name = constraints.text([...at, 'name'], structure(at, tool, ['name'])?.name, {
        min: 1,
        max: 64,
        pattern: namePattern,
      });
      if (name !== undefined) systemTools.push(name);
      blocks.push({ text: JSON.stringify(tool) });
    } else {
      tools.push(readTool(at, tool, constraints));
      blocks.push({ text: JSON.stringify(tool) });
    }
  }
  const choice = readChoice(config.toolChoice, tools, dialect, model, constraints);
  constraints.throwIfAny();

  if (model.tools === false) throw validationError("This model doesn't support tool use.");
  if (streaming && model.toolsWhileStreaming === false)
    throw validationError("This model doesn't support tool use in streaming mode.");
  const known = /nova-2/.test(model.id) ? ['nova_grounding', 'nova_code_interpreter'] : [];
  // No source has the words for tools that aren't there.
  if (systemTools.some((name) => !known.includes(name))) throw refusedField('toolConfig.tools.systemTool');
  const names = tools.map(({ name }) => name);
  const twice = names.find((name, nth) => names.indexOf(name) !== nth);
  // The form is the one for duplicate ids.
  if (twice !== undefined)
    throw validationError(`The tools at toolConfig.tools contain duplicate names: ${twice}`);
  return { given: true, tools, systemTools, choice, blocks };
}

function readTool(place: readonly (string | number)[], value: unknown, constraints: Constraints): Tool {
  const spec = structure(place, value, ['name', 'description', 'inputSchema', 'strict']) ?? {};
  const name = constraints.text([...place, 'name'], spec.name, { min: 1, max: 64, pattern: namePattern });
  const description = constraints.text([...place, 'description'], spec.description, {
    optional: true,
    min: 1,
  });
  if (spec.inputSchema === undefined || spec.inputSchema === null)
    constraints.broken([...place, 'inputSchema'], 'not be null');
  const schema = structure([...place, 'inputSchema'], spec.inputSchema, ['json'])?.json;
  if (schema !== undefined && !isFields(schema))
    throw wrongFormat([...place, 'inputSchema', 'json'], 'object');
  // Reported: the schema's type must be an object's.
  if (isFields(schema) && schema.type !== 'object')
    throw validationError(
      `The value at ${place.join('.')}.inputSchema.json.type must be one of the following: object.`,
    );
  return { name: name ?? '', description: description ?? '', inputSchema: (schema ?? {}) as JsonObject };
}

function readChoice(
  value: unknown,
  tools: readonly Tool[],
  dialect: ConverseDialect,
  model: ModelFacts,
  constraints: Constraints,
): Turn['toolChoice'] {
  if (value === undefined || value === null) return { type: 'auto' };
  const place = ['toolConfig', 'toolChoice'];
  const [type, choice] = union(place, value, 'ToolChoice', ['auto', 'any', 'tool']);
  const fields: Fields = structure([...place, type], choice, type === 'tool' ? ['name'] : []) ?? {};
  const refused =
    model.toolChoice === false ||
    ['llama', 'cohere', 'jamba', 'palmyra'].includes(dialect.kind) ||
    (dialect.kind === 'mistral' && type === 'tool');
  if (refused && (type !== 'auto' || !['mistral'].includes(dialect.kind)))
    throw refusedField(`toolConfig.toolChoice.${type}`);
  if (type !== 'tool') return { type: type as 'auto' | 'any' };
  const name = constraints.text([...place, 'tool', 'name'], fields.name, {
    min: 1,
    max: 64,
    pattern: namePattern,
  });
  if (name !== undefined && !tools.some((tool) => tool.name === name))
    // No source has the words.
    throw validationError(
      `The tool ${name} at toolConfig.toolChoice.tool is not defined in toolConfig.tools. Define the tool and try again.`,
    );
  return { type: 'tool', name: name ?? '' };
}

const efforts = ['low', 'medium', 'high', 'xhigh', 'max'] as const;

/** A model whose efforts aren't known may take any. */
function takesEffort({ thinking }: ModelFacts, effort: (typeof efforts)[number]): boolean {
  if (thinking?.supported !== true) return false;
  if (thinking.effort !== undefined && !thinking.effort.includes(effort)) return false;
  const most = (efforts as readonly (string | undefined)[]).indexOf(thinking.converseEffortMax);
  return most === -1 || efforts.indexOf(effort) <= most;
}

/** The schema an answer must follow. */
export function readOutput(
  value: unknown,
  model: ModelFacts,
  constraints: Constraints,
): JsonObject | undefined {
  const config = structure(['outputConfig'], value, ['textFormat', 'effort']);
  if (config === undefined) return undefined;
  if (config.effort !== undefined && config.effort !== null) {
    const effort = constraints.oneOf(['outputConfig', 'effort'], config.effort, efforts);
    constraints.throwIfAny();
    if (effort !== undefined && !takesEffort(model, effort)) throw refusedField('outputConfig.effort');
  }
  const format = structure(['outputConfig', 'textFormat'], config.textFormat, ['type', 'structure']);
  if (format === undefined) return undefined;
  const place = ['outputConfig', 'textFormat'];
  constraints.oneOf([...place, 'type'], format.type, ['json_schema']);
  const [, definition] = union([...place, 'structure'], format.structure, 'OutputFormatStructure', [
    'jsonSchema',
  ]);
  const at = [...place, 'structure', 'jsonSchema'];
  const fields = structure(at, definition, ['schema', 'name', 'description']) ?? {};
  const text = constraints.text([...at, 'schema'], fields.schema, { min: 1 });
  constraints.text([...at, 'name'], fields.name, { optional: true });
  constraints.text([...at, 'description'], fields.description, { optional: true });
  constraints.throwIfAny();
  if (model.structuredOutput === false) throw refusedField('outputConfig.textFormat');
  try {
    const schema: unknown = JSON.parse(text ?? '');
    if (isFields(schema)) return schema as JsonObject;
  } catch {
    // It isn't JSON: the same answer.
  }
  throw wrongFormat([...at, 'schema'], 'object');
}

/** A model that has no cache, and one that doesn't keep it so long. */
export function checkCache(model: ModelFacts, reader: BlockReader): void {
  if (reader.marks.length === 0) return;
  // Reported; a 403 it is.
  if (model.promptCaching?.supported !== true)
    throw new AwsError(
      'AccessDeniedException',
      'You invoked an unsupported model or your request did not allow prompt caching. See the documentation for more information.',
    );
  const long = reader.marks.some(({ ttl }) => ttl === '1h');
  if (long && (model.promptCaching.ttl1h === false || /nova/.test(model.id))) throw refusedField('ttl');
}
