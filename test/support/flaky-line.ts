import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface FlakyLine extends AsyncDisposable {
  /** Leads to the server. */
  readonly url: string;
  /** How many connections were made through it. */
  readonly made: number;
  /** Cuts every connection there is, as a lost network does: without a word. */
  drop(): void;
  /** While it is down, every new connection is cut at once. */
  down: boolean;
  /** Resolves when the next connection has been made through it. */
  next(): Promise<void>;
}

export interface FlakyLineOptions {
  /** Asked for each connection: after how many bytes from the server it is cut; undefined: never. */
  readonly cutAfter?: () => number | undefined;
  /** Answers upgrades to WebSocket with 403, as some proxies do. */
  readonly refuseUpgrades?: boolean;
  /** A header that is added to upgrades to WebSocket, as a proxy that knows who asks does. */
  readonly upgradeHeader?: string;
}

const isUpgrade = /^upgrade: *websocket/im;

/** A TCP line to the server at `target` that breaks when told to. */
export async function flakyLine(target: string, options: FlakyLineOptions = {}): Promise<FlakyLine> {
  const { hostname, port } = new URL(target);
  const open = new Set<Socket>();
  const waiting = new Set<() => void>();
  let made = 0;

  const server = createServer((near) => {
    near.on('error', () => {});
    if (line.down) {
      near.resetAndDestroy();
      return;
    }
    made += 1;
    const far = connect(Number(port), hostname);
    far.on('error', () => {});
    open.add(near).add(far);
    const end = () => {
      for (const socket of [near, far]) {
        open.delete(socket);
        socket.destroy();
      }
    };
    near.once('close', end);
    far.once('close', end);
    near.on('data', (chunk) => {
      const { refuseUpgrades, upgradeHeader } = options;
      const upgrades =
        (refuseUpgrades || upgradeHeader !== undefined) && isUpgrade.test(chunk.toString('latin1'));
      if (upgrades && refuseUpgrades) {
        near.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
      } else if (upgrades) {
        far.write(chunk.toString('latin1').replace('\r\n', `\r\n${upgradeHeader}\r\n`), 'latin1');
      } else far.write(chunk);
    });
    let left = options.cutAfter?.() ?? Number.POSITIVE_INFINITY;
    far.on('data', (chunk: Buffer) => {
      if (chunk.length < left) {
        left -= chunk.length;
        near.write(chunk);
        return;
      }
      // The last bytes still arrive: the cut may fall into the middle of a frame.
      near.write(chunk.subarray(0, left), end);
    });
    for (const wake of [...waiting]) wake();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const line: FlakyLine = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get made() {
      return made;
    },
    down: false,
    drop() {
      for (const socket of [...open]) socket.destroy();
    },
    next: () =>
      new Promise((resolve) => {
        const wake = () => {
          waiting.delete(wake);
          resolve();
        };
        waiting.add(wake);
      }),
    async [Symbol.asyncDispose]() {
      line.drop();
      server.close();
      await once(server, 'close');
    },
  };
  return line;
}
