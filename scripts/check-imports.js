// Holds the house plan: who may import whom. Tests may import sideways; nothing else may.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** @type {Record<string, readonly string[]>} each workspace, and the workspaces it may import */
const mayImport = {
  'packages/protocol': [],
  'packages/event-stream': [],
  'packages/model-facts': [],
  'packages/bedrock': ['protocol', 'event-stream', 'model-facts'],
  'packages/bedrock-emulator': ['event-stream', 'model-facts'],
  'packages/client': ['protocol'],
  'apps/server': ['protocol', 'bedrock', 'bedrock-emulator'],
  'apps/web': ['protocol', 'client'],
};

const complaints = Object.entries(mayImport).flatMap(([workspace, allowed]) => {
  const home = join(root, workspace);
  return readdirSync(join(home, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !/\.(test|behaviour)\.tsx?$/.test(name))
    .flatMap((name) => {
      const file = join(home, 'src', name);
      return importsOf(file)
        .filter((target) => !isAllowed(target, file, home, allowed))
        .map((target) => `${relative(root, file)} imports ${target}, which the house plan does not allow`);
    });
});

for (const complaint of complaints) console.error(complaint);
process.exitCode = complaints.length === 0 ? 0 : 1;

/** @param {string} file */
function importsOf(file) {
  const source = readFileSync(file, 'utf8');
  return [...source.matchAll(/\b(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '');
}

/**
 * @param {string} target
 * @param {string} file
 * @param {string} home
 * @param {readonly string[]} allowed
 */
function isAllowed(target, file, home, allowed) {
  if (target.startsWith('.')) return !relative(home, resolve(dirname(file), target)).startsWith('..');
  const ours = /^@streambed\/([^/]+)/.exec(target)?.[1];
  return ours === undefined || allowed.includes(ours);
}
