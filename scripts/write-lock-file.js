// `npm run lock`: writes package-lock.json for every platform. npm, run beside an installed node_modules, keeps only the
// packages of this machine's platform in it; so it is run in a folder that has none.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, globSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), 'streambed-lock-'));
const copied = [
  'package.json',
  '.npmrc',
  'package-lock.json',
  ...globSync('{packages,apps}/*/package.json', { cwd: root }),
];

try {
  for (const file of copied.filter((name) => existsSync(join(root, name)))) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    copyFileSync(join(root, file), join(folder, file));
  }
  const shell = process.platform === 'win32';
  const done = spawnSync('npm', ['install', '--package-lock-only'], { cwd: folder, stdio: 'inherit', shell });
  if (done.status === 0) copyFileSync(join(folder, 'package-lock.json'), join(root, 'package-lock.json'));
  process.exitCode = done.status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
