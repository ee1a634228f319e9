import type { ClientFrame, HelloFrame, ServerFrame } from '@streambed/protocol/frames';
import type { Socket } from '../src/connection.ts';

/** A socket whose other end is the test. */
export class ManualSocket implements Socket {
  onmessage: Socket['onmessage'] = null;
  onclose: Socket['onclose'] = null;
  onerror: Socket['onerror'] = null;
  readonly sent: ClientFrame[] = [];
  closed = false;

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.closed = true;
  }

  /** The server says something. */
  say(frame: ServerFrame | { readonly type: string } | string): void {
    this.onmessage?.({ data: typeof frame === 'string' ? frame : JSON.stringify(frame) });
  }

  /** The server, or the network, ends it. */
  break(code = 1006): void {
    this.closed = true;
    this.onclose?.({ code, reason: '' });
  }
}

/** Opens {@link ManualSocket}s and keeps them. */
export function manualSockets() {
  const sockets: ManualSocket[] = [];
  return {
    sockets,
    get last(): ManualSocket {
      const socket = sockets.at(-1);
      if (socket === undefined) throw new Error('no socket was opened');
      return socket;
    },
    openSocket: (): Socket => {
      const socket = new ManualSocket();
      sockets.push(socket);
      return socket;
    },
  };
}

export const hello: HelloFrame = {
  type: 'hello',
  protocol: 'streambed.v1',
  session: 's1',
  limits: { max_frame_bytes: 1024, max_generations: 8 },
  resume_seconds: 600,
  upstream: { kind: 'emulator', region: 'us-east-1' },
};
