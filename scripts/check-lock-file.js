// Holds package-lock.json to what a fresh clone on any machine needs of it.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** @typedef {{ resolved?: string, link?: boolean, hasInstallScript?: boolean, optionalDependencies?: Record<string, string> }} Entry */
/** @type {[string, Entry][]} */
const entries = Object.entries(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages);

const complaints = entries.flatMap(
  ([path, { resolved, link, hasInstallScript, optionalDependencies = {} }]) => [
    ...(resolved !== undefined && !link
      ? [`${path} has a download address, which ties every clone to one registry`]
      : []),
    ...(hasInstallScript ? [`${path} runs a script when it is installed`] : []),
    ...Object.keys(optionalDependencies)
      .filter((name) => !entries.some(([other]) => other.endsWith(`node_modules/${name}`)))
      .map((name) => `${path} lacks ${name}, which another platform needs: run \`npm run lock\``),
  ],
);

for (const complaint of complaints) console.error(complaint);
process.exitCode = complaints.length === 0 ? 0 : 1;
