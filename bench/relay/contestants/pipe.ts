import { type AddressInfo, connect, createServer } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { serve } from '../process.ts';

/** The least that Node can do: bytes from one socket to another, nothing looked at. */
await serve(async () => {
  const { hostname, port, protocol } = new URL(process.env.BENCH_ENDPOINT as string);
  const server = createServer({ noDelay: true }, (client) => {
    const upstream =
      protocol === 'https:'
        ? connectTls({ host: hostname, port: Number(port), servername: hostname })
        : connect({ host: hostname, port: Number(port), noDelay: true });
    client.pipe(upstream).pipe(client);
    client.on('error', () => upstream.destroy()).on('close', () => upstream.destroy());
    upstream.on('error', () => client.destroy()).on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
