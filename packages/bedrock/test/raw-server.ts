import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** A server that is told every byte it says. */
export interface RawServer extends AsyncDisposable {
  readonly url: string;
  /** Connections so far. */
  readonly connections: number;
  /** Those that are open now. */
  readonly open: ReadonlySet<Socket>;
  /** Heads of requests so far, in latin1. */
  readonly heads: readonly string[];
}

/**
 * `answer` gets each request once it is there, with its body (in latin1, by its content-length), and how many came before
 * it on all connections.
 */
export async function startRawServer(
  answer: (socket: Socket, request: { readonly body: string; readonly index: number }) => void,
): Promise<RawServer> {
  const heads: string[] = [];
  const open = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    open.add(socket);
    socket.on('error', () => {}).on('close', () => open.delete(socket));
    let text = '';
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      for (;;) {
        const end = text.indexOf('\r\n\r\n');
        const head = text.slice(0, Math.max(0, end));
        const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
        if (end < 0 || text.length < end + 4 + length) return;
        const body = text.slice(end + 4, end + 4 + length);
        text = text.slice(end + 4 + length);
        heads.push(head);
        answer(socket, { body, index: heads.length - 1 });
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heads,
    open,
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
