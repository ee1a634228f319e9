import { constraintError, unknownOperation, validationError } from './errors.ts';

/** What a request asks for. */
export interface Route {
  readonly operation: Operation;
  /** Decoded, as the caller named it. Empty where the operation is on no model. */
  readonly modelId: string;
  /** What else the path names, decoded, in its order: a guardrail and its version, a profile, … */
  readonly names: readonly string[];
}

/** The runtime's operations on a model, by the last segment of their path. */
const modelOperations = {
  invoke: 'InvokeModel',
  'invoke-with-response-stream': 'InvokeModelWithResponseStream',
  converse: 'Converse',
  'converse-stream': 'ConverseStream',
  'count-tokens': 'CountTokens',
  'invoke-with-bidirectional-stream': 'InvokeModelWithBidirectionalStream',
} as const;

/** All others of the runtime, and the control plane's that are about models, by method and path. */
const otherOperations = [
  ['POST', /^\/guardrail\/(.+)\/version\/([^/]+)\/apply$/, 'ApplyGuardrail'],
  ['POST', /^\/guardrail-checks\/invoke$/, 'InvokeGuardrailChecks'],
  ['POST', /^\/async-invoke$/, 'StartAsyncInvoke'],
  ['GET', /^\/async-invoke$/, 'ListAsyncInvokes'],
  ['GET', /^\/async-invoke\/(.+)$/, 'GetAsyncInvoke'],
  ['GET', /^\/foundation-models\/?$/, 'ListFoundationModels'],
  ['GET', /^\/foundation-models\/(.+)$/, 'GetFoundationModel'],
  ['GET', /^\/inference-profiles\/?$/, 'ListInferenceProfiles'],
  ['GET', /^\/inference-profiles\/(.+)$/, 'GetInferenceProfile'],
] as const;

export type ModelOperation = (typeof modelOperations)[keyof typeof modelOperations];
export type OtherOperation = (typeof otherOperations)[number][2];
export type Operation = ModelOperation | OtherOperation;

// A model id may hold `/` itself (an ARN), raw or as %2F: so cut at the last slash first, and decode after.
const modelPath = /^\/model\/(?<modelId>.+)\/(?<action>[a-z-]+)$/;

const maxModelId = 2048;

/**
 * Finds the operation and the model id in a wire path. `:` may come raw or as `%3A`, the slash of an ARN raw or as
 * `%2F`. Throws AWS's 404 for paths that are no operation, its 400 for ids that can't be one.
 */
export function findRoute(method: string, path: string): Route {
  for (const [itsMethod, pattern, operation] of otherOperations) {
    const names = method === itsMethod ? pattern.exec(path)?.slice(1) : undefined;
    if (names !== undefined) return { operation, modelId: '', names: names.map(decode) };
  }
  const found = modelPath.exec(path)?.groups;
  const action = found?.action;
  if (method !== 'POST' || found?.modelId === undefined || action === undefined) throw unknownOperation();
  if (!Object.hasOwn(modelOperations, action)) throw unknownOperation();
  const modelId = decode(found.modelId);
  if (modelId.length > maxModelId)
    throw constraintError(
      `${modelId.slice(0, 64)}…`,
      'modelId',
      `Member must have length less than or equal to ${maxModelId}`,
    );
  if (found.modelId.includes('/') && !modelId.startsWith('arn:')) throw unknownOperation();
  return { operation: modelOperations[action as keyof typeof modelOperations], modelId, names: [] };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw validationError('The provided model identifier is invalid.');
  }
}
