// Installs what is missing and builds what is stale; does nothing when all is fresh. Runs on the machine's own Node,
// which may be old, and before any dependency is there: Node's own modules only.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeBinaries } from '../bin/node-binary.js';
import { withLock } from './lock.js';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stampFile = join(root, 'dist', '.stamp');

/** What the built server and page are made from. */
const buildInputs = [
  'apps',
  'packages',
  'docs',
  'scripts/build.js',
  'package-lock.json',
  'package.json',
  'README.md',
];

/**
 * Makes the clone ready to run. Two at once don't collide: one works, the other waits for it.
 * @param {{ build?: boolean }} [want] build: false installs only
 */
export async function setUp(want = {}) {
  const build = want.build ?? true;
  if (isInstalled() && (!build || isBuilt())) return;
  await withLock(
    join(root, '.setup.lock'),
    () => {
      if (!isInstalled()) install();
      if (build && !isBuilt()) buildAll();
    },
    () => console.log('streambed: waiting for another set-up of this folder to finish'),
  );
}

/** Whether `node_modules` holds what the lock file says. npm writes its own record there last, so a torn install shows. */
function isInstalled() {
  const wanted = readJson(join(root, 'package-lock.json'))?.packages;
  const there = readJson(join(root, 'node_modules', '.package-lock.json'))?.packages;
  if (!wanted || !there || nodeBinaries().length === 0) return false;
  return Object.entries(wanted).every(
    ([path, entry]) =>
      path === '' ||
      entry.optional ||
      entry.link ||
      !path.startsWith('node_modules/') ||
      there[path]?.version === entry.version,
  );
}

function install() {
  console.log('streambed: installing dependencies (once, about half a minute)');
  const npm = process.env.npm_execpath;
  const args = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  const options = { cwd: root, stdio: /** @type {'inherit'} */ ('inherit') };
  const done = npm?.endsWith('.js')
    ? spawnSync(process.execPath, [npm, ...args], options)
    : spawnSync('npm', args, { ...options, shell: process.platform === 'win32' });
  if (done.status !== 0)
    stop(
      'the dependencies could not be installed. npm says why above; check the network and run this again.',
    );
  if (!isInstalled())
    stop(
      `npm installed no Node for ${process.platform}-${process.arch}. Install Node 24 and run this again.`,
    );
}

function isBuilt() {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === fingerprint();
}

function buildAll() {
  console.log('streambed: building the server and the page');
  const before = fingerprint();
  rmSync(stampFile, { force: true });
  for (const node of nodeBinaries()) {
    const done = spawnSync(node, [join(root, 'scripts', 'build.js')], { cwd: root, stdio: 'inherit' });
    if (done.error) continue;
    if (done.status !== 0) stop('the build failed. It says why above.');
    mkdirSync(dirname(stampFile), { recursive: true });
    writeFileSync(stampFile, before);
    return;
  }
  stop('no Node here can run the build. Install Node 24 and run this again.');
}

/** Changes when anything that is built from changes. Contents, not times: a checkout or a copy must not rebuild. */
function fingerprint() {
  const hash = createHash('sha1');
  for (const input of buildInputs) {
    for (const file of filesBelow(join(root, input))) {
      hash.update(file).update('\0').update(readFileSync(file)).update('\0');
    }
  }
  return hash.digest('hex');
}

/**
 * @param {string} path
 * @returns {string[]} in a fixed order; tests and pictures are not built from
 */
function filesBelow(path) {
  if (!existsSync(path)) return [];
  let entries;
  try {
    entries = readdirSync(path, { withFileTypes: true });
  } catch {
    return [path];
  }
  return entries
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .filter((entry) => entry.name !== 'node_modules' && !/\.(test|behaviour)\.tsx?$|\.png$/.test(entry.name))
    .flatMap((entry) => filesBelow(join(path, entry.name)));
}

/** @param {string} path */
function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** @param {string} reason @returns {never} */
function stop(reason) {
  console.error(`streambed: ${reason}`);
  process.exit(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--force-build')) rmSync(stampFile, { force: true });
  await setUp({ build: !process.argv.includes('--install-only') });
}
