import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const run = (args: readonly string[]) => promisify(execFile)(process.execPath, [main, ...args]);

test('the bench runs: every way through a server relays every token, and the rows are whole', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'streambed-bench-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const json = join(folder, 'rows.json');
  const { stdout } = await run(['--quick', '--scenario', 'flat-32', '--upstream', 'tls', '--json', json]);
  expect(stdout).toMatch(/^### flat-32, TLS upstream/);
  const rows = JSON.parse(readFileSync(json, 'utf8')) as { contestant: string; cpuUsPerToken: number }[];
  expect(rows.map(({ contestant }) => contestant)).toEqual([
    'streambed/ws-model',
    'streambed/ws',
    'streambed/sse',
    'streambed/anthropic',
    'streambed/openai',
    'streambed/bedrock',
    'tutorial',
    'express-sdk',
    'pipe',
  ]);
  for (const row of rows) {
    expect(row).toMatchObject({ scenario: 'flat-32', upstream: 'tls', rounds: 3, tokens: 16_000 });
    expect(row.cpuUsPerToken).toBeGreaterThan(0);
  }
}, 240_000);

test('a group that does not exist is refused with the list of those that do', async () => {
  await expect(run(['nonsense'])).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('relay'),
  });
});
