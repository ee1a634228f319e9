import type { StreambedError } from '@streambed/protocol';

/** An error as AWS names it. */
export interface AwsError {
  readonly name: string;
  readonly status: number;
  readonly message: string;
}

/** Bedrock's exceptions and their statuses (service model). */
const statuses = {
  ValidationException: 400,
  ServiceQuotaExceededException: 400,
  ConflictException: 400,
  AccessDeniedException: 403,
  UnrecognizedClientException: 403,
  ResourceNotFoundException: 404,
  ModelTimeoutException: 408,
  ModelErrorException: 424,
  ThrottlingException: 429,
  ModelNotReadyException: 429,
  InternalServerException: 500,
  ServiceUnavailableException: 503,
} as const;

type Name = keyof typeof statuses;

const names: Readonly<Record<StreambedError['type'], Name>> = {
  invalid_request: 'ValidationException',
  unsupported: 'ValidationException',
  request_too_large: 'ValidationException',
  conflict: 'ConflictException',
  authentication: 'UnrecognizedClientException',
  permission: 'AccessDeniedException',
  not_found: 'ResourceNotFoundException',
  budget_exceeded: 'ServiceQuotaExceededException',
  rate_limit: 'ThrottlingException',
  timeout: 'ModelTimeoutException',
  upstream: 'InternalServerException',
  internal: 'InternalServerException',
  overloaded: 'ServiceUnavailableException',
  unavailable: 'ServiceUnavailableException',
  interrupted: 'ServiceUnavailableException',
};

/** AWS's SDKs try these again, whatever else the answer says. */
const retried = new Set<Name>([
  'ThrottlingException',
  'ModelNotReadyException',
  'InternalServerException',
  'ServiceUnavailableException',
]);

/** Here AWS's own words are about the caller's request, and programs look for them. */
const quoted = new Set<StreambedError['code']>([
  'SB_UPSTREAM_REFUSED',
  'SB_CONTEXT_TOO_LONG',
  'SB_MODEL_ERROR',
]);

/**
 * An error of ours in AWS's words. The upstream's own name stays where there was one, unless it is about this server's
 * account and not about the caller's. Nobody tries again what must not be tried again.
 */
export function toAwsError(error: StreambedError): AwsError {
  const name = nameOf(error);
  const said = quoted.has(error.code) ? error.upstream?.message : undefined;
  return {
    name,
    // The status alone tells another Streambed before this one that there is a loop.
    status: error.code === 'SB_LOOP' ? error.status : statuses[name],
    message: said || error.message,
  };
}

function nameOf({ code, type, retryable, upstream }: StreambedError): Name {
  // This server's own credentials: a client must not take it for its own, and get new ones.
  if (code.startsWith('SB_CREDENTIALS_') || code === 'SB_CLOCK_SKEW') return 'ModelErrorException';
  // Bedrock says it so of a model that it doesn't know.
  if (code === 'SB_UNKNOWN_MODEL') return 'ValidationException';
  const name = isName(upstream?.name) ? upstream.name : names[type];
  if (retryable || !retried.has(name)) return name;
  return type === 'rate_limit' ? 'ServiceQuotaExceededException' : 'ModelErrorException';
}

function isName(name: string | undefined): name is Name {
  return name !== undefined && Object.hasOwn(statuses, name);
}

/** What a stream may end with in its middle (service model: the events of ResponseStream and ConverseStreamOutput). */
const inStream: Readonly<Partial<Record<Name, string>>> = {
  ValidationException: 'validationException',
  ThrottlingException: 'throttlingException',
  ModelNotReadyException: 'serviceUnavailableException',
  InternalServerException: 'internalServerException',
  ServiceUnavailableException: 'serviceUnavailableException',
};

/** The `:exception-type` of a stream that can't go on. */
export function toExceptionType({ name }: Pick<AwsError, 'name'>): string {
  return (isName(name) ? inStream[name] : undefined) ?? 'modelStreamErrorException';
}
