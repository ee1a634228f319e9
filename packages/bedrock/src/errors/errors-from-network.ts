import { type ErrorCode, StreambedError } from '@streambed/protocol';
import type { Retryability } from '../http/retry.ts';
import type { CallContext, Failure } from './failure.ts';

const tlsCodes =
  /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?|CERT_.*|ERR_TLS_.*|ERR_SSL_.*|HOSTNAME_MISMATCH)$/;

/**
 * A connection that failed, as one of our errors. Before the first event most are worth another try; `inStream` says
 * that events had come: then it is a cut, whatever broke.
 */
export function failureFromNetwork(thrown: unknown, call: CallContext, inStream: boolean): Failure {
  if (thrown instanceof StreambedError) {
    const transient = thrown.code === 'SB_TIMEOUT_CONNECT' || thrown.code === 'SB_UPSTREAM_CUT';
    return { error: thrown, retry: transient ? 'yes' : 'never' };
  }
  const code = codeOf(thrown);
  const fail = (
    sb: ErrorCode,
    text: string | undefined,
    retry: Retryability,
    retryable?: boolean,
  ): Failure => ({
    error: new StreambedError(sb, text, { cause: thrown, ...(retryable !== undefined && { retryable }) }),
    retry,
  });
  if (inStream) return fail('SB_UPSTREAM_CUT', undefined, 'never');
  if (code === 'ENOTFOUND') {
    const aws = call.host.includes(call.region);
    const text = aws
      ? `There is no host ${call.host}: Bedrock isn't offered in ${call.region}, the region is misspelt (AWS_REGION), or this machine has no name service.`
      : `There is no host ${call.host}. Check the endpoint.`;
    return fail('SB_NO_SUCH_HOST', text, 'never');
  }
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') {
    return fail('SB_TIMEOUT_CONNECT', `No connection to ${call.host} within the deadline.`, 'yes');
  }
  if (tlsCodes.test(code)) {
    const text = `The certificate of ${call.host} is not trusted here (${code}). If a proxy inspects TLS, name its CA in AWS_CA_BUNDLE or NODE_EXTRA_CA_CERTS.`;
    return fail('SB_UPSTREAM_UNREACHABLE', text, 'never', false);
  }
  const proxy = /Proxy response \((\d+)\)|Proxy Authentication Required \((407)\)/.exec(messageOf(thrown));
  if (proxy !== null) {
    const status = proxy[1] ?? proxy[2];
    const what = status === '407' ? 'wants a user name and password in its URL' : `answered ${status}`;
    const text = `The proxy (HTTPS_PROXY) ${what} on the way to ${call.host}.`;
    const transient = status === '502' || status === '503' || status === '504';
    return fail('SB_UPSTREAM_UNREACHABLE', text, transient ? 'yes' : 'never', transient);
  }
  const known = code === '' ? '' : ` (${code})`;
  return fail(
    'SB_UPSTREAM_UNREACHABLE',
    `${call.host} could not be reached${known}. Check the network, the proxy and the endpoint.`,
    'yes',
  );
}

function codeOf(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null) return '';
  const { code, cause } = thrown as { code?: unknown; cause?: unknown };
  // undici wraps what a proxy's socket failed with.
  const inner = cause === undefined ? '' : codeOf(cause);
  return inner !== '' ? inner : typeof code === 'string' ? code : '';
}

function messageOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return '';
  return thrown.cause === undefined ? thrown.message : `${thrown.message} ${messageOf(thrown.cause)}`;
}
