interface ErrorRow {
  readonly status: number;
  /** Which of AWS's internal services answers: it stands in the tail of `x-amzn-ErrorType`. */
  readonly from: 'bedrock' | 'coral.service';
  readonly message: string;
}

/**
 * The errors of the Bedrock runtime: name, HTTP status, and the text AWS sends when there is nothing more exact to say.
 * Texts are from recordings, public reports or, for ServiceQuota…, Conflict…, ModelTimeout…, ModelError…,
 * ModelNotReady…, the AWS service model's documentation of the error.
 */
export const awsErrors = {
  ValidationException: {
    status: 400,
    from: 'bedrock',
    message: 'Malformed input request, please reformat your input and try again.',
  },
  ServiceQuotaExceededException: {
    status: 400,
    from: 'bedrock',
    message: 'Your request exceeds the service quota for your account.',
  },
  ConflictException: {
    status: 400,
    from: 'bedrock',
    message: 'Error occurred because of a conflict while performing an operation.',
  },
  AccessDeniedException: {
    status: 403,
    from: 'bedrock',
    message: "You don't have access to the model with the specified model ID.",
  },
  UnrecognizedClientException: {
    status: 403,
    from: 'coral.service',
    message: 'The security token included in the request is invalid.',
  },
  InvalidSignatureException: {
    status: 403,
    from: 'coral.service',
    message:
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
  },
  IncompleteSignatureException: {
    status: 403,
    from: 'coral.service',
    message: 'Authorization header is malformed.',
  },
  ExpiredTokenException: {
    status: 403,
    from: 'coral.service',
    message: 'The security token included in the request is expired',
  },
  MissingAuthenticationTokenException: {
    status: 403,
    from: 'coral.service',
    message: 'Missing Authentication Token',
  },
  ResourceNotFoundException: {
    status: 404,
    from: 'bedrock',
    message: 'Could not resolve the foundation model from the provided model identifier.',
  },
  UnknownOperationException: {
    status: 404,
    from: 'coral.service',
    message: 'The requested operation is not recognized by the service.',
  },
  ModelTimeoutException: {
    status: 408,
    from: 'bedrock',
    message: 'The request took too long to process. Processing time exceeded the model timeout length.',
  },
  ModelErrorException: {
    status: 424,
    from: 'bedrock',
    message: 'The request failed due to an error while processing the model.',
  },
  ModelStreamErrorException: {
    status: 424,
    from: 'bedrock',
    message: 'The system encountered an unexpected error during processing. Try your request again.',
  },
  ThrottlingException: {
    status: 429,
    from: 'bedrock',
    message: 'Too many requests, please wait before trying again.',
  },
  ModelNotReadyException: {
    status: 429,
    from: 'bedrock',
    message: 'The model specified in the request is not ready to serve inference requests.',
  },
  InternalServerException: {
    status: 500,
    from: 'bedrock',
    message: 'The system encountered an unexpected error during processing. Try your request again.',
  },
  ServiceUnavailableException: {
    status: 503,
    from: 'bedrock',
    message: 'Bedrock is unable to process your request.',
  },
} as const satisfies Record<string, ErrorRow>;

export type AwsErrorName = keyof typeof awsErrors;

/** Whether a text names one of the errors above. */
export function isAwsErrorName(name: string): name is AwsErrorName {
  return Object.hasOwn(awsErrors, name);
}

/** The exceptions that may come as a frame of an invoke stream, after the status 200, as the frame names them. */
export const streamExceptions = {
  internalServerException: 'InternalServerException',
  modelStreamErrorException: 'ModelStreamErrorException',
  modelTimeoutException: 'ModelTimeoutException',
  serviceUnavailableException: 'ServiceUnavailableException',
  throttlingException: 'ThrottlingException',
  validationException: 'ValidationException',
} as const satisfies Record<string, AwsErrorName>;

export type StreamExceptionName = keyof typeof streamExceptions;

export function isStreamExceptionName(name: string): name is StreamExceptionName {
  return Object.hasOwn(streamExceptions, name);
}

/** An answer in AWS's error shape: the handler that throws it decides the type, text and status. */
export class AwsError extends Error {
  readonly type: AwsErrorName;
  readonly status: number;
  /** The JSON body. IAM denials and API key refusals say `Message`, all others `message`. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly #from: ErrorRow['from'];

  constructor(
    type: AwsErrorName,
    message: string = awsErrors[type].message,
    options: {
      readonly status?: number;
      readonly body?: Readonly<Record<string, unknown>>;
      readonly from?: ErrorRow['from'];
    } = {},
  ) {
    super(message);
    this.name = type;
    this.type = type;
    this.status = options.status ?? awsErrors[type].status;
    this.body = options.body ?? { message };
    this.#from = options.from ?? awsErrors[type].from;
  }

  /** The value of the `x-amzn-ErrorType` header, with the tail that clients must cut at the colon. */
  get header(): string {
    return `${this.type}:http://internal.amazon.com/coral/com.amazon.${this.#from}/`;
  }
}

/** A 400 with AWS's text. */
export function validationError(message: string): AwsError {
  return new AwsError('ValidationException', message);
}

/** AWS's general text for a value that breaks a constraint of its service model; no Bedrock source shows one. */
export function constraintError(value: string | undefined, name: string, constraint: string): AwsError {
  const shown = value === undefined ? 'Value' : `Value '${value}'`;
  return validationError(
    `1 validation error detected: ${shown} at '${name}' failed to satisfy constraint: ${constraint}`,
  );
}

/** AWS's answer to a path or operation it doesn't know: no message, only the name (reported in public issues). */
export function unknownOperation(): AwsError {
  return new AwsError('UnknownOperationException', undefined, {
    body: { Output: { __type: 'com.amazon.coral.service#UnknownOperationException' }, Version: '1.0' },
  });
}
