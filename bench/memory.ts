import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { WebSocket } from 'ws';
import { startChild } from './child.ts';

/** What the server's memory holds for idle sockets and for running generations: resident set, in a process of its own. */

const { values: options } = parseArgs({
  options: {
    sockets: { type: 'string', default: '10000' },
    generations: { type: 'string', default: '1000' },
  },
});
const idle = Number(options.sockets);
const running = Number(options.generations);

await using upstream = await startChild('./upstream.ts', []);
await using server = await startChild('./contestants/streambed.ts', [], upstream.url);
const target = `${server.url.replace('http', 'ws')}/ws`;

async function open(): Promise<WebSocket> {
  const socket = new WebSocket(target, ['streambed.v1']);
  socket.on('message', (data: Buffer) => {
    if (data.toString().includes('"ping"')) socket.send('{"type":"pong"}');
  });
  await once(socket, 'open');
  return socket;
}

/** Opens so many, some at a time. */
async function openMany(count: number): Promise<WebSocket[]> {
  const sockets: WebSocket[] = [];
  while (sockets.length < count) {
    const some = Math.min(200, count - sockets.length);
    sockets.push(...(await Promise.all(Array.from({ length: some }, open))));
  }
  return sockets;
}

const megabytes = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(0)} MB`;
const report = (what: string, before: number, after: number, count: number) =>
  console.log(
    `${what}: ${megabytes(before)} → ${megabytes(after)}, ${((after - before) / count / 1024).toFixed(1)} kB each`,
  );

// One of everything first: code and caches are nobody's share.
for (const socket of await openMany(50)) socket.terminate();
const empty = await server.memory();
const sockets = await openMany(idle);
const withSockets = await server.memory();
report(`${idle.toLocaleString('en-US')} idle sockets`, empty, withSockets, idle);

const users = sockets.slice(0, Math.ceil(running / 20));
let accepted = 0;
const started = Promise.withResolvers<void>();
for (const [index, socket] of users.entries()) {
  socket.on('message', (data: Buffer) => {
    if (data.toString().startsWith('{"type":"accepted"')) accepted += 1;
    if (accepted === running) started.resolve();
  });
  for (let turn = index * 20; turn < Math.min(running, index * 20 + 20); turn += 1) {
    const messages = [{ role: 'user', content: '2000 tokens at 20' }];
    const request = { model: 'anthropic', max_tokens: 4000, messages };
    socket.send(JSON.stringify({ type: 'generate', id: `g-${turn}`, request }));
  }
}
await started.promise;
// Each has some 200 events by then.
await new Promise((resolve) => setTimeout(resolve, 10_000));
report(`${running.toLocaleString('en-US')} running generations`, withSockets, await server.memory(), running);
for (const socket of sockets) socket.terminate();
