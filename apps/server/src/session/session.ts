import { type GenerationId, StreambedError, unreachable } from '@streambed/protocol';
import {
  type AttachFrame,
  type AuthFrame,
  type CancelFrame,
  type ClientFrame,
  closeCode,
  type DetachFrame,
  type GenerateFrame,
  type HelloFrame,
  maxFrameBytes,
  parseClientFrame,
  type ServerFrame,
  subprotocol,
  type WatchFrame,
} from '@streambed/protocol/frames';
import type { Caller } from '../access/caller.ts';
import type { Presence } from '../access/presence.ts';
import type { Conversations } from '../conversations/conversations.ts';
import type { SocketLoad } from '../generation/admission.ts';
import type { GenerationFeed } from '../generation/feed.ts';
import type { GenerationRegistry } from '../generation/registry.ts';
import { toStart } from '../generation/start-order.ts';
import { untilFault } from '../http/request-context.ts';
import type { Presets } from '../presets/presets.ts';
import type { Connection } from '../socket/connection.ts';
import { type Encode, relay } from '../socket/relay.ts';
import { toErrorFrame, toRejectedFrame } from '../socket/to-frame.ts';
import type { GenerationName, GenerationView } from '../stream-log/stream-log.ts';
import { untilEnd } from '../stream-log/until-end.ts';
import { encodeEvents } from './encode-events.ts';
import { frameTooLarge, whatCanBeRead } from './unreadable.ts';
import { Watches } from './watches.ts';

/** A client that sends so many unreadable frames within a minute is closed. */
const patience = { frames: 20, ms: 60_000 };

/** For `stream: false` nobody waits for a first token: larger batches merge better. */
const wholeBatch = 256 * 1024;

/** So many frames may wait for the one before them; past that the socket is not read until they are done. */
const maxWaiting = 64;

export interface SessionOptions {
  readonly registry: GenerationRegistry;
  readonly feed: GenerationFeed;
  readonly conversations: Conversations;
  readonly presets: Presets;
  /** Who the client is, as far as it is known. */
  readonly presence: Presence;
  readonly upstream: NonNullable<HelloFrame['upstream']>;
  readonly resumeSeconds: number;
  /** Told of what was thrown in answering a frame, and of the socket's name. */
  readonly onThrown?: (thrown: unknown, socket: string) => void;
}

/** A generation that this client reads. */
interface Following {
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

/** One `streambed.v1` client: what it asked for and which generations it follows. */
export class Session {
  /** How many generations this socket has running. */
  readonly #load: SocketLoad = { running: 0 };
  readonly #connection: Connection;
  readonly #options: SessionOptions;
  readonly #following = new Map<GenerationId, Following>();
  readonly #waiting: ClientFrame[] = [];
  readonly #refused = new WeakSet<ClientFrame>();
  #busy = false;
  readonly #watches: Watches;
  #unreadable: number[] = [];
  #pingsUnanswered = 0;

