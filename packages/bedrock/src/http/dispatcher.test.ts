import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Certificate, makeCertificate } from '../../../../test/support/certificate.ts';
import { claudeEvents, streamBody } from '../../../../test/support/frames.ts';
import { startProxy } from '../../test/proxy.ts';
import { calling, clientAt, collect, hello } from '../../test/run.ts';
import { createBedrock } from '../index.ts';
import { createTrust } from './trust.ts';

const certificate: Certificate = makeCertificate([
  '*.us-east-1.amazonaws.com',
  '*.us-east-1.api.aws',
  'localhost',
]);
const keys = { kind: 'static', accessKeyId: 'A', secretAccessKey: 'B' } as const;

/** Answers like Bedrock, over TLS or in the open, and remembers the Host and the path it was asked for. */
async function startBedrock({ tls }: { tls: boolean }) {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server = tls ? createServer(certificate) : createHttpServer();
  server.on('request', (incoming, outgoing) => {
    asked.push(`${incoming.headers.host} ${incoming.url}`);
    outgoing.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' });
    outgoing.end(streamBody(claudeEvents(['Hi'])));
  });
  server.on('connection', (socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    asked,
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

describe('the way to Bedrock', () => {
  const closing: (() => PromiseLike<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  let bedrock: Awaited<ReturnType<typeof startBedrock>>;
  let proxy: Awaited<ReturnType<typeof startProxy>>;
  beforeEach(async () => {
    bedrock = await startBedrock({ tls: true });
    proxy = await startProxy(bedrock.port);
    closing.push(
      () => bedrock[Symbol.asyncDispose](),
      () => proxy[Symbol.asyncDispose](),
    );
  });

  async function run(options: Partial<Parameters<typeof createBedrock>[0]>) {
    const client = createBedrock({ region: 'us-east-1', credentials: keys, random: () => 0, ...options });
    closing.push(() => client.close());
    return collect(client.generate(hello, calling));
  }
  const path = '/model/us.anthropic.claude-haiku-4-5-20251001-v1%3A0/invoke-with-response-stream';

  it("goes through HTTPS_PROXY by CONNECT to the region's own host, trusting the CA bundle", async () => {
    const { text } = await run({ proxy: { https: proxy.url }, caBundle: certificate.cert });
    expect(text).toBe('Hi');
    expect(proxy.asked).toEqual(['CONNECT bedrock-runtime.us-east-1.amazonaws.com:443']);
    expect(bedrock.asked).toEqual([`bedrock-runtime.us-east-1.amazonaws.com ${path}`]);
  });

  it.each([
    ['FIPS', { fips: true }, 'bedrock-runtime-fips.us-east-1.amazonaws.com'],
    ['dual-stack', { dualStack: true }, 'bedrock-runtime.us-east-1.api.aws'],
  ])('goes to the %s host', async (_what, options, host) => {
    const { text } = await run({ proxy: { https: proxy.url }, caBundle: certificate.cert, ...options });
    expect(text).toBe('Hi');
    expect(proxy.asked).toEqual([`CONNECT ${host}:443`]);
    expect(bedrock.asked).toEqual([`${host} ${path}`]);
  });

  it('signs in at the proxy with the name and password of its URL', async () => {
    const url = proxy.url.replace('//', '//user:p%40ss@');
    expect((await run({ proxy: { https: url }, caBundle: certificate.cert })).text).toBe('Hi');
    expect(proxy.authorizations).toEqual([`Basic ${Buffer.from('user:p@ss').toString('base64')}`]);
  });

  it('does not trust a certificate that nobody vouches for, and says what to do', async () => {
    const { stop } = await run({ proxy: { https: proxy.url } });
    expect(stop).toMatchObject({
      state: 'failed',
      error: {
        code: 'SB_UPSTREAM_UNREACHABLE',
        message: expect.stringMatching(/AWS_CA_BUNDLE/),
        retryable: false,
      },
      bedrock: { attempts: 1 },
    });
    expect(bedrock.asked).toEqual([]);
  });

  it('says when the proxy turns it away', async () => {
    const strict = await startProxy(bedrock.port, { refuse: 407 });
    closing.push(() => strict[Symbol.asyncDispose]());
    const { stop } = await run({ proxy: { https: strict.url }, caBundle: certificate.cert });
    expect(stop.error).toMatchObject({
      code: 'SB_UPSTREAM_UNREACHABLE',
      message: expect.stringMatching(/HTTPS_PROXY.*password/),
    });
    expect(strict.asked).toHaveLength(1);
  });

  it('goes straight to hosts that NO_PROXY names, and to loopback always', async () => {
    const endpoint = `https://localhost:${bedrock.port}`;
    const { text } = await run({ endpoint, proxy: { https: proxy.url }, caBundle: certificate.cert });
    expect(text).toBe('Hi');
    // There is no such host: reaching for it directly fails, and the proxy never hears of it.
    const direct = await run({
      endpoint: 'https://gateway.test',
      proxy: { https: proxy.url, no: 'a.example, .test' },
    });
    expect(direct.stop.state).toBe('failed');
    expect(proxy.asked).toEqual([]);
  });

  it('sends plain http through HTTP_PROXY only', async () => {
    const open = await startBedrock({ tls: false });
    const plain = await startProxy(open.port);
    closing.push(
      () => open[Symbol.asyncDispose](),
      () => plain[Symbol.asyncDispose](),
    );
    const { text } = await run({
      endpoint: 'http://gateway.test/base',
      proxy: { http: plain.url, https: proxy.url },
    });
    expect(text).toBe('Hi');
    expect(plain.asked).toEqual([`POST http://gateway.test/base${path}`]);
    expect(open.asked).toEqual([`gateway.test /base${path}`]);
    expect(proxy.asked).toEqual([]);
  });

  it('goes to an endpoint override, signing its host and port', async () => {
    const { text } = await collect(
      clientAt(`https://localhost:${bedrock.port}`, { caBundle: certificate.cert }).generate(hello, calling),
    );
    expect(text).toBe('Hi');
    expect(bedrock.asked).toEqual([`localhost:${bedrock.port} ${path}`]);
  });

  it('reads the CA bundle once, not for each connection', async () => {
    const cpuMs = () => process.cpuUsage().user / 1000;
    let before = cpuMs();
    createTrust(certificate.cert)();
    const once = cpuMs() - before;
    const client = clientAt(`https://localhost:${bedrock.port}`, { caBundle: certificate.cert });
    closing.push(() => client.close());
    before = cpuMs();
    const answers = Array.from({ length: 32 }, () => collect(client.generate(hello, calling)));
    for (const { text } of await Promise.all(answers)) expect(text).toBe('Hi');
    expect(cpuMs() - before).toBeLessThan(16 * once);
  });

  it("goes to an account's own endpoint before the common one", async () => {
    const accounts = { prod: { endpoint: `https://localhost:${bedrock.port}` } };
    const client = clientAt('http://127.0.0.1:1', { accounts, caBundle: certificate.cert });
    closing.push(() => client.close());
    const { text } = await collect(client.generate(hello, { ...calling, account: 'prod' }));
    expect(text).toBe('Hi');
  });
});
