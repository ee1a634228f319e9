import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { open } from '../access/route-access.ts';
import { diagramHeaders } from './security-headers.ts';

/** Vite puts the hash of a file's content into the names in here: such a file never changes. */
const hashed = /[\\/]assets[\\/][^\\/]+$/;

/** The frame that draws diagrams has a folder of its own. */
const drawing = /^[\\/]?diagrams[\\/]/;

const notBuilt = `The page is not built here.

  npm run build     builds it, then start again
  npm start         does both

The WebSocket works without it: /ws/model?model=anthropic&streaming=1
`;

/** Serves the built page, or says plainly that there is none. */
export async function addStatic(app: FastifyInstance, dir: string): Promise<void> {
  if (!existsSync(join(dir, 'index.html'))) {
    app.get('/', { config: open }, (_request, reply) =>
      reply.code(503).type('text/plain; charset=utf-8').header('cache-control', 'no-store').send(notBuilt),
    );
    return;
  }
  await app.register(async (scope) => {
    // The page is the same for everybody; what it shows, it asks for.
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, ...open };
    });
    await scope.register(fastifyStatic, {
      root: dir,
      // `.br` and `.gz` files beside the original are sent where the browser takes them.
      preCompressed: true,
      cacheControl: false,
      setHeaders: (reply, path) => {
        if (drawing.test(relative(dir, path))) {
          for (const [name, value] of Object.entries(diagramHeaders)) reply.header(name, value);
        }
        const forever = hashed.test(path);
        reply.header('cache-control', forever ? 'public, max-age=31536000, immutable' : 'no-cache');
      },
    });
  });
}
