import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, test } from 'vitest';
import { SseResponse } from './sse-response.ts';

/** What one read of the socket brings first, of a response that `answer` writes. */
async function firstRead(answer: (response: SseResponse) => void): Promise<string> {
  const server = createServer((_request, raw) => {
    answer(new SseResponse(raw, { heartbeatMs: 60_000, stallMs: 60_000, mergeDeltas: false }, undefined));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  server.close();
  return bytes.toString('latin1');
}

test('the head and what is there with it leave in one write', async () => {
  const read = await firstRead((response) => {
    response.begin({ 'content-type': 'text/event-stream' });
    void Promise.resolve().then(() => response.send(['data: 1\n\n', 'data: 2\n\n']));
  });
  expect(read).toMatch(/^HTTP\/1.1 200 OK\r\n/);
  expect(read).toMatch(/data: 1\n\ndata: 2\n\n\r\n$/);
});

test('the head does not wait for what is not there yet', async () => {
  expect(await firstRead((response) => response.begin({ 'x-name': 'x' }))).toMatch(/\r\n\r\n$/);
});
