import type { Message, MessagesRequest } from '@streambed/protocol';
import { refuseUnsupported } from '../shared/refuse.ts';
import { jsonOnly, toFormat } from '../shared/tools.ts';
import { Turns } from '../shared/turns.ts';
import { withCachedPrefix } from './cached-prefix.ts';
import type { ToolName } from './called-tool.ts';
import { leftOut, type ResponseParams, refused } from './params.ts';
import { type FindItem, type ReadItems, readItems } from './read-items.ts';
import { toTools } from './to-tools.ts';

/** An earlier response that is gone on from: its items, and its answer. */
export interface EarlierTurn {
  readonly params: ResponseParams;
  readonly answer: Message['content'];
}

/** A request of the Responses API in the words of Messages. */
export interface ToldRequest {
  readonly request: MessagesRequest;
  readonly tools: ReadonlyMap<string, ToolName>;
  readonly dropped: readonly string[];
  readonly defaulted: readonly string[];
}

/** Messages counts the temperature from 0 to 1, OpenAI to 2. */
const maxTemperature = 1;

/**
 * Translates a request. `earlier` are the responses that it goes on from, the oldest first; `find` knows the items that
 * it only refers to. Throws `SB_BAD_REQUEST`, `SB_UNSUPPORTED` or `SB_NOT_FOUND`, naming the field.
 */
export function toRequest(
  params: ResponseParams,
  earlier: readonly EarlierTurn[] = [],
  find: FindItem = () => undefined,
): ToldRequest {
  refuseWhatIsNotHere(params);
  const turns = new Turns();
  const read: ReadItems = { tools: [], dropped: [] };
  if (params.instructions) turns.addSystem([{ type: 'text', text: params.instructions }]);
  for (const { params: before, answer } of earlier) {
    readInput(before, find, turns, { tools: [], dropped: [] });
    turns.add('assistant', typeof answer === 'string' ? [{ type: 'text', text: answer }] : answer);
  }
  readInput(params, find, turns, read);
  const { tools, choice, names, dropped: withoutTools } = toTools(params, read.tools);

  const { max_output_tokens: maxTokens, temperature, top_p: topP, text, reasoning } = params;
  const dropped = [...leftOut(params), ...read.dropped, ...withoutTools, ...notHonoured(params)];
  if (text?.format?.type === 'json_object') turns.addSystem([{ type: 'text', text: jsonOnly }]);
  const schema = text?.format?.type === 'json_schema' ? text.format : undefined;
  const tooWarm = typeof temperature === 'number' && temperature > maxTemperature;
  const user = params.safety_identifier ?? params.user;
  const bedrock = {
    ...(reasoning?.effort && { reasoning_effort: reasoning.effort }),
    ...serviceTier(params, dropped),
    ...params.bedrock,
  };
  const request: MessagesRequest = {
    model: params.model,
    messages: turns.messages,
    ...(turns.system.length > 0 && { system: turns.system }),
    ...(typeof maxTokens === 'number' && { max_tokens: maxTokens }),
    ...(typeof temperature === 'number' && { temperature: tooWarm ? maxTemperature : temperature }),
    ...(typeof topP === 'number' && { top_p: topP }),
    ...(tools.length > 0 && { tools: [...tools] }),
    ...(choice !== undefined && { tool_choice: choice }),
    ...(schema !== undefined && {
      output_config: { format: toFormat({ ...schema, schema: schema.schema ?? {} }) },
    }),
    ...(user && { metadata: { user_id: user } }),
    ...(Object.keys(bedrock).length > 0 && { bedrock }),
  };
  return {
    request: params.prompt_cache_key ? withCachedPrefix(request) : request,
    tools: names,
    dropped,
    defaulted: tooWarm ? [`temperature=${maxTemperature}`] : [],
  };
}

function readInput({ input = [] }: ResponseParams, find: FindItem, turns: Turns, read: ReadItems): void {
  if (typeof input === 'string') turns.add('user', input === '' ? [] : [{ type: 'text', text: input }]);
  else readItems(input, find, turns, read);
}

function refuseWhatIsNotHere(params: ResponseParams): void {
  for (const [name, what] of Object.entries(refused)) {
    if (params[name] !== undefined && params[name] !== null) refuseUnsupported(name, what);
  }
  const { include, top_logprobs: logprobs } = params;
  const noLogprobs = 'no model on Bedrock gives log probabilities. Leave it out';
  if (typeof logprobs === 'number' && logprobs > 0) refuseUnsupported('top_logprobs', noLogprobs);
  const asked = include?.indexOf('message.output_text.logprobs') ?? -1;
  if (asked >= 0) refuseUnsupported(`include[${asked}]`, noLogprobs);
}

/** Known fields that change nothing here, where they ask for something. */
function notHonoured({ truncation, text, reasoning }: ResponseParams): readonly string[] {
  const { effort: _, summary: __, generate_summary: ___, ...otherReasoning } = reasoning ?? {};
  return [
    ...(truncation === 'auto' ? ['truncation'] : []),
    ...(text?.verbosity && text.verbosity !== 'medium' ? ['text.verbosity'] : []),
    ...Object.entries(otherReasoning).flatMap(([name, value]) =>
      value == null ? [] : [`reasoning.${name}`],
    ),
  ];
}

function serviceTier(
  { service_tier: tier }: ResponseParams,
  dropped: string[],
): { readonly service_tier?: string } {
  switch (tier) {
    case undefined:
    case null:
    case 'auto':
    case 'default':
      return {};
    case 'flex':
    case 'priority':
      return { service_tier: tier };
    // OpenAI's own other name for it.
    case 'fast':
      return { service_tier: 'priority' };
    default:
      dropped.push('service_tier');
      return {};
  }
}
