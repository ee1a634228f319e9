import { StreambedError, unreachable } from '@streambed/protocol';
import {
  type AttachFrame,
  type AuthFrame,
  type CancelFrame,
  type ClientFrame,
  closeCode,
  type DetachFrame,
  type GenerateFrame,
  type HelloFrame,
  type ServerFrame,
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
import { toErrorFrame, toRejectedFrame } from '../socket/to-frame.ts';
import type { GenerationName, GenerationView } from '../stream-log/stream-log.ts';
import { Following } from './following.ts';
import { Heartbeat } from './heartbeat.ts';
import { Inbox } from './inbox.ts';
import { accepted, attached, expiryOf, hello, ok } from './replies.ts';
import { sendFrame } from './send-frame.ts';
import { Watches } from './watches.ts';

/** What a session works on, and who its client is. */
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

/** One `streambed.v1` client: what it asked for and which generations it follows. */
export class Session {
  /** How many generations this socket has running. */
  readonly #load: SocketLoad = { running: 0 };
  readonly #connection: Connection;
  readonly #options: SessionOptions;
  readonly #following: Following;
  readonly #watches: Watches;
  readonly #refused = new WeakSet<ClientFrame>();

  constructor(connection: Connection, options: SessionOptions) {
    this.#connection = connection;
    this.#options = options;
    const { registry, presence, feed, conversations, presets } = options;
    this.#following = new Following(connection, registry, options.onThrown);
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
    this.#send(hello(connection.id, options));
    const inbox = new Inbox(connection, (frame) => this.#take(frame));
    const heartbeat = new Heartbeat(connection);
    connection.listen({
      onText: (text) => {
        heartbeat.heard();
        inbox.take(text);
      },
      onBinary: () => inbox.refuse(new StreambedError('SB_BAD_JSON', 'Send frames as text, not as binary.')),
    });
  }

  /** Undefined until somebody has said who it is. */
  get caller(): Caller | undefined {
    const { presence } = this.#options;
    return presence.known ? presence.caller : undefined;
  }

  /** Resolves when everything this client follows has been read to its end. */
  settled(): Promise<void> {
    return this.#following.settled();
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

  /** Answers a frame, or says why not. Never rejects. */
  async #take(frame: ClientFrame): Promise<void> {
    const { id: socket } = this.#connection;
    try {
      await untilFault(socket, () => this.#answer(frame));
    } catch (thrown) {
      this.#refused.add(frame);
      if (frame.type === 'generate') return this.#reject(frame, thrown);
      this.#options.onThrown?.(thrown, socket);
      this.#send(toErrorFrame(thrown, frame.ref, socket));
    }
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
        return this.#send(ok(frame));
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
      this.#send(ok(frame, { auth, ...expiryOf(presence) }));
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
    const { generation } = view.record;
    this.#send(accepted(frame, view));
    if (!this.#following.has(generation)) this.#following.begin(view, 0, frame.stream ?? true);
  }

  async #attach(frame: AttachFrame): Promise<void> {
    const view = await this.#find(frame);
    const { after = 0 } = frame;
    // Whoever has seen more than there is has seen another log.
    const reset = after > view.head;
    this.#following.end(view.record.generation);
    this.#send(attached(frame, view, reset));
    this.#following.begin(view, reset ? 0 : after, true);
  }

  async #detach(frame: DetachFrame): Promise<void> {
    const { record, stop } = await this.#find(frame);
    const { generation } = record;
    this.#following.end(generation);
    this.#send(ok(frame, { generation, state: stop?.state ?? 'running' }));
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

  async #cancel(frame: CancelFrame): Promise<void> {
    const { registry, presence } = this.#options;
    try {
      if (presence.caller.may === 'read') throw new StreambedError('SB_READ_ONLY');
      const cancelled = await registry.cancel(presence.caller.owner, frame);
      if (cancelled === undefined)
        throw new StreambedError('SB_NOT_FOUND', undefined, { field: 'generation' });
      this.#send(ok(frame, cancelled));
    } catch (thrown) {
      this.#send(toErrorFrame(thrown, frame.ref));
    }
  }

  async #watch(frame: WatchFrame): Promise<void> {
    const rev = await this.#watches.rev(frame.topic);
    this.#send(ok(frame, { rev }));
    this.#watches.begin(frame);
  }

  #send(frame: ServerFrame): void {
    sendFrame(this.#connection, frame);
  }
}