  constructor(connection: Connection, options: SessionOptions) {
    this.#connection = connection;
    this.#options = options;
    const { presence, feed, conversations, presets } = options;
    this.#watches = new Watches(
      {
        feed,
        conversations,
        presets,
        get owner() {
          return presence.caller.owner;
        },
      },
      {
        send: (texts) => connection.send(texts),
        closed: connection.closed,
        refuse: (thrown, topic) => this.#send({ ...toErrorFrame(thrown), topic }),
      },
    );
    this.#send({
      type: 'hello',
      protocol: subprotocol,
      session: connection.id,
      limits: {
        max_frame_bytes: maxFrameBytes,
        max_generations: options.registry.admission.limits.generationsPerSocket,
      },
      resume_seconds: options.resumeSeconds,
      ...(presence.known && { upstream: options.upstream }),
      ...expiryOf(presence),
    });
    connection.listen({
      onText: (text) => this.#receive(text),
      onBinary: () => this.#refuse(new StreambedError('SB_BAD_JSON', 'Send frames as text, not as binary.')),
    });
    connection.everyHeartbeat(() => this.#ping());
  }

  get caller(): Caller | undefined {
    const { presence } = this.#options;
    return presence.known ? presence.caller : undefined;
  }

  /** Resolves when everything this client follows has been read to its end. */
  async settled(): Promise<void> {
    await Promise.all([...this.#following.values()].map(({ done }) => done));
  }

  /** What we know of the client ends then: it may say anew who it is. */
  expiring(expiresAt: number): void {
    this.#send({ type: 'auth_required', expires_at: Math.floor(expiresAt / 1000) });
  }

  /** Nobody knows who the client is. */
  notAuthenticated({ code }: StreambedError): void {
    this.#connection.close(closeCode.notAuthenticated, code);
  }

  /** Tells the client that this server is leaving. */
  goAway(reconnectAfterMs: number): void {
    this.#send({ type: 'goaway', reconnect_after_ms: reconnectAfterMs });
  }

  #receive(text: string): void {
    this.#pingsUnanswered = 0;
    let frame: ClientFrame;
    try {
      if (Buffer.byteLength(text) > maxFrameBytes) throw frameTooLarge();
      frame = parseClientFrame(text);
    } catch (thrown) {
      const about = whatCanBeRead(text);
      // A `generate` that can be made out is answered as one: its sender waits for `accepted` or `rejected`.
      if (about.type === 'generate') this.#send(toRejectedFrame(thrown, about.id, about.ref));
      else this.#refuse(thrown, about.ref);
      return;
    }
    if (frame.type === 'pong') return;
    this.#waiting.push(frame);
    if (this.#waiting.length === maxWaiting) this.#connection.hold(true);
    if (!this.#busy) void this.#answerAll();
  }

  /** Answers frames in the order in which they came. Never rejects. */
  async #answerAll(): Promise<void> {
    this.#busy = true;
    for (let frame = this.#waiting.shift(); frame !== undefined; frame = this.#waiting.shift()) {
      if (this.#waiting.length === maxWaiting - 1) this.#connection.hold(false);
      try {
        await untilFault(this.#connection.id, () => this.#answer(frame));
      } catch (thrown) {
        this.#refused.add(frame);
        const { id: socket } = this.#connection;
        this.#options.onThrown?.(thrown, socket);
        if (frame.type === 'generate') this.#send(toRejectedFrame(thrown, frame.id, frame.ref, socket));
        else this.#send(toErrorFrame(thrown, frame.ref, socket));
      }
    }
    this.#busy = false;
  }

  async #answer(frame: ClientFrame): Promise<void> {
    switch (frame.type) {
      case 'auth':
        return this.#authenticate(frame);
      case 'generate':
        return this.#generate(frame);
      case 'attach':
        return this.#attach(frame);
      case 'detach':
        return this.#detach(frame);
      case 'cancel':
        // The end may take a while to come: other frames don't wait for it.
        void this.#cancel(frame);
        return;
      case 'watch':
        return this.#watch(frame);
      case 'unwatch':
        this.#watches.end(frame.topic);
        return this.#send({ type: 'ok', ...refOf(frame) });
      case 'pong':
        return;
      default:
        return unreachable(frame);
    }
  }

  #authenticate(frame: AuthFrame): void {
    const { presence } = this.#options;
    try {
      const { by } = presence.authenticate(frame.token ?? '');
      const auth = by === 'nobody' ? 'not_needed' : 'accepted';
      this.#send({ type: 'ok', ...refOf(frame), auth, ...expiryOf(presence) });
    } catch (thrown) {
      this.#send(toErrorFrame(thrown, frame.ref));
      const error = StreambedError.from(thrown);
      // Whoever has too many sockets may close another and say it again, for as long as anyone may take to say it.
      if (!presence.known && error.code !== 'SB_TOO_MANY_CONNECTIONS') this.notAuthenticated(error);
    }
  }

  /** What has to wait for a place is answered when it has one, or none: other frames don't wait for that. */
  async #generate(frame: GenerateFrame): Promise<void> {
    const { registry, presence } = this.#options;
    const { promise: queued, resolve: onQueued } = Promise.withResolvers<void>();
    const starting = registry.start({
      ...toStart(frame),
      caller: presence.caller,
      surface: 'streambed',
      clientId: frame.id,
      socket: this.#load,
      gone: this.#connection.closed,
      onQueued,
    });
    const answered = starting.then(
      (view) => this.#accept(frame, view),
      (thrown) => this.#reject(frame, thrown),
    );
    await Promise.race([answered, queued]);
  }

  #reject(frame: GenerateFrame, thrown: unknown): void {
    const { id: socket } = this.#connection;
    this.#options.onThrown?.(thrown, socket);
    this.#send(toRejectedFrame(thrown, frame.id, frame.ref, socket));
  }

  #accept(frame: GenerateFrame, view: GenerationView): void {
    // A fault came between: its id still names the generation, for whoever asks again.
    if (this.#refused.has(frame)) return;
    const { generation, store, conversation, continues } = view.record;
    this.#send({
      type: 'accepted',
      ...refOf(frame),
      id: frame.id,
      generation,
      state: view.stop?.state ?? 'running',
      head: view.head,
      store,
      ...(conversation !== undefined && { conversation }),
      ...(continues !== undefined && { continues }),
    });
    if (!this.#following.has(generation)) this.#follow(view, 0, frame.stream ?? true);
  }

  async #attach(frame: AttachFrame): Promise<void> {
    const view = await this.#find(frame);
    const { generation, id } = view.record;
    const { after = 0 } = frame;
    // Whoever has seen more than there is has seen another log.
    const reset = after > view.head;
    this.#unfollow(generation, () => {
      this.#send({
        type: 'attached',
        ...refOf(frame),
        ...(id !== undefined && { id }),
        generation,
        state: view.stop?.state ?? 'running',
        head: view.head,
        ...(reset && { reset }),
      });
      this.#follow(view, reset ? 0 : after, true);
    });
  }

  async #detach(frame: DetachFrame): Promise<void> {
    const { record, stop } = await this.#find(frame);
    this.#unfollow(record.generation, () => {});
    this.#send({
      type: 'ok',
      ...refOf(frame),
      generation: record.generation,
      state: stop?.state ?? 'running',
    });
  }

  async #find(name: GenerationName): Promise<GenerationView> {
    const { registry, presence } = this.#options;
    const view = await registry.log.find(presence.caller.owner, name);
    if (view === undefined) {
      const field = name.generation === undefined ? 'id' : 'generation';
      throw new StreambedError('SB_NOT_FOUND', undefined, { field });
    }
    if (view.expired) throw new StreambedError('SB_EXPIRED');
    return view;
  }

  #follow({ record: { generation }, head }: GenerationView, after: number, live: boolean): void {
    const stop = new AbortController();
    const onClosed = () => stop.abort();
    const { closed } = this.#connection;
    if (closed.aborted) stop.abort();
    closed.addEventListener('abort', onClosed);
    // Counted before the other reading of it ends, where there is one: the generation never looks abandoned.
    const detach = this.#options.registry.attach(generation);
    const done = this.#read(generation, { after, head, live, signal: stop.signal }).finally(() => {
      closed.removeEventListener('abort', onClosed);
      detach();
      if (this.#following.get(generation)?.stop === stop) this.#following.delete(generation);
    });
    this.#following.set(generation, { stop, done });
  }

  /** Ends a reading, where there is one; `then` is done first, so that a reader stays counted. */
  #unfollow(generation: GenerationId, then: () => void): void {
    const following = this.#following.get(generation);
    // Nothing of the old reading is sent once it is stopped, though it may take a while to notice.
    following?.stop.abort();
    this.#following.delete(generation);
    then();
  }

  /** Reads a generation to its end, at the pace at which the client takes it. Never rejects. */
  async #read(
    generation: GenerationId,
    { after, head, live, signal }: { after: number; head: number; live: boolean; signal: AbortSignal },
  ): Promise<void> {
    const { log } = this.#options.registry;
    try {
      if (!live) await untilEnd(log, generation, head, signal);
      const options = live ? { after, signal } : { after, signal, maxBatch: wholeBatch };
      const encode: Encode = (batch, merge) => encodeEvents(generation, batch, merge || !live);
      await relay(log.read(generation, options), this.#connection, encode, head > after, signal);
    } catch (thrown) {
      this.#options.onThrown?.(thrown, this.#connection.id);
      if (!signal.aborted) this.#send({ ...toErrorFrame(thrown), generation });
    }
  }

  async #cancel(frame: CancelFrame): Promise<void> {
    const { registry, presence } = this.#options;
    try {
      if (presence.caller.may === 'read') throw new StreambedError('SB_READ_ONLY');
      const cancelled = await registry.cancel(presence.caller.owner, frame);
      if (cancelled === undefined)
        throw new StreambedError('SB_NOT_FOUND', undefined, { field: 'generation' });
      this.#send({ type: 'ok', ...refOf(frame), ...cancelled });
    } catch (thrown) {
      this.#send(toErrorFrame(thrown, frame.ref));
    }
  }

  async #watch(frame: WatchFrame): Promise<void> {
    const rev = await this.#watches.rev(frame.topic);
    this.#send({ type: 'ok', ...refOf(frame), rev });
    this.#watches.begin(frame);
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

/** When what we know of the client ends, as frames say it. */
function expiryOf({ expiresAt }: Presence): { readonly expires_at?: number } {
  return expiresAt === undefined ? {} : { expires_at: Math.floor(expiresAt / 1000) };
}

function refOf({ ref }: { readonly ref?: string | number }): { readonly ref?: string | number } {
  return ref === undefined ? {} : { ref };
}
