import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type RawData, WebSocket, WebSocketServer } from 'ws';

/**
 * What stands at an address over the years. `today`: the server as it is. `tomorrow`: one that speaks `streambed.v2` as
 * well, and says more in `streambed.v1` than today: fields, frames and events that nobody knows yet. `one day`: one that
 * speaks `streambed.v2` only.
 */
export type Age = 'today' | 'tomorrow' | 'one day';

export interface ServerOfTomorrow extends AsyncDisposable {
  readonly url: string;
  /** Leads the next connections there. */
  move(age: Age, target: string): void;
  /** The subprotocols that were asked for and chosen, a connection each. */
  readonly handshakes: readonly {
    readonly offered: readonly string[];
    readonly chosen: string | undefined;
  }[];
}

const spoken: Readonly<Record<Age, readonly string[]>> = {
  today: ['streambed.v1'],
  tomorrow: ['streambed.v2', 'streambed.v1'],
  'one day': ['streambed.v2'],
};

/** An address at which servers of different ages stand, one after the other; behind each is a real one of today. */
export async function serverOfTomorrow(target: string): Promise<ServerOfTomorrow> {
  let age: Age = 'today';
  let behind = target;
  const handshakes: { offered: readonly string[]; chosen: string | undefined }[] = [];
  const open = new Set<WebSocket>();
  const wss = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => spoken[age].find((each) => offered.has(each)) ?? false,
  });

  const server = createServer((_request, response) => response.writeHead(404).end());
  server.on('upgrade', (request, stream, head) => {
    stream.on('error', () => {});
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((each) => each.trim());
    const chosen = spoken[age].find((each) => offered.includes(each));
    handshakes.push({ offered, chosen });
    if (chosen === undefined) {
      stream.end('HTTP/1.1 400 Refused\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
      return;
    }
    wss.handleUpgrade(request, stream, head, (near) => join(near, age === 'today' ? asItIs : withMore));
  });

  const join = (near: WebSocket, say: (text: string) => readonly string[]) => {
    const far = new WebSocket(`${behind.replace(/^http/, 'ws')}/ws`, 'streambed.v1');
    const waiting: string[] = [];
    open.add(near);
    near.on('message', (data: RawData) => {
      if (far.readyState === WebSocket.OPEN) far.send(String(data));
      else waiting.push(String(data));
    });
    far.on('open', () => {
      for (const text of waiting) far.send(text);
    });
    far.on('message', (data: RawData) => {
      for (const text of say(String(data))) near.send(text);
    });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => {});
      one.on('close', () => other.terminate());
    }
    near.on('close', () => open.delete(near));
  };

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    handshakes,
    move(to, at) {
      age = to;
      behind = at;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.terminate();
      server.close();
      await once(server, 'close');
    },
  };
}

const asItIs = (text: string): readonly string[] => [text];

/** A frame with fields nobody knows, between frames nobody knows; an event that no client needs has a name of tomorrow. */
function withMore(text: string): readonly string[] {
  const frame = JSON.parse(text) as Record<string, unknown>;
  const more = { since: 'v2', weather: { sky: ['clear'] } };
  const event = frame.event as { readonly type: string } | undefined;
  if (event !== undefined) {
    const type = event.type === 'content_block_stop' ? 'content_block_rest' : event.type;
    frame.event = { ...event, type, ...more };
  }
  return [
    JSON.stringify({ type: 'forecast', generation: frame.generation, ...more }),
    JSON.stringify({ ...frame, ...more }),
    JSON.stringify({ type: 'changed', topic: 'weather', rev: 1, items: [more], ...more }),
  ];
}
