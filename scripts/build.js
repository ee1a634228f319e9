// Builds dist/: the page (Vite), the server as one self-contained program (Rolldown), and the docs the demo model quotes.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as bundle } from 'rolldown';
import { build as buildPage } from 'vite';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/**
 * Where `node:http` is imported as a module of its own, Node reads all it exports, some of that lazily from the HTTP
 * client which it has inside: that takes longer than all of our own code. Taken as an object, nothing is read that isn't used.
 * @type {import('rolldown').Plugin}
 */
const httpAsObject = {
  name: 'http-as-object',
  resolveId: {
    filter: { id: /^(node:)?http$/ },
    handler: (_id, _importer, { kind }) => (kind === 'import-statement' ? '\0http' : undefined),
  },
  load: {
    filter: { id: /^\0http$/ },
    handler() {
      const plain = Object.entries(Object.getOwnPropertyDescriptors(http)).filter(([, { get }]) => !get);
      const names = plain.map(([name]) => name).join(', ');
      return `const http = process.getBuiltinModule('node:http');\nexport default http;\nexport const { ${names} } = http;\n`;
    },
  },
};

rmSync(join(dist, 'server'), { recursive: true, force: true });
await Promise.all([
  buildPage({ root: join(root, 'apps', 'web'), logLevel: 'warn' }),
  bundle({
    input: {
      main: join(root, 'apps', 'server', 'src', 'main.ts'),
      // The program of each thread is a file of its own.
      'scan-worker': join(root, 'apps', 'server', 'src', 'bodies', 'scan-worker.ts'),
      'keep-worker': join(root, 'apps', 'server', 'src', 'jobs', 'keep-worker.ts'),
      'read-worker': join(root, 'apps', 'server', 'src', 'jobs', 'read-worker.ts'),
    },
    platform: 'node',
    plugins: [httpAsObject],
    // Native accelerators of ws, which it does without; and what only old Nodes need.
    external: ['bufferutil', 'utf-8-validate'],
    logLevel: 'warn',
    transform: { define: { 'process.env.STREAMBED_BUILD_VERSION': JSON.stringify(version) } },
    output: {
      dir: join(dist, 'server'),
      format: 'esm',
      minify: { compress: true, mangle: false, codegen: true },
      chunkFileNames: '[name]-[hash].js',
    },
  }),
]);

// The compile cache makes the second start some hundred milliseconds faster; it must be on before the program loads.
writeFileSync(
  join(dist, 'streambed.js'),
  `import module from 'node:module';\nmodule.enableCompileCache?.();\nawait import('./server/main.js');\n`,
);

const docs = join(dist, 'docs');
rmSync(docs, { recursive: true, force: true });
mkdirSync(docs, { recursive: true });
for (const page of ['README.md', 'PROTOCOL.md', 'SECURITY.md', 'CONTRIBUTING.md']) {
  cpSync(join(root, page), join(docs, page));
}
for (const page of readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'))) {
  cpSync(join(root, 'docs', page), join(docs, page));
}
