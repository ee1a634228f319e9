import type { GenerationId } from '@streambed/protocol';
import type { Clock } from './clock.ts';
import type { Socket } from './connection.ts';
import { type AttachFrame, type ClientFrame, isObject, type ServerFrame, subprotocol } from './frames.ts';
import { type HttpApi, HttpRefusal } from './http.ts';
import { readServerSentEvents } from './sse.ts';

/** The server is asked for a sign of life so often: nothing else tells that an idle line is dead. */
const pulseMs = 15_000;
/** A stream of events that says nothing for so long, not even a heartbeat, is dead. */
const silentMs = 45_000;
/** A browser has six connections to a server: some must stay free for what is asked beside the streams. */
const maxStreams = 4;
/** What the server's `hello` would say by default. */
const resumeSeconds = 600;
/** Larger than the server takes by POST: its own answer tells what the limit is. */
const maxFrameBytes = 64 * 1024 * 1024;

/**
 * `streambed.v1` over HTTP, for networks that block WebSockets: it takes the same frames and says the same ones, so
 * whoever reads it gets the same events under the same guarantees. A stream that breaks closes it, as a line would.
 */
export function openHttpSocket(api: HttpApi, clock: Clock): Socket {
  const closing = new AbortController();
  const { signal } = closing;
  const reading = new Map<string, AbortController>();
  /** Readings that wait for a stream of their own. */
  const waiting: (() => void)[] = [];
  let streams = 0;
  let cancelPulse = () => {};

  const socket: Socket = {
    onmessage: null,
    onclose: null,
    onerror: null,
    send: (text) => void take(JSON.parse(text) as ClientFrame).catch(fail),
    close: () => end(),
  };

  const end = () => {
    cancelPulse();
    closing.abort();
    for (const reader of reading.values()) reader.abort();
    reading.clear();
  };
  const fail = () => {
    if (signal.aborted) return;
    end();
    socket.onclose?.({ code: 1006, reason: '' });
  };
  const sayText = (data: string) => {
    if (!signal.aborted) socket.onmessage?.({ data });
  };
  const say = (frame: ServerFrame) => sayText(JSON.stringify(frame));

  const take = async (frame: ClientFrame): Promise<void> => {
    const ref = frame.ref !== undefined && { ref: frame.ref };
    try {
      switch (frame.type) {
        case 'generate': {
          const reply = await api.start(frame, signal);
          say({ ...reply, ...ref });
          if (reply.type === 'accepted') follow(reply.generation, 0);
          return;
        }
        case 'attach':
          await attach(frame, ref);
          return;
        case 'detach':
          reading.get(frame.generation ?? '')?.abort();
          say({ type: 'ok', ...ref });
          return;
        case 'cancel':
          await api.cancel(frame.generation ?? frame.id ?? '', signal);
          say({ type: 'ok', ...ref });
          return;
        default:
          return;
      }
    } catch (thrown) {
      if (!(thrown instanceof HttpRefusal)) throw thrown;
      say({ type: 'error', ...ref, error: thrown.info });
    }
  };

  const attach = async (frame: AttachFrame, ref: false | { readonly ref: string | number }) => {
    const standing = await api.find(frame.generation ?? frame.id ?? '', signal);
    // A cursor past the end is one of another log.
    const { after: asked = 0 } = frame;
    const reset = asked > standing.head;
    say({ ...standing, type: 'attached', ...ref, ...(reset && { reset }) });
    const after = reset ? 0 : asked;
    // Of what has ended there may be nothing left to read.
    if (standing.state === 'running' || after < standing.head) follow(standing.generation, after);
  };

  const follow = (generation: GenerationId, after: number) => {
    reading.get(generation)?.abort();
    const reader = new AbortController();
    reading.set(generation, reader);
    void inTurn(() => read(generation, after, reader)).catch(() => {
      if (!reader.signal.aborted) fail();
    });
  };

  const inTurn = async (run: () => Promise<void>) => {
    if (streams >= maxStreams) await new Promise<void>((resolve) => waiting.push(resolve));
    streams += 1;
    try {
      await run();
    } finally {
      streams -= 1;
      waiting.shift()?.();
    }
  };

  const read = async (generation: GenerationId, after: number, reader: AbortController) => {
    const body = await api.events(generation, after, reader.signal);
    let last = after;
    let ended = false;
    let cancelSilence = () => {};
    const heard = () => {
      cancelSilence();
      cancelSilence = clock.after(silentMs, fail);
    };
    heard();
    try {
      for await (const { id, name, data } of readServerSentEvents(body, heard)) {
        if (reader.signal.aborted) return;
        if (name === 'reset') {
          last = 0;
          say({ type: 'attached', generation, state: 'running', head: 0, reset: true });
          continue;
        }
        const seq = Number(id);
        if (!Number.isSafeInteger(seq) || seq <= last) continue;
        sayText(
          `{"type":"event","generation":"${generation}","seq":${seq},"from":${last + 1},"event":${data}}`,
        );
        last = seq;
        ended = name === 'generation_stop' || (name === 'message' && isStop(data));
      }
    } finally {
      cancelSilence();
    }
    if (reading.get(generation) === reader) reading.delete(generation);
    if (!ended && !reader.signal.aborted) fail();
  };

  const pulse = async () => {
    if (!(await api.alive(signal))) {
      fail();
      return;
    }
    say({ type: 'ping' });
    if (!signal.aborted) cancelPulse = clock.after(pulseMs, () => void pulse());
  };

  const greet = async () => {
    const { upstream } = await api.catalogue(signal);
    say({
      type: 'hello',
      protocol: subprotocol,
      session: 'http',
      limits: { max_frame_bytes: maxFrameBytes, max_generations: maxStreams },
      resume_seconds: resumeSeconds,
      upstream,
    });
    cancelPulse = clock.after(pulseMs, () => void pulse());
  };
  void greet().catch(fail);
  return socket;
}

function isStop(data: string): boolean {
  const event: unknown = JSON.parse(data);
  return isObject(event) && event.type === 'generation_stop';
}
