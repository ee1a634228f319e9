import { findModel } from '@streambed/model-facts';
import type { ErrorCode } from '@streambed/protocol';
import type { Retryability } from '../http/retry.ts';
import { profileText } from '../models/callable-id.ts';
import type { CallContext } from './failure.ts';

/** What AWS said. */
export interface Said {
  readonly name: string;
  readonly status: number;
  readonly message: string;
  readonly date: string | undefined;
}

/** One way an AWS error is recognised, and what it becomes. The first that fits is taken. */
export interface Row {
  /** AWS's exception names; absent: any. */
  readonly names?: readonly string[];
  readonly says?: RegExp;
  readonly code: ErrorCode;
  readonly retry: Retryability;
  /** What to tell; absent: the error table's text. */
  readonly text?: (said: Said, call: CallContext) => string;
}

const validation = ['ValidationException'];
const denied = ['AccessDeniedException', 'AccessDenied'];
const notFound = ['ResourceNotFoundException'];

/**
 * Bedrock's errors (service model, and texts from recordings). In-stream exceptions have the same names in lower camel
 * case. Specific texts stand before the name alone.
 */
const rows: readonly Row[] = [
  // 400
  {
    names: validation,
    says: /on-demand throughput isn.t supported/i,
    code: 'SB_PROFILE_REQUIRED',
    retry: 'never',
    text: (_said, call) => profileText(findModel(call.model), call.region),
  },
  {
    names: validation,
    says: /model identifier is invalid|model id.*(not valid|invalid)/i,
    code: 'SB_MODEL_NOT_FOUND',
    retry: 'never',
    text: (_said, call) =>
      `Bedrock has no model ${call.target} in ${call.region}. Check the id, call it from a region that offers it (AWS_REGION), or point an alias at a model that this one offers.`,
  },
  // It says "exceeds the model limit" as well, and no shorter conversation would help.
  {
    names: validation,
    says: /maximum tokens you requested/i,
    code: 'SB_UPSTREAM_REFUSED',
    retry: 'never',
    text: refused,
  },
  {
    names: validation,
    says: /input is too long|input tokens exceeded|prompt is too long|exceed(s|ed)? (the )?(maximum|context|model)/i,
    code: 'SB_CONTEXT_TOO_LONG',
    retry: 'never',
    text: (said, call) => `The conversation is longer than ${call.model} takes: ${said.message}`,
  },
  { names: validation, code: 'SB_UPSTREAM_REFUSED', retry: 'never', text: refused },
  { names: ['ServiceQuotaExceededException'], code: 'SB_QUOTA_EXCEEDED', retry: 'never' },
  { names: ['ConflictException'], code: 'SB_UPSTREAM_REFUSED', retry: 'never', text: refused },

  // 403
  {
    names: ['ExpiredTokenException', 'ExpiredToken', 'RequestExpired'],
    code: 'SB_CREDENTIALS_EXPIRED',
    retry: 'credentials',
  },
  {
    names: ['InvalidSignatureException', 'SignatureDoesNotMatch', 'RequestTimeTooSkewed'],
    says: /signature expired|signature not yet current|too skewed/i,
    code: 'SB_CLOCK_SKEW',
    retry: 'never',
    text: clockText,
  },
  {
    names: [
      'InvalidSignatureException',
      'SignatureDoesNotMatch',
      'UnrecognizedClientException',
      'InvalidClientTokenId',
      'MissingAuthenticationTokenException',
      'MissingAuthenticationToken',
      'IncompleteSignatureException',
      'IncompleteSignature',
    ],
    code: 'SB_CREDENTIALS_REFUSED',
    retry: 'credentials',
  },
  {
    names: denied,
    says: /(bearer token|api key|security token).*expired|expired.*(token|key)/i,
    code: 'SB_CREDENTIALS_EXPIRED',
    retry: 'credentials',
  },
  {
    names: denied,
    says: /api key is valid|bearer token|authentication failed/i,
    code: 'SB_CREDENTIALS_REFUSED',
    retry: 'never',
    text: () =>
      'AWS did not accept the Bedrock API key. Check AWS_BEARER_TOKEN_BEDROCK: a short-term key works in its own region only, and for 12 hours at most.',
  },
  {
    names: denied,
    says: /does not support api keys/i,
    code: 'SB_ACCESS_DENIED',
    retry: 'never',
    text: (_said, call) =>
      `Bedrock takes no API key for ${call.action}. Give this server AWS keys or a profile instead.`,
  },
  {
    names: denied,
    says: /is not authorized to perform/i,
    code: 'SB_ACCESS_DENIED',
    retry: 'never',
    text: iamText,
  },
  {
    names: denied,
    says: /access to the model|model access|marketplace/i,
    code: 'SB_MODEL_ACCESS',
    retry: 'never',
    text: modelAccessText,
  },
  {
    names: denied,
    code: 'SB_ACCESS_DENIED',
    retry: 'never',
    text: (said, call) =>
      `AWS denied ${call.action} on ${call.target} in ${call.region}: ${said.message} Allow that action for this server's credentials.`,
  },

  // 404
  {
    names: notFound,
    says: /end of (its|the) life|end-of-life|marked by provider as legacy|retired/i,
    code: 'SB_MODEL_RETIRED',
    retry: 'never',
    text: (said, call) => `${call.target} is no longer to be had: ${said.message}`,
  },
  {
    names: notFound,
    says: /use case/i,
    code: 'SB_MODEL_ACCESS',
    retry: 'never',
    text: (_said, call) =>
      `Anthropic's use case form has not been sent for this account. Fill it in once: ${console(call)}`,
  },
  {
    names: notFound,
    code: 'SB_MODEL_NOT_FOUND',
    retry: 'never',
    text: (said, call) => `Bedrock found no ${call.target} in ${call.region}: ${said.message}`,
  },

  // 408, 424, 429, 5xx, and the same as frames of a stream
  { names: ['ModelTimeoutException'], code: 'SB_MODEL_TIMEOUT', retry: 'yes' },
  {
    names: ['ModelErrorException', 'ModelStreamErrorException'],
    code: 'SB_MODEL_ERROR',
    retry: 'once',
    text: (said) => `The model failed while it worked on the request: ${said.message} Try again.`,
  },
  { names: ['ThrottlingException'], says: /per day|daily/i, code: 'SB_DAILY_QUOTA', retry: 'never' },
  {
    names: ['ThrottlingException', 'TooManyRequestsException', 'Throttling'],
    code: 'SB_THROTTLED',
    retry: 'slowly',
    text: (said, call) =>
      `Bedrock is throttling this account's calls of ${call.target} in ${call.region} (${said.message}) Wait a moment, ask for a smaller max_tokens, or ask AWS for a higher quota.`,
  },
  {
    names: ['ModelNotReadyException'],
    code: 'SB_MODEL_NOT_READY',
    retry: 'slowly',
  },
  { names: ['InternalServerException', 'InternalFailure'], code: 'SB_UPSTREAM_INTERNAL', retry: 'yes' },
  {
    names: ['ServiceUnavailableException', 'ServiceUnavailable'],
    code: 'SB_UPSTREAM_UNAVAILABLE',
    retry: 'slowly',
    text: (said, call) =>
      `Bedrock can't serve ${call.target} in ${call.region} just now (${said.message}) Try again shortly.`,
  },
];

