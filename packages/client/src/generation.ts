import type {
  AssistantMessage,
  ClientId,
  Ending,
  ErrorInfo,
  GenerationEvent,
  GenerationId,
  GenerationStop,
  MessagesRequest,
} from '@streambed/protocol';
import { emptyMessage, fold } from '@streambed/protocol/fold';
import { type Clock, systemClock } from './clock.ts';
import type { Connection } from './connection.ts';
import { EventQueue, type ReadEvent } from './event-queue.ts';
import type {
  AttachedFrame,
  EventFrame,
  GenerateFrame,
  OnDisconnect,
  ServerFrame,
  StorePolicy,
} from './frames.ts';
import type { HttpApi } from './http.ts';
import { type GenerationListeners, Listeners } from './listeners.ts';
import {
  connectionLost,
  type GenerationPhase,
  type GenerationSnapshot,
  isEnded,
  phaseAfter,
  stopHere,
  unreachable,
} from './snapshot.ts';
import { createStore, type Readable } from './store.ts';

export interface GenerateOptions {
  /** The idempotency key; made here when absent. */
  readonly id?: string;
  /** false: the answer comes whole, at the end. */
  readonly stream?: boolean;
  /** What becomes of it while nobody reads: by default it goes on. */
  readonly on_disconnect?: OnDisconnect;
  /** How long the server keeps the answer: by default until some minutes after its end, also across a restart. */
  readonly store?: StorePolicy;
  /** Aborting it cancels the generation, before the first token too. */
  readonly signal?: AbortSignal;
}

/** What holds for the generation is what it was started with; the rest is as in {@link GenerateOptions}. */
export interface AttachOptions extends Omit<GenerateOptions, 'id'> {
  /** The last seq the caller has, 0 for all. */
  readonly after?: number;
  /** The fold of the events up to `after`; a snapshot has both. */
  readonly message?: AssistantMessage;
  /** Asked under the same id where the server has never seen it: a page reloaded before its question had left. */
  readonly request?: MessagesRequest;
}

/** One generation we read. Iterate it for its events, subscribe to it for its message, or await its end. */
export interface Generation extends Readable<GenerationSnapshot>, AsyncIterable<ReadEvent> {
  readonly id: string;
  /** Stops it; what was written stays. Works without a connection too. Again, or after the end, it does nothing. */
  cancel(): void;
  /** Reads no more, and leaves the generation running on the server. Here it ends `interrupted`. */
  detach(): void;
  /** Calls the listeners as things happen; the function that comes back ends that. */
  listen(listeners: GenerationListeners): () => void;
  /** The last snapshot. It never rejects: a failure is an ending like the others. */
  readonly ended: Promise<GenerationSnapshot>;
  /** The whole message. Rejects with a {@link GenerationError} where it failed or was interrupted. */
  whole(): Promise<AssistantMessage>;
}

/** Why there is no whole message; `snapshot` holds what there is. */
export class GenerationError extends Error {
  override readonly name = 'GenerationError';
  readonly code: string;
  readonly snapshot: GenerationSnapshot;

  constructor(snapshot: GenerationSnapshot) {
    super(snapshot.stop?.error?.message ?? snapshot.phase);
    this.code = snapshot.stop?.error?.code ?? 'SB_INTERNAL';
    this.snapshot = snapshot;
  }
}

/** What a generation may wait for, in milliseconds. */
export interface GenerationDeadlines {
  /** For a connection, before it is sent. */
  readonly connectMs: number;
  /** For the answer to what was sent. */
  readonly acceptMs: number;
  /** For a connection, after it was lost; used where the server didn't say how long it keeps things. */
  readonly resumeMs: number;
  /** For its end, once it was asked to stop. */
  readonly cancelMs: number;
}

const defaultDeadlines: GenerationDeadlines = {
  connectMs: 60_000,
  acceptMs: 30_000,
  resumeMs: 600_000,
  cancelMs: 5_000,
};

