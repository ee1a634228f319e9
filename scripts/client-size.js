// What the client weighs in a browser, gzipped: the bundle of what a page needs, without React.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Over this the check fails. */
const limit = 8 * 1000;

/** @param {string} code what a page would write */
async function sizeOf(code) {
  const entry = '\0page.js';
  const bundle = await rolldown({
    input: entry,
    platform: 'browser',
    cwd: root,
    external: ['react', 'react/jsx-runtime'],
    plugins: [
      {
        name: 'page',
        resolveId: (id) => {
          if (id === entry) return id;
          return id.startsWith('@streambed/client')
            ? join(root, 'packages/client/src', id.slice('@streambed/client'.length), 'index.ts')
            : undefined;
        },
        load: (id) => (id === entry ? code : undefined),
      },
    ],
  });
  const { output } = await bundle.generate({ format: 'esm', minify: true });
  await bundle.close();
  return output.reduce(
    (sum, part) => sum + (part.type === 'chunk' ? gzipSync(part.code, { level: 9 }).length : 0),
    0,
  );
}

/** @param {number} bytes */
const kilobytes = (bytes) => `${(bytes / 1000).toFixed(2)} kB`;

const [client, kept, react] = await Promise.all([
  sizeOf(`import { createClient } from '@streambed/client'; console.log(createClient);`),
  sizeOf(
    `import { createClient } from '@streambed/client'; import { createConversations } from '@streambed/client/conversations'; console.log(createClient, createConversations);`,
  ),
  sizeOf(`export * from '@streambed/client'; export * from '@streambed/client/react';`),
]);
console.log(
  `client in a browser: ${kilobytes(client)} gzipped of ${kilobytes(limit)}; with kept conversations: ${kilobytes(kept)}; all of it with the hooks: ${kilobytes(react)}`,
);
if (client > limit) {
  console.error(`The client is over its limit of ${kilobytes(limit)}.`);
  process.exitCode = 1;
}
