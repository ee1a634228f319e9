import { AwsError, validationError } from './errors.ts';

/** What a request asks for. */
export interface Route {
  readonly operation: Operation;
  /** Decoded, as the caller named it. */
  readonly modelId: string;
}

/** The runtime's operations on a model, by the last segment of their path. */
const operations = {
  invoke: 'InvokeModel',
  'invoke-with-response-stream': 'InvokeModelWithResponseStream',
  converse: 'Converse',
  'converse-stream': 'ConverseStream',
  'count-tokens': 'CountTokens',
  'invoke-with-bidirectional-stream': 'InvokeModelWithBidirectionalStream',
} as const;

export type Operation = (typeof operations)[keyof typeof operations];

// A model id may hold `/` itself (an ARN), raw or as %2F: so cut at the last slash first, and decode after.
const modelPath = /^\/model\/(?<modelId>.+)\/(?<action>[a-z-]+)$/;

const maxModelId = 2048;

/**
 * Finds the operation and the model id in a wire path. `:` may come raw or as `%3A`, the slash of an ARN raw or as
 * `%2F`. Throws AWS's 404 for paths that are no operation, its 400 for ids that can't be one.
 */
export function findRoute(method: string, path: string): Route {
  const found = modelPath.exec(path)?.groups;
  const action = found?.action;
  if (method !== 'POST' || found?.modelId === undefined || action === undefined) throw unknownOperation();
  if (!Object.hasOwn(operations, action)) throw unknownOperation();
  const modelId = decode(found.modelId);
  if (modelId.length > maxModelId)
    // AWS's general text for a constraint of its service model; no Bedrock source shows this one.
    throw validationError(
      `1 validation error detected: Value '${modelId.slice(0, 64)}…' at 'modelId' failed to satisfy constraint: Member must have length less than or equal to ${maxModelId}`,
    );
  if (found.modelId.includes('/') && !modelId.startsWith('arn:')) throw unknownOperation();
  return { operation: operations[action as keyof typeof operations], modelId };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw validationError('The provided model identifier is invalid.');
  }
}

/** AWS's answer to a path it doesn't know: no message, only the name (reported in public issues). */
function unknownOperation(): AwsError {
  return new AwsError('UnknownOperationException', undefined, {
    body: { Output: { __type: 'com.amazon.coral.service#UnknownOperationException' }, Version: '1.0' },
  });
}
