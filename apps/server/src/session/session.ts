import { type ClientId, clientIdPattern, type GenerationId, StreambedError } from '@streambed/protocol';
import {
  type AcceptedFrame,
  type CancelFrame,
  type ClientFrame,
  closeCode,
  type GenerateFrame,
  type HelloFrame,
  maxFrameBytes,
  parseClientFrame,
  type ServerFrame,
  subprotocol,
} from '@streambed/protocol/frames';
import type { SocketLoad } from '../generation/admission.ts';
import type { Generation, Owner } from '../generation/generation.ts';
import type { GenerationRegistry } from '../generation/registry.ts';
import type { Connection } from '../socket/connection.ts';
import { type Encode, relay } from '../socket/relay.ts';
import { toErrorFrame, toRejectedFrame } from '../socket/to-frame.ts';
import { encodeEvents } from './encode-events.ts';

/** A client that sends so many unreadable frames within a minute is closed. */
const patience = { frames: 20, ms: 60_000 };

/** For `stream: false` nobody waits for a first token: larger batches merge better. */
const wholeBatch = 256 * 1024;

export interface SessionOptions {
  readonly registry: GenerationRegistry;
  readonly owner: Owner;
  readonly upstream: HelloFrame['upstream'];
}

/** One `streambed.v1` client: what it asked for and which generations it follows. */
export class Session {
  /** How many generations this socket has running. */
  readonly #load: SocketLoad = { running: 0 };
  readonly #connection: Connection;
  readonly #registry: GenerationRegistry;
  readonly #owner: Owner;
  readonly #following = new Map<GenerationId, Promise<void>>();
  #unreadable: number[] = [];
  #pingsUnanswered = 0;

