import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'streambed-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));
const dataDir = join(folder, 'data');

const main = join(import.meta.dirname, '../main.ts');

/** The command as a process of its own. */
function run(...argv: readonly string[]) {
  return new Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>(
    (resolve) => {
      const env = { STREAMBED_DATA_DIR: dataDir };
      const child = execFile(
        process.execPath,
        [main, 'keys', ...argv],
        { env, cwd: folder },
        (_, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
      );
    },
  );
}
const json = (output: string) => JSON.parse(output);

test('a key is made, listed, limited, rotated and revoked on a data folder without a server', async () => {
  const made = await run('create', '--name', 'search', '--project', 'shop', '--models', 'claude-*', '--json');
  expect(made.code).toBe(0);
  const { key, id, ...rest } = json(made.stdout);
  expect(key).toMatch(/^sb_[0-9A-Za-z]{12}_[0-9A-Za-z]{36}$/);
  expect(key).toContain(id);
  expect(rest).toMatchObject({ name: 'search', project: 'shop', user: `key-${id}`, models: ['claude-*'] });
  expect(statSync(dataDir).mode & 0o777).toBe(0o700);

  const limited = await run('limit', id, '--requests-per-minute', '5', '--models', 'none', '--json');
  expect(json(limited.stdout)).toMatchObject({ requests_per_minute: 5, models: null });

  const rotated = json((await run('rotate', id, '--grace', '24h', '--json')).stdout);
  expect(rotated.id).toBe(id);
  expect(rotated.key).not.toBe(key);

  expect(json((await run('revoke', id, '--json')).stdout)).toMatchObject({ state: 'revoked' });
  const { stdout } = await run('list');
  expect(stdout).toMatch(/^ID .*STATE.*MODELS/);
  expect(stdout).toMatch(new RegExp(`${id} +search +revoked +shop`));
  expect(stdout).not.toContain(key);
});

test('made for a person, the key alone stands on standard output', async () => {
  const { code, stdout, stderr } = await run('create', '--name', 'mine');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^sb_\S+\n$/);
  expect(stderr).toMatch(/shown once/);
});

test.each([
  [['crate'], /there is no command keys crate; did you mean create\?/],
  [['create'], /name: expected a name/],
  [['create', '--nam', 'x'], /no flag --nam; did you mean --name\?/],
  [['create', '--name', 'x', '--surfaces', 'foo'], /surfaces\[0\]: expected streambed,/],
  [['create', '--name', 'x', '--expires', 'soon'], /--expires: expected a day/],
  [['revoke'], /keys revoke takes the id of one key/],
  [['revoke', 'nothing'], /There is no key with this id/],
])('a mistake is one line: %j', async (argv, says) => {
  const { code, stdout, stderr } = await run(...argv);
  expect(code).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toMatch(says);
  expect(stderr.trimEnd()).not.toContain('\n');
});
