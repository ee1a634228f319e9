// What the page weighs, gzipped: the shell with the composer, and all that a first conversation loads.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const grammars = join(root, 'node_modules', '@shikijs', 'langs', 'dist');

/** In bytes of JavaScript; over these the check fails. */
const limits = { shell: 120_000, firstUse: 300_000 };

/** Loaded when they are needed, and not before; everything else counts as first use, also what many never open. */
const lazy = /^(?:katex$|compare)/;

const built = await build({
  root: join(root, 'apps', 'web'),
  // Nothing is written, nothing is compressed, no diagrams.
  mode: 'size',
  logLevel: 'error',
  build: { write: false },
});

if (!('output' in built)) throw new Error('vite build gave no single bundle');
const { output } = built;

/** @param {string | Uint8Array} code */
const sizeOf = (code) => gzipSync(code, { level: 9 }).length;
/** @param {string} file */
const nameOf = (file) => (file.split('/').at(-1) ?? '').replace(/-[\w-]{8}\.js$/, '');

const chunks = output.filter((part) => part.type === 'chunk');
const shell = new Set(chunks.filter((chunk) => chunk.isEntry));
for (const chunk of shell) {
  for (const other of chunks) if (chunk.imports.includes(other.fileName)) shell.add(other);
}
// The worker that colours code is a bundle of its own, with its grammars.
const worker = output
  .filter((part) => part.type === 'asset' && part.fileName.endsWith('.js'))
  .filter(({ fileName }) => !existsSync(join(grammars, `${nameOf(fileName)}.mjs`)));

let shellSize = 0;
for (const chunk of shell) shellSize += sizeOf(chunk.code);
let firstUse = 0;
for (const chunk of chunks) if (!lazy.test(nameOf(chunk.fileName))) firstUse += sizeOf(chunk.code);
for (const asset of worker) if (asset.type === 'asset') firstUse += sizeOf(asset.source);

/** @param {number} bytes */
const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
console.log(
  `the page, gzipped: shell with composer ${kilobytes(shellSize)} of ${kilobytes(limits.shell)}; all of first use ${kilobytes(firstUse)} of ${kilobytes(limits.firstUse)}`,
);
if (shellSize > limits.shell || firstUse > limits.firstUse) {
  console.error('The page is over its limit. What is seldom needed should load when it is.');
  process.exitCode = 1;
}
