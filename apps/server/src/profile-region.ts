import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from './config/environment.ts';

/** The region that AWS's config file gives to the profile in use; undefined where it names none. */
export async function profileRegion(env: Environment, home: string): Promise<string | undefined> {
  const file = env.AWS_CONFIG_FILE || join(home, '.aws', 'config');
  const profile = env.AWS_PROFILE || 'default';
  const text = await readFile(file, 'utf8').catch(() => '');
  let inside = false;
  for (const line of text.split(/\r?\n/)) {
    const section = /^\s*\[\s*(?:profile\s+)?(.*?)\s*\]/.exec(line)?.[1];
    if (section !== undefined) inside = section === profile;
    const region = inside ? /^region\s*=\s*(\S+)/.exec(line)?.[1] : undefined;
    if (region !== undefined) return region;
  }
  return undefined;
}
