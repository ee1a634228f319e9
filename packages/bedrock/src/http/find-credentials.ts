import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where AWS credentials were seen. */
export type FoundCredentials =
  | { readonly kind: 'bearer' }
  | { readonly kind: 'environment' }
  | { readonly kind: 'web-identity' }
  | { readonly kind: 'container' }
  | { readonly kind: 'profile'; readonly profile: string };

/**
 * Whether this machine has AWS credentials: looks at the environment and at AWS's two files, asks nobody, and checks
 * nothing for validity. `undefined` when there are none. A profile that `AWS_PROFILE` names counts as found also when
 * no file has it: who names one wants AWS, and a clear error beats a silent substitute.
 */
export async function findAwsCredentials(
  env: Readonly<Record<string, string | undefined>>,
  home: string,
): Promise<FoundCredentials | undefined> {
  if (env.AWS_BEARER_TOKEN_BEDROCK) return { kind: 'bearer' };
  if (env.AWS_PROFILE) return { kind: 'profile', profile: env.AWS_PROFILE };
  if (env.AWS_ACCESS_KEY_ID && env.AWS_SECRET_ACCESS_KEY) return { kind: 'environment' };
  if (env.AWS_WEB_IDENTITY_TOKEN_FILE && env.AWS_ROLE_ARN) return { kind: 'web-identity' };
  if (env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI || env.AWS_CONTAINER_CREDENTIALS_FULL_URI) {
    return { kind: 'container' };
  }
  const files = [
    env.AWS_SHARED_CREDENTIALS_FILE || join(home, '.aws', 'credentials'),
    env.AWS_CONFIG_FILE || join(home, '.aws', 'config'),
  ];
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (hasCredentials(text, 'default')) return { kind: 'profile', profile: 'default' };
  }
  return undefined;
}

/** What makes a profile one that signs in; a region or an output format alone does not. */
const signsIn =
  /^\s*(aws_access_key_id|role_arn|sso_session|sso_start_url|credential_process|web_identity_token_file|login_session)\s*=/;

function hasCredentials(text: string, profile: string): boolean {
  let inside = false;
  for (const line of text.split('\n')) {
    const section = /^\s*\[\s*(?:profile\s+)?([^\]]*?)\s*\]/.exec(line);
    if (section !== null) inside = section[1] === profile;
    else if (inside && signsIn.test(line)) return true;
  }
  return false;
}