  constructor(connection: Connection, options: SessionOptions) {
    this.#connection = connection;
    this.#registry = options.registry;
    this.#owner = options.owner;
    this.#send({
      type: 'hello',
      protocol: subprotocol,
      session: connection.id,
      limits: {
        max_frame_bytes: maxFrameBytes,
        max_generations: options.registry.admission.limits.generationsPerSocket,
      },
      upstream: options.upstream,
    });
    connection.listen({
      onText: (text) => this.#receive(text),
      onBinary: () => this.#refuse(new StreambedError('SB_BAD_JSON', 'Send frames as text, not as binary.')),
    });
    connection.everyHeartbeat(() => this.#ping());
  }

  /** Resolves when everything this client follows has been read to its end. */
  async settled(): Promise<void> {
    await Promise.all(this.#following.values());
  }

  /** Tells the client that this server is leaving. */
  goAway(reconnectAfterMs: number): void {
    this.#send({ type: 'goaway', reconnect_after_ms: reconnectAfterMs });
  }

  #receive(text: string): void {
    this.#pingsUnanswered = 0;
    let frame: ClientFrame;
    try {
      if (Buffer.byteLength(text) > maxFrameBytes) throw tooLarge();
      frame = parseClientFrame(text);
    } catch (thrown) {
      const about = whatCanBeRead(text);
      // A `generate` that can be made out is answered as one: its sender waits for `accepted` or `rejected`.
      if (about.type === 'generate') this.#send(toRejectedFrame(thrown, about.id, about.ref));
      else this.#refuse(thrown, about.ref);
      return;
    }
    switch (frame.type) {
      case 'generate':
        this.#generate(frame);
        break;
      case 'cancel':
        // `done` never rejects, and neither does what answers after it.
        void this.#cancel(frame);
        break;
      case 'pong':
        break;
    }
  }

  #generate(frame: GenerateFrame): void {
    let generation: Generation;
    try {
      generation = this.#registry.start({
        owner: this.#owner,
        clientId: frame.id,
        request: frame.request,
        socket: this.#load,
      });
    } catch (thrown) {
      this.#send(toRejectedFrame(thrown, frame.id, frame.ref));
      return;
    }
    const accepted: AcceptedFrame = {
      type: 'accepted',
      ...(frame.ref !== undefined && { ref: frame.ref }),
      id: frame.id,
      generation: generation.id,
      state: generation.state,
      head: this.#registry.log.head(generation.id),
    };
    this.#send(accepted);
    if (this.#following.has(generation.id)) return;
    const following = this.#follow(generation, frame.stream ?? true).finally(() =>
      this.#following.delete(generation.id),
    );
    this.#following.set(generation.id, following);
  }

  /** Reads a generation to its end, at the pace at which the client takes it. Never rejects. */
  async #follow(generation: Generation, live: boolean): Promise<void> {
    const { log } = this.#registry;
    const signal = this.#connection.closed;
    const detach = this.#registry.attach(generation);
    try {
      if (!live) await Promise.race([generation.done, aborted(signal)]);
      const options = live ? { after: 0, signal } : { after: 0, signal, maxBatch: wholeBatch };
      const late = log.head(generation.id) > 0;
      const encode: Encode = (batch, merge) => encodeEvents(generation.id, batch, merge || !live);
      await relay(log.read(generation.id, options), this.#connection, encode, late);
    } catch (thrown) {
      this.#send(toErrorFrame(thrown));
    } finally {
      detach();
    }
  }

  async #cancel(frame: CancelFrame): Promise<void> {
    const ref = frame.ref !== undefined && { ref: frame.ref };
    const generation = this.#registry.find(this.#owner, frame);
    if (generation !== undefined) {
      generation.cancel();
      await generation.done;
      this.#send({ type: 'ok', ...ref, generation: generation.id, state: generation.state });
    } else if (frame.generation === undefined && frame.id !== undefined) {
      this.#registry.cancelAhead(this.#owner, frame.id);
      this.#send({ type: 'ok', ...ref, state: 'cancelled' });
    } else {
      const error = new StreambedError('SB_NOT_FOUND', undefined, { field: 'generation' });
      this.#send(toErrorFrame(error, frame.ref));
    }
  }

  /** Answers what can't be read; a client that keeps at it is closed. */
  #refuse(thrown: unknown, ref?: string | number): void {
    this.#send(toErrorFrame(thrown, ref));
    const now = performance.now();
    this.#unreadable = [...this.#unreadable.filter((at) => now - at < patience.ms), now];
    if (this.#unreadable.length >= patience.frames) {
      this.#connection.close(closeCode.malformed, 'too many frames that cannot be read');
    }
  }

  #ping(): void {
    // A peer that is behind can't have seen the last ping yet; the connection's stall timer watches over it.
    if (this.#connection.behind) return;
    if (this.#pingsUnanswered >= 2) {
      this.#connection.close(closeCode.silent, 'two pings unanswered');
      return;
    }
    this.#pingsUnanswered += 1;
    this.#send({ type: 'ping' });
  }

  #send(frame: ServerFrame): void {
    // Replies are few and small: they don't wait for room, the connection's own bound holds for them.
    void this.#connection.send([JSON.stringify(frame)]);
  }
}

function tooLarge(): StreambedError {
  return new StreambedError(
    'SB_TOO_LARGE',
    `A frame may hold at most ${maxFrameBytes} bytes. Shorten the conversation.`,
  );
}

/** What can be made out of a frame that could not be accepted, so that its sender knows which one it was. */
function whatCanBeRead(text: string): { type?: 'generate'; id?: ClientId; ref?: string | number } {
  if (text.length > maxFrameBytes) return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return {};
  }
  if (typeof value !== 'object' || value === null) return {};
  const { type, id, ref } = value as Record<string, unknown>;
  return {
    ...(type === 'generate' && { type }),
    ...(typeof id === 'string' && clientIdPattern.test(id) && { id: id as ClientId }),
    ...(((typeof ref === 'string' && ref.length <= 128) || typeof ref === 'number') && { ref }),
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
