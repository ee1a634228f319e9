import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Doc } from '@streambed/bedrock-emulator';
import { docsDir, rootDocsDir } from './paths.ts';

/** Pages of the root that answer people's questions. The build copies them too. */
const rootPages = ['README.md', 'PROTOCOL.md', 'SECURITY.md', 'CONTRIBUTING.md'];

/** Streambed's own docs, cut into sections for the demo model to quote. What isn't there is left out, in silence. */
export async function loadDemoDocs(): Promise<readonly Doc[]> {
  const { docSections } = await import('@streambed/bedrock-emulator');
  const names = await readdir(docsDir).catch(() => []);
  const pages = names.filter((name) => name.endsWith('.md') && !rootPages.includes(name)).sort();
  const paths = [
    ...rootPages.map((name) => join(rootDocsDir, name)),
    ...pages.map((name) => join(docsDir, name)),
  ];
  const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8').catch(() => '')));
  return texts.flatMap((text, index) => docSections(basename(paths[index] ?? '', '.md'), text));
}
