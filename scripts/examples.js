// `npm run examples`: serves examples/ on http://127.0.0.1:5174, with the server of `npm start` behind them. The pages
// of one file import what is in this clone; a page of your own would import the published packages.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The pages that are a script alone, by their paths. */
const scripts = new Map([
  ['/react', '/react.tsx'],
  ['/ai-sdk', '/ai-sdk.tsx'],
]);

/**
 * Serves the examples. To the server behind them every page must look like its own: it refuses foreign origins.
 * @param {{ server?: string, port?: number, quiet?: boolean }} [options]
 */
export async function serveExamples({ server = 'http://127.0.0.1:8080', port = 5174, quiet = false } = {}) {
  const proxied = { target: server, changeOrigin: true, headers: { origin: server } };
  const vite = await createServer({
    root: join(root, 'examples'),
    configFile: false,
    cacheDir: join(root, 'node_modules', '.vite-examples'),
    appType: 'mpa',
    logLevel: quiet ? 'silent' : 'error',
    // Found before the first page asks: finding them later would reload it.
    optimizeDeps: { include: ['react', 'react-dom/client', 'react/jsx-dev-runtime', '@ai-sdk/react'] },
    server: {
      host: '127.0.0.1',
      port,
      proxy: {
        '/ws': { ...proxied, ws: true, rewriteWsOrigin: true },
        '/streambed': proxied,
        '/healthz': proxied,
      },
    },
    plugins: [
      {
        name: 'one-script-pages',
        configureServer: ({ middlewares, transformIndexHtml }) => {
          middlewares.use(async (request, response, next) => {
            const script = scripts.get(request.url ?? '');
            if (script === undefined) return next();
            const page = `<!doctype html><html lang="en"><title>Streambed</title><body><script type="module" src="${script}"></script></body></html>`;
            response.setHeader('content-type', 'text/html; charset=utf-8');
            response.end(await transformIndexHtml(request.url ?? '', page));
          });
        },
      },
    ],
  });
  await vite.listen();
  const address = vite.httpServer?.address();
  const at = typeof address === 'object' && address !== null ? address.port : port;
  return { url: `http://127.0.0.1:${at}`, stop: () => vite.close() };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [server] = process.argv.slice(2);
  const { url } = await serveExamples(server === undefined ? {} : { server });
  for (const page of ['/browser.html', ...scripts.keys()]) console.log(`${url}${page}`);
}
