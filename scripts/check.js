// `npm run check`: format, lint, types, unused code, the house plan, the lock file. All of it runs; any failure fails.
import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const checks = [
  { name: 'format and lint', command: 'biome', args: ['ci', '--error-on-warnings', '.'] },
  { name: 'types', command: 'tsc', args: ['-p', '.'] },
  { name: 'types of the page', command: 'tsc', args: ['-p', 'apps/web'] },
  { name: 'unused code', command: 'knip', args: ['--no-progress'] },
  { name: 'docs in step', command: 'node', args: ['scripts/docs.js', '--check'] },
  { name: 'who imports whom', command: 'node', args: ['scripts/check-imports.js'] },
  { name: 'client size', command: 'node', args: ['scripts/client-size.js'], say: true },
  { name: 'page size', command: 'node', args: ['scripts/page-size.js'], say: true },
  { name: 'lock file', command: 'node', args: ['scripts/check-lock-file.js'] },
];

/** @param {{ name: string, command: string, args: readonly string[], say?: boolean }} check */
function run(check) {
  return new Promise((resolve) => {
    const child = spawn(check.command, check.args, { cwd: root, shell: process.platform === 'win32' });
    /** @type {Buffer[]} */
    const output = [];
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    child.on('error', (error) => resolve({ ...check, ok: false, output: error.message }));
    child.on('close', (code) =>
      resolve({ ...check, ok: code === 0, output: Buffer.concat(output).toString() }),
    );
  });
}

const results = await Promise.all(checks.map(run));
for (const { name, ok, output, say } of results) {
  console.log(`${ok ? '✓' : '✗'} ${name}`);
  if (!ok || say) console.log(output.trimEnd());
}
process.exitCode = results.every(({ ok }) => ok) ? 0 : 1;
