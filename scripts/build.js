// Builds dist/: the page (Vite), the server as one self-contained program (Rolldown), and the docs the demo model quotes.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as bundle } from 'rolldown';
import { build as buildPage } from 'vite';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

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