/** So often in a row events may not start after the last one before it is given up. */
const maxGaps = 5;
/** A refusal that may pass is asked about again so soon, and so often. */
const againMs = 1_000;
const maxAgain = 30;

/** What is asked for, or attached to. */
export interface GenerationOrder extends GenerateOptions {
  readonly request?: MessagesRequest;
  /** Set where it is attached to: the server may know it already. */
  readonly attach?: {
    readonly generation?: GenerationId;
    readonly after: number;
    readonly message: AssistantMessage;
  };
}

/** What a generation is carried by. */
export interface Carrier {
  readonly connection: Connection;
  /** Takes what is larger than a frame. */
  readonly http: Pick<HttpApi, 'start'>;
  readonly clock?: Clock;
  readonly deadlines?: GenerationDeadlines;
}

/**
 * Asks for one answer, or attaches to one. It is sent as soon as there is a connection, and picked up after its last
 * event with each new one. Events are applied only if they start right after the last one applied, so no token is
 * ever there twice and none is missing.
 */
export function startGeneration(carrier: Carrier, order: GenerationOrder): Generation {
  const { connection, http, clock = systemClock, deadlines = defaultDeadlines } = carrier;
  const { request, attach } = order;
  const id = (order.id ?? attach?.generation ?? newId()) as ClientId;
  const startedAt = clock.now();
  const queue = new EventQueue();
  const listeners = new Listeners();
  const closing = new AbortController();
  const store = createStore<GenerationSnapshot>({
    id,
    generation: attach?.generation,
    phase: attach === undefined ? 'connecting' : 'resuming',
    message: attach?.message ?? emptyMessage,
    seq: attach?.after ?? 0,
    resumed: 0,
    cancelling: false,
    stop: undefined,
  });
  const { promise: ended, resolve: resolveEnded } = Promise.withResolvers<GenerationSnapshot>();

  /** What was last said on the present line; events are read once it was answered. */
  let said: 'nothing' | 'generate' | 'attach' | 'answered' = 'nothing';
  /** Whether the server may know it. Until then there is nothing to attach to. */
  let known = attach !== undefined;
  /** The phase beneath `resuming`. */
  let active: GenerationPhase = 'waiting';
  let attachRef = '';
  let attaches = 0;
  let gaps = 0;
  let again = 0;
  /** Being picked up: it is once this event is there. */
  let catchUpTo: number | undefined;
  let resumeMs = deadlines.resumeMs;

  const patch = (change: Partial<GenerationSnapshot>) => store.set({ ...store.get(), ...change });
  const hasEnded = () => isEnded(store.get().phase);
  const name = () => {
    const { generation } = store.get();
    return generation === undefined ? { id } : { generation };
  };

  let cancelDeadline = () => {};
  const deadline = (ms: number, run: () => void) => {
    // Once it was asked to stop, that deadline is the one that counts.
    if (store.get().cancelling) return;
    cancelDeadline();
    cancelDeadline = clock.after(ms, run);
  };
  const met = () => {
    if (!store.get().cancelling) cancelDeadline();
  };

  const finish = (snapshot: GenerationSnapshot, stop: GenerationStop) => {
    cancelDeadline();
    closing.abort();
    stopListening();
    stopWatching();
    order.signal?.removeEventListener('abort', cancel);
    store.set(snapshot);
    queue.push(stop);
    queue.end();
    listeners.event(stop);
    listeners.end(snapshot);
    resolveEnded(snapshot);
  };

  const apply = (event: GenerationEvent, seq: number) => {
    const now = store.get();
    const message = fold(now.message, event);
    if (event.type === 'generation_stop') {
      finish({ ...now, message, seq, phase: event.state, cancelling: false, stop: event }, event);
      return;
    }
    active = phaseAfter(event, active);
    const caughtUp = catchUpTo !== undefined && seq >= catchUpTo;
    if (caughtUp) catchUpTo = undefined;
    store.set({
      ...now,
      message,
      seq,
      phase: active,
      resumed: now.resumed + (caughtUp ? 1 : 0),
    });
    queue.push(event);
    listeners.event(event);
  };

  const endHere = (state: Ending, error?: ErrorInfo) => {
    if (hasEnded()) return;
    apply(stopHere(state, clock.now() - startedAt, error), store.get().seq);
  };
  const giveUp = () => endHere(store.get().cancelling ? 'cancelled' : 'interrupted', connectionLost);

  /** With a new line: asks, or picks up where it was. */
  const begin = () => {
    if (known) sendAttach();
    else if (request !== undefined) sendGenerate(request);
  };

  const sendGenerate = (asked: MessagesRequest) => {
    const { stream, on_disconnect, store: policy } = order;
    const frame: GenerateFrame = {
      type: 'generate',
      id,
      request: asked,
      ...(stream === false && { stream }),
      ...(on_disconnect !== undefined && { on_disconnect }),
      ...(policy !== undefined && { store: policy }),
    };
    const result = connection.send(frame);
    if (result === 'not_connected') return;
    said = 'generate';
    if (store.get().seq === 0) patch({ phase: 'waiting' });
    deadline(deadlines.acceptMs, () => {
      connection.deliver({ type: 'cancel', id });
      giveUp();
    });
    if (result === 'too_large') void post(frame);
  };

  /** What is larger than a frame goes by POST under the same id, and is attached to then. */
  const post = async (frame: GenerateFrame) => {
    try {
      const reply = await http.start(frame, closing.signal);
      if (hasEnded()) return;
      if (reply.type === 'rejected') {
        hear(reply);
        return;
      }
      known = true;
      patch({ generation: reply.generation });
    } catch {
      if (hasEnded()) return;
    }
    // Without a line the next one brings it here again; the id keeps it from running twice.
    if (connection.state.get().state !== 'connected') return;
    if (known) sendAttach();
    else retry();
  };

  const sendAttach = () => {
    attaches += 1;
    attachRef = `attach-${id}-${attaches}`;
    const result = connection.send({ type: 'attach', ref: attachRef, ...name(), after: store.get().seq });
    if (result === 'not_connected') return;
    said = 'attach';
    deadline(deadlines.acceptMs, giveUp);
  };

  const retry = () => {
    again += 1;
    if (again > maxAgain) giveUp();
    else if (!hasEnded()) {
      const stop = clock.after(againMs, () => {
        if (!hasEnded() && connection.state.get().state === 'connected' && said !== 'answered') begin();
      });
      closing.signal.addEventListener('abort', stop, { once: true });
    }
  };

  const hear = (frame: ServerFrame) => {
    switch (frame.type) {
      case 'accepted':
        if (frame.id !== id || said === 'nothing') return;
        known = true;
        patch({ generation: frame.generation });
        readFrom(frame.head, frame.state);
        return;
      case 'attached':
        if (frame.ref === attachRef || (said === 'answered' && isOurs(frame))) attachedTo(frame);
        return;
      case 'rejected':
        if (frame.id === id) endHere(store.get().cancelling ? 'cancelled' : 'failed', frame.error);
        return;
      case 'error':
        if (frame.ref === attachRef && said === 'attach') refused(frame.error);
        return;
      case 'event':
        if (isOurs(frame)) take(frame);
        return;
      default:
        return;
    }
  };

  const isOurs = (frame: { readonly generation: GenerationId }) =>
    frame.generation === store.get().generation;

  const attachedTo = (frame: AttachedFrame) => {
    patch({ generation: frame.generation });
    if (frame.reset === true) {
      active = 'waiting';
      if (store.get().seq > 0) {
        patch({ message: emptyMessage, seq: 0 });
        queue.push({ type: 'reset' });
        listeners.reset();
      }
    }
    readFrom(frame.head, frame.state);
  };

  /** The server reads to us, after what we have. */
  const readFrom = (head: number, state: GenerationSnapshot['phase'] | 'running') => {
    const { seq, resumed } = store.get();
    said = 'answered';
    again = 0;
    met();
    catchUpTo = seq < head ? head : undefined;
    const pickedUp = seq > 0 && catchUpTo === undefined;
    patch({ phase: active, ...(pickedUp && { resumed: resumed + 1 }) });
    if (state !== 'running' && seq >= head && seq > 0) endHere(state as Ending);
  };

  const refused = (error: ErrorInfo) => {
    if (error.code === 'SB_NOT_FOUND') {
      // Never seen: the question didn't leave the page before, or its cancel was first.
      if (store.get().cancelling) endHere('cancelled');
      else if (request !== undefined && store.get().seq === 0 && store.get().generation === undefined) {
        known = false;
        sendGenerate(request);
        return;
      }
    } else if (error.retryable) {
      retry();
      return;
    }
    endHere(store.get().seq > 0 ? 'interrupted' : 'failed', error);
  };

  const take = ({ seq, from = seq, event }: EventFrame) => {
    const last = store.get().seq;
    if (seq <= last) return;
    if (from === last + 1) {
      gaps = 0;
      apply(event, seq);
      return;
    }
    // Not right after the last one: asked for again from there. What is under way until then has the same gap.
    if (said !== 'answered') return;
    gaps += 1;
    if (gaps > maxGaps) giveUp();
    else sendAttach();
  };

  const watch = () => {
    const line = connection.state.get();
    if (line.state === 'connected') {
      const { resume_seconds: seconds = resumeMs / 1_000 } = line.hello;
      resumeMs = seconds * 1_000;
      // A server that leaves takes nothing new: what is asked now waits for the next one.
      if (said === 'nothing' && (known || !line.leaving)) begin();
      return;
    }
    const { phase } = store.get();
    if (line.state === 'closed') {
      if (phase === 'connecting') endHere('failed', unreachable);
      else giveUp();
      return;
    }
    if (said === 'nothing') return;
    // What was sent may have arrived or not: after `generate` it is sent again, under the same id.
    said = 'nothing';
    patch({ phase: 'resuming' });
    deadline(resumeMs, giveUp);
  };

  const cancel = () => {
    const { phase, cancelling } = store.get();
    if (isEnded(phase) || cancelling) return;
    if (phase === 'connecting' && attach === undefined) {
      endHere('cancelled');
      return;
    }
    // Whether it arrived is not known: with the next line it is looked up, not asked for once more.
    known = true;
    deadline(deadlines.cancelMs, () => endHere('cancelled'));
    patch({ cancelling: true });
    connection.deliver({ type: 'cancel', ...name() });
  };

  const detach = () => {
    const { generation } = store.get();
    if (hasEnded()) return;
    if (generation !== undefined) connection.send({ type: 'detach', generation });
    endHere('interrupted', connectionLost);
  };

  const stopListening = connection.onFrame(hear);
  const stopWatching = connection.state.subscribe(watch);
  if (attach === undefined) deadline(deadlines.connectMs, () => endHere('failed', unreachable));
  else deadline(resumeMs, giveUp);
  order.signal?.addEventListener('abort', cancel, { once: true });
  if (order.signal?.aborted) cancel();
  if (!hasEnded()) watch();

  return {
    id,
    ended,
    cancel,
    detach,
    get: store.get,
    subscribe: store.subscribe,
    listen: (heard) => listeners.add(heard, store.get()),
    whole: async () => {
      const snapshot = await ended;
      if (snapshot.phase === 'failed' || snapshot.phase === 'interrupted')
        throw new GenerationError(snapshot);
      return snapshot.message;
    },
    [Symbol.asyncIterator]: () => queue[Symbol.asyncIterator](),
  };
}

/** A random id of the form the protocol asks for. `crypto.randomUUID` is missing on pages served over plain HTTP. */
export function newId(): string {
  const random = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
