import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Sources run as they are from a clone; the bundle lies in `dist/server/`, with the page and the docs beside it. */
const fromSource = import.meta.url.endsWith('.ts');

function at(source: string, bundle: string): string {
  return fileURLToPath(new URL(fromSource ? source : bundle, import.meta.url));
}

/** The program of the thread that takes large bodies apart. */
export const scanWorkerFile: string = at('./bodies/scan-worker.ts', './scan-worker.js');

/** The program of the thread that looks things up in the database. */
export const readWorkerFile: string = at('./jobs/read-worker.ts', './read-worker.js');

/** The program of the thread that writes what takes long. */
export const keepWorkerFile: string = at('./jobs/keep-worker.ts', './keep-worker.js');

/** The built page. It may not be there. */
export const webDir: string = at('../../../dist/web/', '../web/');

/** The docs that the demo model quotes: pages of the root, and those of `docs/`. They may not be there. */
export const rootDocsDir: string = at('../../../', '../docs/');
export const docsDir: string = at('../../../docs/', '../docs/');

/** This program's version: written in by the bundler, or read from the clone's package.json. */
export function readVersion(): string {
  if (!fromSource) return process.env.STREAMBED_BUILD_VERSION ?? 'unknown';
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return version;
}
