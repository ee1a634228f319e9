import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';

test('the bench runs: every server relays every token, and the rows are whole', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'streambed-bench-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const json = join(folder, 'rows.json');
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  const args = [main, '--quick', '--scenario', 'flat-1', '--json', json];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  expect(stdout).toMatch(/^\| scenario \| server \|/);
  const rows = JSON.parse(readFileSync(json, 'utf8')) as { contestant: string; cpuUsPerToken: number }[];
  expect(rows.map(({ contestant }) => contestant)).toEqual([
    'streambed',
    'ws + AWS SDK',
    'ws + AWS SDK, HTTP/1.1',
  ]);
  for (const row of rows) {
    expect(row).toMatchObject({ scenario: 'flat-1', upstream: 'emulator', rounds: 1, tokens: 4000 });
    expect(row.cpuUsPerToken).toBeGreaterThan(0);
  }
}, 60_000);
