import { once } from 'node:events';
import { type ClientOptions, WebSocket } from 'ws';

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

export interface TestSocket extends AsyncDisposable {
  readonly socket: WebSocket;
  /** Every message so far, as text. */
  readonly messages: readonly string[];
  /** Resolves when the socket is closed, by whichever side. */
  readonly closed: Promise<Closed>;
  send(data: string | Uint8Array): void;
  /** The next message that `next` and `until` have not given yet. Rejects when the socket closes before it. */
  next(): Promise<string>;
  /** The messages not given yet, up to and with the first for which `last` is true; `all` holds those before it too. */
  until(last: (message: string, all: readonly string[]) => boolean): Promise<readonly string[]>;
}

/** A WebSocket to the server, open. Rejects with the HTTP status where the upgrade is refused. */
export async function connect(
  url: string,
  options: ClientOptions & { readonly protocol?: string } = {},
): Promise<TestSocket> {
  const { protocol, ...rest } = options;
  const socket = new WebSocket(url.replace(/^http/, 'ws'), protocol === undefined ? [] : [protocol], rest);
  const messages: string[] = [];
  const wakes = new Set<() => void>();
  let given = 0;
  let end: Closed | undefined;

  const wakeAll = () => {
    for (const wake of [...wakes]) wake();
  };
  const closed = new Promise<Closed>((resolve) => {
    socket.once('close', (code, reason) => {
      end = { code, reason: reason.toString() };
      resolve(end);
      wakeAll();
    });
  });
  socket.on('message', (data) => {
    messages.push(data.toString());
    wakeAll();
  });
  socket.on('error', () => {
    // `open` or `close` says what matters.
  });
  await opened(socket);

  const next = async (): Promise<string> => {
    while (given >= messages.length) {
      if (end !== undefined) {
        throw new Error(
          `the socket closed (${end.code} ${end.reason}) with no message more; had: ${tail(messages)}`,
        );
      }
      await new Promise<void>((resolve) => {
        const wake = () => {
          wakes.delete(wake);
          resolve();
        };
        wakes.add(wake);
      });
    }
    given += 1;
    return messages[given - 1] as string;
  };

  return {
    socket,
    messages,
    closed,
    send: (data) => socket.send(data),
    next,
    async until(last) {
      const taken: string[] = [];
      for (;;) {
        const message = await next();
        taken.push(message);
        if (last(message, taken)) return taken;
      }
    },
    async [Symbol.asyncDispose]() {
      if (end === undefined) socket.terminate();
      await closed;
    },
  };
}

/** Resolves when open; rejects with the reason where it is refused. */
async function opened(socket: WebSocket): Promise<void> {
  const refused = once(socket, 'unexpected-response').then(([request, response]) => {
    request.destroy();
    throw new Error(`the upgrade was refused: ${response.statusCode}`);
  });
  await Promise.race([once(socket, 'open'), refused]);
  // Once open, the losing promise may never settle; if it rejects at close, nobody cares.
  refused.catch(() => {});
}

function tail(messages: readonly string[]): string {
  return messages.length === 0 ? 'none' : messages.slice(-3).join(' | ').slice(-500);
}
