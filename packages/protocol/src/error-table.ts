/** What kind of error it is: each surface renders a kind in its own ecosystem's shape and status. */
export type ErrorType =
  | 'invalid_request'
  | 'authentication'
  | 'permission'
  | 'not_found'
  | 'conflict'
  | 'request_too_large'
  | 'rate_limit'
  | 'budget_exceeded'
  | 'overloaded'
  | 'unavailable'
  | 'unsupported'
  | 'timeout'
  | 'upstream'
  | 'interrupted'
  | 'internal';

interface ErrorRow {
  readonly type: ErrorType;
  /** The HTTP status on our own surface. */
  readonly status: number;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** What happened and what to do, where the thrower has nothing more exact to say. */
  readonly message: string;
}

/** Every error there is. ERRORS.md says the same for people; a test keeps the two equal. */
export const errorTable = {
  // What the caller sent
  SB_BAD_JSON: {
    type: 'invalid_request',
    status: 400,
    retryable: false,
    message: 'This is not valid JSON. Send one JSON object.',
  },
  SB_BAD_REQUEST: {
    type: 'invalid_request',
    status: 400,
    retryable: false,
    message: 'The request has a field that is missing or wrong. Correct the field named and send it again.',
  },
  SB_UNKNOWN_FRAME: {
    type: 'invalid_request',
    status: 400,
    retryable: false,
    message: 'This frame type is not known. Send one that PROTOCOL.md lists.',
  },
  SB_TOO_LARGE: {
    type: 'request_too_large',
    status: 413,
    retryable: false,
    message: 'The request is larger than this server accepts. Send less.',
  },
  SB_TOO_MANY_PROMPTS: {
    type: 'rate_limit',
    status: 429,
    retryable: true,
    message: 'Too many prompts are waiting on this socket. Wait for an answer before sending the next one.',
  },
  SB_TOO_MANY_GENERATIONS: {
    type: 'rate_limit',
    status: 429,
    retryable: true,
    message: 'Too many generations are running. Wait until one ends.',
  },
  SB_TOO_MANY_CONNECTIONS: {
    type: 'overloaded',
    status: 503,
    retryable: true,
    message: 'This server holds as many connections as it may. Try again shortly.',
  },
  SB_BUSY: {
    type: 'overloaded',
    status: 503,
    retryable: true,
    message: 'This server holds as many large requests as it may. Try again shortly.',
  },
  SB_ID_REUSED: {
    type: 'conflict',
    status: 422,
    retryable: false,
    message: 'This id already names a generation of another request. Use a new id.',
  },
  SB_TOOL_ALREADY_ANSWERED: {
    type: 'conflict',
    status: 409,
    retryable: false,
    message:
      'These tool calls have an answer already, and the first one counts. Follow that one, or say "branch": true for another.',
  },
  SB_STILL_RUNNING: {
    type: 'conflict',
    status: 409,
    retryable: true,
    message:
      'This answer is still being written. Wait for its end, or cancel it, before anything follows it.',
  },
  SB_CONVERSATION_FULL: {
    type: 'request_too_large',
    status: 413,
    retryable: false,
    message: 'This conversation holds as much as it may. Begin a new one.',
  },
  SB_NOT_FOUND: {
    type: 'not_found',
    status: 404,
    retryable: false,
    message: 'There is nothing here under that name.',
  },
  SB_EXPIRED: {
    type: 'not_found',
    status: 410,
    retryable: false,
    message:
      'This id names a generation that has ended and whose content is no longer kept. Use a new id to ask again.',
  },
  SB_RESPONSE_GONE: {
    type: 'not_found',
    status: 404,
    retryable: false,
    message:
      'The response that this request goes on from is not kept any more. Send the whole conversation in input.',
  },
  SB_MODEL_MISSING: {
    type: 'invalid_request',
    status: 400,
    retryable: false,
    message: 'No model is named. Add model=anthropic or model=llama3.',
  },
  SB_UNKNOWN_MODEL: {
    type: 'not_found',
    status: 404,
    retryable: false,
    message: 'No model has this name. Use an alias (anthropic, llama3) or a Bedrock model id.',
  },
  SB_UNSUPPORTED: {
    type: 'unsupported',
    status: 400,
    retryable: false,
    message: 'This model cannot do what was asked. Leave out the field named, or choose another model.',
  },

  // Who may
  SB_HOST_REFUSED: {
    type: 'permission',
    status: 403,
    retryable: false,
    message: 'Without keys this server answers only to a loopback Host (127.0.0.1, localhost, [::1]).',
  },
  SB_ORIGIN_REFUSED: {
    type: 'permission',
    status: 403,
    retryable: false,
    message:
      'Pages of another origin may not use this server. Add the origin to STREAMBED_ALLOWED_ORIGINS if it is yours.',
  },

  SB_KEY_REQUIRED: {
    type: 'authentication',
    status: 401,
    retryable: false,
    message:
      'This server wants to know who asks. Send a key of it (Authorization: Bearer sb_…, or x-api-key); `streambed keys create` makes one.',
  },
  SB_KEY_UNKNOWN: {
    type: 'authentication',
    status: 401,
    retryable: false,
    message: 'This is no key of this server. Check that all of it was sent, and to the server that made it.',
  },
  SB_KEY_EXPIRED: {
    type: 'authentication',
    status: 401,
    retryable: false,
    message: 'This key has expired. Make another with `streambed keys create`.',
  },
  SB_KEY_REVOKED: {
    type: 'authentication',
    status: 401,
    retryable: false,
    message: 'This key was revoked, or replaced by a newer one. Use the one that is valid now.',
  },
  SB_TOKEN_REFUSED: {
    type: 'authentication',
    status: 401,
    retryable: false,
    message:
      'This token or sign-in is not valid here: it has expired, was ended, or its key was. Get a new one.',
  },
  SB_SIGV4_NOT_ACCEPTED: {
    type: 'authentication',
    status: 401,
    retryable: false,
    message:
      'This server has keys of its own; signatures (in a header or a URL) and API keys of AWS are none. Set one of its keys as AWS_BEARER_TOKEN_BEDROCK; the SDK then sends it in place of a signature.',
  },
  SB_MODEL_NOT_ALLOWED: {
    type: 'permission',
    status: 403,
    retryable: false,
    message: 'This key may not use this model. Ask for one that it may use, or for another key.',
  },
  SB_SURFACE_NOT_ALLOWED: {
    type: 'permission',
    status: 403,
    retryable: false,
    message: 'This key may not use this part of the server. Ask whoever made it for another.',
  },
  SB_READ_ONLY: {
    type: 'permission',
    status: 403,
    retryable: false,
    message: 'This token may only read. Starting, changing or ending something takes one that may generate.',
  },
  SB_ADMIN_REQUIRED: {
    type: 'permission',
    status: 403,
    retryable: false,
    message:
      'This takes an admin key. Without keys it can be done from this machine only; `streambed keys` can always be used beside the data folder.',
  },
  SB_RATE_LIMIT: {
    type: 'rate_limit',
    status: 429,
    retryable: true,
    message: 'This key has used up what it may in a minute. Try again when retry_after_seconds have passed.',
  },
  SB_ACCESS_UNKNOWN: {
    type: 'unavailable',
    status: 503,
    retryable: true,
    message:
      'This server cannot look up keys just now, and this one is not among those it remembers. Try again shortly.',
  },

  // The way to Bedrock
  SB_CREDENTIALS_MISSING: {
    type: 'authentication',
    status: 503,
    retryable: false,
    message:
      'No AWS credentials were found. Run `aws configure`, set AWS_PROFILE, or set AWS_BEARER_TOKEN_BEDROCK.',
  },
  SB_CREDENTIALS_EXPIRED: {
    type: 'authentication',
    status: 503,
    retryable: false,
    message: 'The AWS credentials have expired. Sign in again (`aws sso login`) or renew the key.',
  },
  SB_CREDENTIALS_REFUSED: {
    type: 'authentication',
    status: 503,
    retryable: false,
    message: 'AWS did not accept the credentials. Check the access key, the secret and the session token.',
  },
  SB_CLOCK_SKEW: {
    type: 'authentication',
    status: 503,
    retryable: false,
    message:
      "AWS refused the signature because this machine's clock is off by more than five minutes. Set the clock.",
  },
  SB_ACCESS_DENIED: {
    type: 'permission',
    status: 403,
    retryable: false,
    message:
      'AWS denied the call. Allow bedrock:InvokeModel and bedrock:InvokeModelWithResponseStream for this model.',
  },
  SB_MODEL_ACCESS: {
    type: 'permission',
    status: 403,
    retryable: false,
    message:
      'This account has no access to the model. Enable it on the Model access page of the Bedrock console.',
  },
  SB_MODEL_NOT_FOUND: {
    type: 'not_found',
    status: 404,
    retryable: false,
    message: 'Bedrock does not know this model id in this region. Check the id, or choose another region.',
  },
  SB_MODEL_RETIRED: {
    type: 'not_found',
    status: 404,
    retryable: false,
    message:
      'This model has reached its end of life, or is legacy and unused by this account. Choose a newer model.',
  },
  SB_PROFILE_REQUIRED: {
    type: 'invalid_request',
    status: 400,
    retryable: false,
    message:
      'This model is called through an inference profile here. Use the profile id (us.…, eu.…) in place of the model id.',
  },
  SB_UPSTREAM_REFUSED: {
    type: 'invalid_request',
    status: 400,
    retryable: false,
    message: 'Bedrock refused the request.',
  },
  SB_CONTEXT_TOO_LONG: {
    type: 'invalid_request',
    status: 400,
    retryable: false,
    message:
      "The conversation is longer than the model's context. Shorten it, or choose a model with a longer context.",
  },
  SB_THROTTLED: {
    type: 'rate_limit',
    status: 429,
    retryable: true,
    message: 'Bedrock is throttling this account. Wait a moment, or ask AWS for a higher quota.',
  },
  SB_DAILY_QUOTA: {
    type: 'rate_limit',
    status: 429,
    retryable: false,
    message:
      "This account's daily quota for the model is used up. Wait until tomorrow, or ask AWS for a higher quota.",
  },
  SB_QUOTA_EXCEEDED: {
    type: 'rate_limit',
    status: 429,
    retryable: false,
    message:
      'A service quota of this account is exceeded, and waiting does not cure it. Ask AWS for a higher quota.',
  },
  SB_MODEL_TIMEOUT: {
    type: 'timeout',
    status: 504,
    retryable: true,
    message: 'The model took too long. Try again, or ask for less.',
  },
  SB_MODEL_ERROR: {
    type: 'upstream',
    status: 502,
    retryable: true,
    message: 'The model failed while it worked on the request. Try again.',
  },
  SB_MODEL_NOT_READY: {
    type: 'unavailable',
    status: 503,
    retryable: true,
    message: 'The model is still starting. Try again in a minute.',
  },
  SB_UPSTREAM_INTERNAL: {
    type: 'upstream',
    status: 502,
    retryable: true,
    message: 'Bedrock had an internal error. Try again.',
  },
  SB_UPSTREAM_UNAVAILABLE: {
    type: 'unavailable',
    status: 503,
    retryable: true,
    message: 'Bedrock is unavailable for this model just now. Try again shortly.',
  },
  SB_CIRCUIT_OPEN: {
    type: 'unavailable',
    status: 503,
    retryable: true,
    message: 'The target failed so often in a row that nothing is sent there just now. Try again shortly.',
  },
  SB_UPSTREAM_UNREACHABLE: {
    type: 'unavailable',
    status: 503,
    retryable: true,
    message: 'Bedrock could not be reached. Check the network, the proxy and the endpoint.',
  },
  SB_NO_SUCH_HOST: {
    type: 'unavailable',
    status: 503,
    retryable: false,
    message: "There is no Bedrock endpoint under this region's name. Check AWS_REGION.",
  },
  SB_UPSTREAM_CUT: {
    type: 'upstream',
    status: 502,
    retryable: true,
    message:
      'The stream from Bedrock broke off before its end. What was produced is kept; ask again for the rest.',
  },
  SB_UPSTREAM_CORRUPT: {
    type: 'upstream',
    status: 502,
    retryable: true,
    message: 'The stream from Bedrock arrived damaged and was stopped. What was produced is kept; ask again.',
  },
  SB_UPSTREAM_UNEXPECTED: {
    type: 'upstream',
    status: 502,
    retryable: false,
    message: 'The upstream answered in a way Bedrock does not. Check that the endpoint is Bedrock.',
  },
  SB_TOOL_ARGUMENTS: {
    type: 'upstream',
    status: 502,
    retryable: true,
    message: 'The model called a tool with arguments that are not valid JSON. Ask again.',
  },
  SB_TIMEOUT_CONNECT: {
    type: 'timeout',
    status: 504,
    retryable: true,
    message: 'No connection to Bedrock within the deadline (STREAMBED_TIMEOUT_CONNECT_MS).',
  },
  SB_TIMEOUT_FIRST_EVENT: {
    type: 'timeout',
    status: 504,
    retryable: true,
    message: 'Bedrock sent no first event within the deadline (STREAMBED_TIMEOUT_FIRST_EVENT_MS).',
  },
  SB_TIMEOUT_IDLE: {
    type: 'timeout',
    status: 504,
    retryable: true,
    message:
      'Bedrock fell silent in mid-answer for longer than the deadline (STREAMBED_TIMEOUT_IDLE_MS). What was produced is kept.',
  },
  SB_TIMEOUT_TOTAL: {
    type: 'timeout',
    status: 504,
    retryable: false,
    message:
      'The answer was not done within the deadline (STREAMBED_TIMEOUT_TOTAL_MS). What was produced is kept.',
  },
  SB_LOOP: {
    type: 'invalid_request',
    status: 508,
    retryable: false,
    message:
      'This request has already passed through this server: the upstream endpoint leads back here. Point it at Bedrock.',
  },

  // This server
  SB_DRAINING: {
    type: 'unavailable',
    status: 503,
    retryable: true,
    message: 'This server is shutting down and takes no new work. Connect again.',
  },
  SB_INTERRUPTED: {
    type: 'interrupted',
    status: 503,
    retryable: true,
    message: 'The server stopped before the answer was done. What was produced is kept.',
  },
  SB_CANCELLED: {
    type: 'interrupted',
    status: 499,
    retryable: false,
    message: 'This answer was cancelled before it was done. What was produced is kept for a while.',
  },
  SB_CONNECTION_LOST: {
    type: 'interrupted',
    status: 503,
    retryable: true,
    message: 'The connection to the server was lost before the answer was done. What had arrived is kept.',
  },
  SB_LOG_FULL: {
    type: 'internal',
    status: 500,
    retryable: false,
    message:
      'The answer grew past what this server keeps of one generation, and was stopped. What was produced is kept.',
  },
  SB_STORE_FAILED: {
    type: 'unavailable',
    status: 503,
    retryable: true,
    message:
      'This server cannot write to its data folder just now, so nothing can be stored. Ask again with store "none", or free some disk.',
  },
  SB_INTERNAL: {
    type: 'internal',
    status: 500,
    retryable: false,
    message: 'Streambed has a fault here. Report it with the request id.',
  },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof errorTable;
