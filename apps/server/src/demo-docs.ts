import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Doc, docSections } from '@streambed/bedrock-emulator';
import { docsDir, rootDocsDir } from './paths.ts';

/** Pages of the root that answer people's questions. The build copies them too. */
const rootPages = ['README.md', 'PROTOCOL.md', 'SECURITY.md', 'CONTRIBUTING.md'];

/** Streambed's own docs, cut into sections for the demo model to quote. What isn't there is left out, in silence. */
export function loadDemoDocs(): readonly Doc[] {
  const pages = namesIn(docsDir)
    .filter((name) => name.endsWith('.md') && !rootPages.includes(name))
    .sort();
  const paths = [
    ...rootPages.map((name) => join(rootDocsDir, name)),
    ...pages.map((name) => join(docsDir, name)),
  ];
  return paths.flatMap((path) => docSections(basename(path, '.md'), textOf(path)));
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
