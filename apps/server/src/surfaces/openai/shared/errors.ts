import type { ErrorCode, ErrorType, StreambedError } from '@streambed/protocol';
import { retryHeaders } from '../../../http/to-response.ts';
import type { Dialect } from '../../kit/dialect.ts';
import { sseHeartbeat } from '../../kit/sse.ts';

/** An error as OpenAI's clients read it, in an HTTP body and in a stream. */
export interface OpenAiError {
  readonly message: string;
  readonly type: string;
  /** The field at fault, as the caller wrote it. */
  readonly param: string | null;
  /** OpenAI's word where its clients know one, else ours. */
  readonly code: string;
  /** Ours, always. */
  readonly streambed_code: ErrorCode;
}

/** What a Messages field is called in one of OpenAI's APIs: `output_config.format` is `response_format`. */
export type ParamNames = Readonly<Record<string, string>>;

/** How one of OpenAI's APIs says what went wrong. */
export interface OpenAiDialect extends Dialect {
  /** The error object alone, for a stream. */
  inStream(error: StreambedError): OpenAiError;
}

/** Makes the dialect of an API. `names`: the fields that it calls otherwise than Messages does. */
export function openAiDialect(names: ParamNames): OpenAiDialect {
  const inStream = (error: StreambedError) => toOpenAiError(error, names);
  return {
    inStream,
    error: (error) => ({
      status: error.status,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'cache-control': 'no-store',
        ...retryHeaders(error),
      },
      body: JSON.stringify({ error: inStream(error) }),
    }),
    heartbeat: sseHeartbeat,
  };
}

function toOpenAiError(error: StreambedError, names: ParamNames): OpenAiError {
  const { code, field } = error;
  const param = field === undefined ? null : paramOf(field, names);
  return {
    // Families speak of the Messages request that they were given; the caller has never seen it.
    message: field?.startsWith('request.') ? error.message.replaceAll(field, param ?? '') : error.message,
    type: types[error.type],
    param,
    code: error.status === 401 ? 'invalid_api_key' : (codes[code] ?? code),
    streambed_code: code,
  };
}

/** OpenAI's documented `type`s; everything that is not the caller's doing is `server_error`. */
const types: Readonly<Record<ErrorType, string>> = {
  invalid_request: 'invalid_request_error',
  unsupported: 'invalid_request_error',
  not_found: 'invalid_request_error',
  conflict: 'invalid_request_error',
  request_too_large: 'invalid_request_error',
  authentication: 'authentication_error',
  permission: 'permission_error',
  rate_limit: 'rate_limit_error',
  budget_exceeded: 'insufficient_quota',
  overloaded: 'server_error',
  unavailable: 'server_error',
  timeout: 'server_error',
  upstream: 'server_error',
  interrupted: 'server_error',
  internal: 'server_error',
};

/** The codes that OpenAI's clients and the libraries on top of them look for. */
const codes: Readonly<Partial<Record<ErrorCode, string>>> = {
  SB_UNKNOWN_MODEL: 'model_not_found',
  SB_MODEL_NOT_FOUND: 'model_not_found',
  SB_MODEL_RETIRED: 'model_not_found',
  SB_CONTEXT_TOO_LONG: 'context_length_exceeded',
  SB_RESPONSE_GONE: 'previous_response_not_found',
  // As OpenAI says it of a project without access, with status 403.
  SB_MODEL_NOT_ALLOWED: 'model_not_found',
  SB_RATE_LIMIT: 'rate_limit_exceeded',
  SB_THROTTLED: 'rate_limit_exceeded',
  SB_TOO_MANY_GENERATIONS: 'rate_limit_exceeded',
  SB_DAILY_QUOTA: 'insufficient_quota',
  SB_QUOTA_EXCEEDED: 'insufficient_quota',
};

/** `request.…` is a path of the Messages request; anything else is the caller's own already. */
function paramOf(field: string, names: ParamNames): string {
  if (!field.startsWith('request.')) return field;
  const path = field.slice('request.'.length);
  const known = Object.keys(names).filter(
    (name) => path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`),
  );
  const longest = known.sort((a, b) => b.length - a.length)[0];
  return longest === undefined ? path : (names[longest] as string);
}
