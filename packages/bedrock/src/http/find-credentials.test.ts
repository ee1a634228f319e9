import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findAwsCredentials } from './find-credentials.ts';

describe('findAwsCredentials', () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'streambed-home-'));
    await mkdir(join(home, '.aws'));
  });
  afterEach(() => rm(home, { recursive: true }));
  const write = (file: 'credentials' | 'config', text: string) => writeFile(join(home, '.aws', file), text);

  it('finds none on a machine without any', async () => {
    expect(await findAwsCredentials({}, home)).toBeUndefined();
    expect(
      await findAwsCredentials({ AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'A' }, home),
    ).toBeUndefined();
    expect(await findAwsCredentials({}, join(home, 'nowhere'))).toBeUndefined();
  });

  it.each([
    [{ AWS_BEARER_TOKEN_BEDROCK: 'x', AWS_PROFILE: 'y' }, { kind: 'bearer' }],
    [{ AWS_ACCESS_KEY_ID: 'A', AWS_SECRET_ACCESS_KEY: 'B' }, { kind: 'environment' }],
    [{ AWS_WEB_IDENTITY_TOKEN_FILE: '/t', AWS_ROLE_ARN: 'arn' }, { kind: 'web-identity' }],
    [{ AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2' }, { kind: 'container' }],
    [{ AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://x' }, { kind: 'container' }],
    [{ AWS_PROFILE: 'work' }, { kind: 'profile', profile: 'work' }],
  ])('finds %o', async (env, found) => {
    expect(await findAwsCredentials(env, home)).toEqual(found);
  });

  it.each([
    ['credentials', '[default]\naws_access_key_id = A\naws_secret_access_key = B\n'],
    ['config', '[profile other]\nregion=x\n\n[default]\r\nsso_session = corp\r\n'],
    ['config', '[default]\nregion = eu-west-1\nrole_arn=arn\nsource_profile = x'],
    ['config', '[ default ]\n credential_process = /bin/keys'],
  ] as const)('finds the default profile in ~/.aws/%s', async (file, text) => {
    await write(file, text);
    expect(await findAwsCredentials({}, home)).toEqual({ kind: 'profile', profile: 'default' });
  });

  it('does not take a region, or another profile, for credentials', async () => {
    await write(
      'config',
      '[default]\nregion = eu-west-1\n# role_arn = x\n[profile work]\nrole_arn = arn\n[sso-session corp]\nsso_start_url = x',
    );
    expect(await findAwsCredentials({}, home)).toBeUndefined();
  });

  it('looks where AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE point', async () => {
    await write('credentials', '[default]\naws_access_key_id = A\n');
    const env = { AWS_SHARED_CREDENTIALS_FILE: '/dev/null' };
    expect(await findAwsCredentials(env, home)).toBeUndefined();
    const moved = { ...env, AWS_CONFIG_FILE: join(home, '.aws', 'credentials') };
    expect(await findAwsCredentials(moved, home)).toEqual({ kind: 'profile', profile: 'default' });
  });
});
