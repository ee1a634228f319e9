import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { profileRegion } from './profile-region.ts';

const folder = mkdtempSync(join(tmpdir(), 'streambed-profile-'));
const file = join(folder, 'config');
afterAll(() => rmSync(folder, { recursive: true }));

test("the region is that of the profile in use, and of no other's", async () => {
  writeFileSync(
    file,
    '[default]\noutput = json\nregion = eu-west-1\n\n[profile work]\nsso_session = x\nregion=us-west-2 \n[profile bare]\n[sso-session x]\nregion = sa-east-1\n',
  );
  const read = (profile?: string) =>
    profileRegion({ AWS_CONFIG_FILE: file, ...(profile && { AWS_PROFILE: profile }) }, '/nowhere');
  expect(await read()).toBe('eu-west-1');
  expect(await read('work')).toBe('us-west-2');
  expect(await read('bare')).toBeUndefined();
  expect(await profileRegion({}, '/nowhere')).toBeUndefined();
});
