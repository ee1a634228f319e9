import { integer, type JsonSchema, json, listOf, type Operation, object, string } from '../operation.ts';

const about = { tag: 'Bedrock', errors: 'AwsError' } as const;

const frames = {
  what: 'Frames of AWS’s event stream, as they came',
  content: { 'application/vnd.amazon.eventstream': { type: 'string', format: 'binary' } },
} as const;

const claude = {
  anthropic_version: 'bedrock-2023-05-31',
  max_tokens: 256,
  messages: [{ role: 'user', content: 'Hello' }],
};
const converse = { messages: [{ role: 'user', content: [{ text: 'Hello' }] }] };

/** What can be asked of a model; its body passes as it is. */
function onModel(
  operation: string,
  summary: string,
  example: JsonSchema,
  answer: Operation['answers'][number],
): Operation {
  return {
    ...about,
    method: 'post',
    path: `/model/{modelId}/${operation}`,
    route: '/model/*',
    summary,
    body: { example },
    answers: { 200: answer },
  };
}

/** A list of AWS's control plane, and one of its members. */
function listed(path: string, parameter: string, field: string, things: string): readonly Operation[] {
  return [
    {
      ...about,
      method: 'get',
      path,
      summary: `The ${things} of Streambed’s account and region`,
      answers: { 200: json('AWS’s list', object({ [field]: listOf({ type: 'object' }) })) },
    },
    {
      ...about,
      method: 'get',
      path: `${path}/{${parameter}}`,
      route: `${path}/*`,
      summary: `One of the ${things}, by its id or ARN`,
      answers: { 200: json('AWS’s details') },
    },
  ];
}

/** Bedrock's own API. */
export const bedrockOperations: readonly Operation[] = [
  onModel(
    'converse',
    'Converse',
    converse,
    json('AWS’s answer', object({ output: { type: 'object' }, stopReason: string })),
  ),
  onModel('converse-stream', 'ConverseStream', converse, frames),
  onModel(
    'invoke',
    'InvokeModel: the model’s own body, and its own answer',
    claude,
    json('The model’s answer'),
  ),
  onModel(
    'invoke-with-response-stream',
    'InvokeModelWithResponseStream: the model’s own body',
    claude,
    frames,
  ),
  onModel(
    'count-tokens',
    'CountTokens',
    { input: { converse } },
    json('The count', object({ inputTokens: integer })),
  ),
  {
    ...about,
    method: 'post',
    path: '/guardrail/{guardrail}/version/{version}/apply',
    summary: 'ApplyGuardrail',
    body: { example: { source: 'INPUT', content: [{ text: { text: 'Hello' } }] } },
    answers: { 200: json('AWS’s verdict', object({ action: string })) },
  },
  {
    ...about,
    method: 'post',
    path: '/guardrail-checks/invoke',
    summary: 'InvokeGuardrailChecks',
    body: { example: {} },
    answers: { 200: json('AWS’s verdict') },
  },
  ...listed('/foundation-models', 'modelId', 'modelSummaries', 'models'),
  ...listed('/inference-profiles', 'profileId', 'inferenceProfileSummaries', 'inference profiles'),
];
