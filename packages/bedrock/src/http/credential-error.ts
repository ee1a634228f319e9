import { StreambedError } from '@streambed/protocol';

/**
 * What went wrong while credentials were looked up, as one of ours. The provider's own text stays in `cause`: it may
 * quote a credential_process command with its secrets.
 */
export function credentialError(
  thrown: unknown,
  about: { readonly profile?: string | undefined; readonly roleArn?: string },
): StreambedError {
  if (thrown instanceof StreambedError) return thrown;
  const { name, message, code } = detailsOf(thrown);
  const more = { cause: thrown };
  const login = `aws sso login${about.profile === undefined ? '' : ` --profile ${about.profile}`}`;
  if (/ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|UND_ERR|CERT|SELF_SIGNED/.test(code)) {
    return new StreambedError(
      'SB_UPSTREAM_UNREACHABLE',
      `AWS's sign-in service could not be reached for credentials (${code}). Check the network and the proxy.`,
      more,
    );
  }
  if (about.roleArn !== undefined && /AccessDenied/.test(name)) {
    return new StreambedError(
      'SB_ACCESS_DENIED',
      `AWS denied sts:AssumeRole on ${about.roleArn}. Allow that action for this server's credentials, and name them in the role's trust policy (with the right external id).`,
      more,
    );
  }
  if (/expired/i.test(message) || /Expired/.test(name)) {
    return new StreambedError(
      'SB_CREDENTIALS_EXPIRED',
      `The AWS sign-in has expired. Run \`${login}\`, or renew the keys.`,
      more,
    );
  }
  if (/InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch/.test(name)) {
    return new StreambedError('SB_CREDENTIALS_REFUSED', undefined, more);
  }
  if (/sso/i.test(message)) {
    return new StreambedError(
      'SB_CREDENTIALS_MISSING',
      `This profile signs in by SSO and isn't signed in. Run \`${login}\`.`,
      more,
    );
  }
  if (about.profile !== undefined) {
    return new StreambedError(
      'SB_CREDENTIALS_MISSING',
      `The AWS profile ${JSON.stringify(about.profile)} gave no credentials. Check it with \`aws sts get-caller-identity --profile ${about.profile}\`.`,
      more,
    );
  }
  return new StreambedError('SB_CREDENTIALS_MISSING', undefined, more);
}

function detailsOf(thrown: unknown): { name: string; message: string; code: string } {
  if (!(thrown instanceof Error)) return { name: '', message: String(thrown), code: '' };
  const code = (thrown as { code?: unknown }).code;
  const cause = thrown.cause instanceof Error ? detailsOf(thrown.cause) : undefined;
  return {
    name: thrown.name,
    message: thrown.message,
    code: typeof code === 'string' ? code : (cause?.code ?? ''),
  };
}
