import { describe, expect, it } from 'vitest';
import { failureFromNetwork } from './errors-from-network.ts';
import type { CallContext } from './failure.ts';

const call: CallContext = {
  target: 'x',
  model: 'x',
  region: 'eu-moon-1',
  action: 'bedrock:InvokeModel',
  host: 'bedrock-runtime.eu-moon-1.amazonaws.com',
  now: 0,
};
const coded = (code: string, message = code) => Object.assign(new Error(message), { code });

describe('failureFromNetwork', () => {
  it.each([
    [
      'a host that does not exist',
      coded('ENOTFOUND'),
      'SB_NO_SUCH_HOST',
      'never',
      /no host bedrock-runtime\.eu-moon-1.*AWS_REGION/,
    ],
    [
      'a name service that has no answer yet',
      coded('EAI_AGAIN'),
      'SB_UPSTREAM_UNREACHABLE',
      'yes',
      /EAI_AGAIN/,
    ],
    ['nobody at the port', coded('ECONNREFUSED'), 'SB_UPSTREAM_UNREACHABLE', 'yes', /ECONNREFUSED/],
    [
      'a connection that took too long',
      coded('UND_ERR_CONNECT_TIMEOUT'),
      'SB_TIMEOUT_CONNECT',
      'yes',
      /deadline/,
    ],
    [
      'a certificate nobody vouches for',
      coded('SELF_SIGNED_CERT_IN_CHAIN'),
      'SB_UPSTREAM_UNREACHABLE',
      'never',
      /AWS_CA_BUNDLE/,
    ],
    [
      'a certificate of another host',
      coded('ERR_TLS_CERT_ALTNAME_INVALID'),
      'SB_UPSTREAM_UNREACHABLE',
      'never',
      /not trusted/,
    ],
    [
      'a proxy that wants a password',
      coded('UND_ERR_ABORTED', 'Proxy response (407) !== 200 when HTTP Tunneling'),
      'SB_UPSTREAM_UNREACHABLE',
      'never',
      /HTTPS_PROXY.*password/,
    ],
    [
      'a proxy that is busy',
      coded('UND_ERR_ABORTED', 'Proxy response (503) !== 200 when HTTP Tunneling'),
      'SB_UPSTREAM_UNREACHABLE',
      'yes',
      /answered 503/,
    ],
    [
      'what a wrapper hides',
      new Error('outer', { cause: coded('ECONNRESET') }),
      'SB_UPSTREAM_UNREACHABLE',
      'yes',
      /ECONNRESET/,
    ],
    ['what is no error at all', 'nonsense', 'SB_UPSTREAM_UNREACHABLE', 'yes', /could not be reached/],
  ])('knows %s', (_what, thrown, code, retry, text) => {
    const failure = failureFromNetwork(thrown, call, false);
    expect(failure).toMatchObject({ error: { code }, retry });
    expect(failure.error.message).toMatch(text);
  });

  it('does not blame the region where the endpoint is somebody else', () => {
    const failure = failureFromNetwork(coded('ENOTFOUND'), { ...call, host: 'vpce-1.example' }, false);
    expect(failure.error.message).toBe('There is no host vpce-1.example. Check the endpoint.');
  });

  it('is a cut once events had come', () => {
    expect(failureFromNetwork(coded('ECONNRESET'), call, true)).toMatchObject({
      error: { code: 'SB_UPSTREAM_CUT' },
      retry: 'never',
    });
  });
});