/** What an error of AWS is to us. A name that isn't known counts by its status. */
export function rowOf(said: Said): Row {
  const known = rows.find(
    ({ names, says }) =>
      (names === undefined || names.includes(said.name)) && (says === undefined || says.test(said.message)),
  );
  if (known !== undefined) return known;
  return said.status >= 500
    ? { code: 'SB_UPSTREAM_INTERNAL', retry: 'yes', text: refused }
    : { code: 'SB_UPSTREAM_REFUSED', retry: 'never', text: refused };
}

function refused(said: Said, call: CallContext): string {
  return `Bedrock refused the request to ${call.target}: ${said.message === '' ? said.name : said.message}`;
}

/** Names the action and the resource that AWS itself named. */
function iamText({ message }: Said, call: CallContext): string {
  const action = /perform: (\S+)/.exec(message)?.[1] ?? call.action;
  const resource = /on resource: (\S+)/.exec(message)?.[1];
  const where = resource === undefined ? '' : ` on ${resource}`;
  const why = /service control policy/i.test(message)
    ? 'A service control policy of the organisation forbids it: its administrator must change that.'
    : /explicit deny/i.test(message)
      ? 'A policy denies it explicitly: that statement must go, an Allow alone does not help.'
      : `Allow ${action}${where} for this server's credentials; an inference profile needs it on the profile and on its foundation models in every region.`;
  return `AWS IAM denied ${action}${where}. ${why}`;
}

function modelAccessText({ message }: Said, call: CallContext): string {
  return `This account has no access to ${call.target} in ${call.region} (${message}) Enable the model: ${console(call)}`;
}

function console(call: CallContext): string {
  return `https://${call.region}.console.aws.amazon.com/bedrock/home?region=${call.region}#/modelaccess`;
}

/** Says how far the clock is off, from AWS's own Date header. */
function clockText({ date }: Said, call: CallContext): string {
  const theirs = date === undefined ? Number.NaN : Date.parse(date);
  if (Number.isNaN(theirs)) return '';
  const seconds = Math.round((call.now - theirs) / 1000);
  const side = seconds > 0 ? 'ahead of' : 'behind';
  return `AWS refused the signature because this machine's clock is ${Math.abs(seconds)} seconds ${side} AWS's. Set the clock.`;
}
