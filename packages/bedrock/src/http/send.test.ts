import { Dispatcher } from 'undici';
import { describe, expect, it } from 'vitest';
import { Exchange } from './send.ts';
import { createUndiciWire } from './undici-wire.ts';

/** undici's side of one request: the test is the socket. */
class Socket extends Dispatcher {
  handler: Dispatcher.DispatchHandler = {};
  paused = false;
  aborted: Error | undefined;
  readonly controller: Dispatcher.DispatchController;

  constructor() {
    super();
    const socket = this;
    this.controller = {
      get aborted() {
        return socket.aborted !== undefined;
      },
      get paused() {
        return socket.paused;
      },
      reason: null,
      abort: (reason) => {
        socket.aborted = reason;
      },
      pause: () => {
        socket.paused = true;
      },
      resume: () => {
        socket.paused = false;
      },
    };
  }

  override dispatch(_options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    this.handler = handler;
    return true;
  }
  start(): void {
    this.handler.onRequestStart?.(this.controller, {});
    this.handler.onResponseStart?.(this.controller, 200, { 'X-Name': ['a', 'b'] });
  }
  data(size: number): void {
    this.handler.onResponseData?.(this.controller, Buffer.alloc(size, 'x'));
  }
  end(): void {
    this.handler.onResponseEnd?.(this.controller, {});
  }
  fail(error: Error): void {
    this.handler.onResponseError?.(this.controller, error);
  }
}

function exchange() {
  const socket = new Socket();
  const call = { method: 'POST', origin: 'http://x', path: '/', headers: {}, body: '' } as const;
  return { socket, sent: new Exchange(createUndiciWire(socket), call, 1_000) };
}

const size = async (chunks: Promise<Uint8Array[] | undefined> | Uint8Array[] | undefined) =>
  (await chunks)?.reduce((sum, chunk) => sum + chunk.byteLength, 0);

describe('an exchange', () => {
  it('gives all pieces of one read together, and to a late reader all that came', async () => {
    const { socket, sent } = exchange();
    socket.start();
    expect(await sent.head).toEqual({ status: 200, headers: { 'x-name': 'a, b' } });
    const waiting = sent.next();
    socket.data(1);
    socket.data(2);
    expect(await size(waiting)).toBe(3);
    socket.data(3);
    socket.data(4);
    socket.end();
    expect(await size(sent.next())).toBe(7);
    expect(await sent.next()).toBeUndefined();
  });

  it('pauses the socket while a slow reader has enough waiting, and goes on when it has read', async () => {
    const { socket, sent } = exchange();
    socket.start();
    socket.data(200 * 1024);
    expect(socket.paused).toBe(false);
    socket.data(100 * 1024);
    expect(socket.paused).toBe(true);
    expect(await size(sent.next())).toBe(300 * 1024);
    expect(socket.paused).toBe(false);
    sent.abort(new Error('done'));
  });

  it('gives what came before a failure, then the failure', async () => {
    const { socket, sent } = exchange();
    socket.start();
    socket.data(5);
    socket.fail(new Error('broken'));
    expect(await size(sent.next())).toBe(5);
    expect(() => sent.next()).toThrow('broken');
  });

  it('wakes a waiting reader when it is aborted, and closes the request', async () => {
    const { socket, sent } = exchange();
    socket.start();
    const waiting = sent.next();
    sent.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect(socket.aborted?.message).toBe('enough');
    socket.data(9);
    socket.fail(new Error('too late'));
    expect(() => sent.next()).toThrow('enough');
  });

  it('sends nothing when it was aborted before it had a connection', async () => {
    const { socket, sent } = exchange();
    sent.abort(new Error('never mind'));
    await expect(sent.head).rejects.toThrow('never mind');
    expect(socket.aborted).toBeUndefined();
    socket.handler.onRequestStart?.(socket.controller, {});
    expect(socket.aborted?.message).toBe('never mind');
  });

  it('reads no more of a body than it may', async () => {
    const { socket, sent } = exchange();
    socket.start();
    const text = sent.text(10);
    socket.data(11);
    await expect(text).rejects.toMatchObject({ code: 'SB_UPSTREAM_UNEXPECTED' });
    expect(socket.aborted).toBeDefined();
  });

  it('changes nothing when it is aborted after its end', async () => {
    const { socket, sent } = exchange();
    socket.start();
    socket.data(1);
    socket.end();
    sent.abort(new Error('late'));
    expect(socket.aborted).toBeUndefined();
    expect(await size(sent.next())).toBe(1);
  });
});
