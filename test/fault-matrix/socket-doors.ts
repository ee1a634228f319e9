import { randomUUID } from 'node:crypto';
import type { ServerFrame } from '@streambed/protocol/frames';
import { ask, folded, openFrameSocket, stopOf } from '../../apps/server/test/gateway.ts';
import { connect, type TestSocket } from '../support/websocket.ts';
import { nextPrompt, nextText } from './scenario.ts';
import type { Door, Seen } from './seen.ts';

/** The doors that are WebSockets. */
export const socketDoors: readonly Door[] = [
  {
    name: '/ws/model',
    async ask({ url, prompt, stream, headers = {}, signal }): Promise<Seen> {
      await using socket = await connect(`${url}/ws/model?model=anthropic&streaming=${stream}`, { headers });
      leaveWith(signal, socket);
      socket.send(prompt);
      // A streamed answer has no end of its own there; the next one begins after it.
      socket.send(nextPrompt);
      const isError = (message: string) => message.startsWith('error: ');
      const isLast = (message: string, all: readonly string[]) =>
        message === nextText || all.filter(isError).length > 1;
      const messages = (await socket.until(isLast)).slice(0, -1);
      const error = messages.find(isError);
      const text = messages.filter((message) => message !== error).join('');
      const code = error === undefined ? undefined : /\((SB_\w+)\)$/.exec(error)?.[1];
      if (error === undefined) return { end: 'complete', says: '', text };
      return { end: 'error inside', says: code ?? error, text };
    },
  },
  {
    name: '/ws',
    async ask({ url, prompt, stream, headers, signal }): Promise<Seen> {
      await using client = await openFrameSocket({ url }, headers);
      leaveWith(signal, client.socket);
      client.send(ask(randomUUID(), prompt, { stream }));
      const frames: ServerFrame[] = [];
      for (;;) {
        const frame = await client.next();
        if (frame.type === 'rejected') return { end: 'refused', says: frame.error.code, text: '' };
        frames.push(frame);
        if (frame.type === 'event' && frame.event.type === 'generation_stop') break;
      }
      const { state, error } = stopOf(frames);
      const generation = frames.find((frame) => frame.type === 'accepted')?.generation;
      const text = folded(frames)
        .content.map((block) => (block.type === 'text' ? block.text : ''))
        .join('');
      if (state === 'completed') return { end: 'complete', says: '', text, generation };
      return { end: 'error inside', says: error?.code ?? state, text, generation };
    },
  },
];

/** Leaves when the signal says so, which may have been while the socket opened. */
function leaveWith(signal: AbortSignal, { socket }: TestSocket): void {
  const leave = () => socket.terminate();
  if (signal.aborted) leave();
  else signal.addEventListener('abort', leave, { once: true });
}
