import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../../test/gateway.ts';

const folder = mkdtempSync(join(tmpdir(), 'streambed-usage-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));
const main = join(import.meta.dirname, '../main.ts');

/** The command as a process of its own. */
function run(dataDir: string, ...argv: readonly string[]) {
  return new Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>(
    (resolve) => {
      const options = { env: { STREAMBED_DATA_DIR: dataDir }, cwd: folder };
      const child = execFile(process.execPath, [main, 'usage', ...argv], options, (_, stdout, stderr) =>
        resolve({ code: child.exitCode ?? -1, stdout, stderr }),
      );
    },
  );
}

async function askOnce({ url }: Gateway, model: string): Promise<void> {
  const messages = [{ role: 'user', content: '/say one two three' }];
  const response = await fetch(`${url}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, max_tokens: 50, messages }),
  });
  await response.text();
}

test('sums the folder of a running server, for people, programs and spreadsheets, as the API does', async () => {
  const dataDir = join(folder, 'running');
  await using gateway = await startGateway({ dataDir });
  for (const model of ['anthropic', 'anthropic', 'llama3']) await askOnce(gateway, model);
  const response = await fetch(`${gateway.url}/streambed/v1/usage?group=model`);
  const { items, total, from, to } = (await response.json()) as Record<string, unknown>;

  const json = await run(dataDir, '--json');
  expect(JSON.parse(json.stdout)).toEqual({ from, to, group: ['model'], items, total });
  const table = await run(dataDir);
  expect(table.stdout).toMatch(/^MODEL +GENERATIONS.*USD/m);
  expect(table.stdout).toMatch(/^anthropic +2 /m);
  expect(table.stdout).toMatch(/^all +3 .* 0\.\d{8} +0$/m);
  const csv = await run(dataDir, '--csv', '--group', 'model,state', '--model', 'llama3');
  expect(csv.stdout.split('\r\n')).toEqual([
    expect.stringMatching(/^model,state,generations,/),
    expect.stringMatching(/^llama3,completed,1,/),
    '',
  ]);
}, 120_000);

test('takes in what a killed server has left in its journal', async () => {
  const dataDir = join(folder, 'before');
  const left = join(folder, 'left');
  {
    // Rows stay in the journal for as long as this test takes.
    await using gateway = await startGateway({ dataDir, tuning: { usage: { flushMs: 600_000 } } });
    await askOnce(gateway, 'anthropic');
    cpSync(dataDir, left, { recursive: true });
  }
  const { stdout } = await run(left, '--json', '--group', 'none');
  expect(JSON.parse(stdout).total).toMatchObject({ generations: 1, states: { completed: 1 } });
}, 120_000);

test.each([
  [['--form', '2026-01-01'], /usage has no flag --form; did you mean --from\?/],
  [['--group', 'colour'], /group: expected none, or some of project, key/],
  [['--from', 'soon'], /from: expected a date or time/],
])(
  'says what is wrong with %j',
  async (argv, says) => {
    const { code, stderr } = await run(join(folder, 'wrong'), ...argv);
    expect(code).toBe(1);
    expect(stderr).toMatch(says);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  },
  120_000,
);
