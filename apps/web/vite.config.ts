import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { build, defineConfig, type Plugin } from 'vite';

const server = 'http://127.0.0.1:8080';
/** The server refuses foreign origins; to it, the development page must look like its own. */
const proxied = { target: server, changeOrigin: true, headers: { origin: server } };

/** Asks for the two faces every page needs as early as its style sheet, so that text doesn't change under the reader. */
function preloadFonts(): Plugin {
  const needed = /(inter-latin-wght-normal|jetbrains-mono-latin-wght-normal)-[^/]*\.woff2$/;
  return {
    name: 'streambed:preload-fonts',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler: (_html, { bundle = {} }) =>
        Object.keys(bundle)
          .filter((file) => needed.test(file))
          .map((file) => ({
            tag: 'link',
            attrs: { rel: 'preload', as: 'font', type: 'font/woff2', href: `./${file}`, crossorigin: true },
            injectTo: 'head' as const,
          })),
    },
  };
}

/** KaTeX names every font in three formats; every browser we run in reads the first. */
function oneFontFormat(): Plugin {
  return {
    name: 'streambed:one-font-format',
    enforce: 'pre',
    transform: (code, id) =>
      /katex[\\/]dist[\\/].*\.css$/.test(id)
        ? code.replaceAll(/,url\([^)]+\.(?:woff|ttf)\) format\("[a-z]+"\)/g, '')
        : undefined,
  };
}

/** Adds the page that draws diagrams in a sandboxed frame, then what the server sends compressed. */
function finish(): Plugin {
  let outDir = '';
  return {
    name: 'streambed:finish',
    // `scripts/page-size.js` only weighs the page.
    apply: (_config, { command, mode }) => command === 'build' && mode !== 'size',
    configResolved: (config) => {
      outDir = config.build.outDir;
    },
    closeBundle: async () => {
      // By itself, since it shares nothing with the chat.
      await build({
        configFile: false,
        root: fileURLToPath(new URL('diagrams', import.meta.url)),
        base: './',
        logLevel: 'warn',
        build: { outDir: join(outDir, 'diagrams'), emptyOutDir: true, chunkSizeWarningLimit: 2000 },
      });
      compress(outDir);
    },
  };
}

/** Puts a `.br` and a `.gz` beside every text file worth it, for the server to send as they are. */
function compress(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(js|css|svg|html)$/.test(name)) continue;
    const path = join(folder, name);
    const content = readFileSync(path);
    if (content.length < 1024) continue;
    // Two steps below the best: a tenth of the time for the last two per cent.
    writeFileSync(
      `${path}.br`,
      brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
    );
    writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
  }
}

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Served under any base path: every address in the page is relative to it.
  base: './',
  plugins: [react(), tailwindcss(), preloadFonts(), oneFontFormat(), finish()],
  // Grammars load one by one in the worker as well.
  worker: { format: 'es' },
  build: {
    outDir: fileURLToPath(new URL('../../dist/web', import.meta.url)),
    emptyOutDir: true,
    // No data: addresses, so that the content security policy needs none for fonts and scripts.
    assetsInlineLimit: 0,
    // Grammars of big languages are over it, and load only when such code is shown.
    chunkSizeWarningLimit: 1000,
  },
  server: {
    // The frame that draws diagrams has no origin, here as in what is built.
    cors: { origin: [/^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/, 'null'] },
    proxy: {
      '/ws': { ...proxied, ws: true, rewriteWsOrigin: true },
      '/streambed': proxied,
      '/healthz': proxied,
    },
  },
});
