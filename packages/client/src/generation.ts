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
import { EventQueue } from './event-queue.ts';
import type { ServerFrame } from './frames.ts';
import { createStore, type Readable } from './store.ts';

/**
 * Where a generation is: `connecting` (not sent yet), `waiting` (sent, no token yet), `thinking`, `writing`, and then
 * how it ended.
 */
export type GenerationPhase = 'connecting' | 'waiting' | 'thinking' | 'writing' | Ending;

/** A generation as it is now. */
export interface GenerationSnapshot {
  readonly id: ClientId;
  /** The server's name for it, once it was accepted. */
  readonly generation: GenerationId | undefined;
  readonly phase: GenerationPhase;
  /** The fold of all events so far; blocks that didn't change keep their identity. */
  readonly message: AssistantMessage;
  /** Set once it was asked to stop, until it has. */
  readonly cancelling: boolean;
  /** How it ended. Where the server couldn't say so any more, we do: `interrupted`, with what had arrived. */
  readonly stop: GenerationStop | undefined;
}

export interface GenerateOptions {
  /** The idempotency key; made here when absent. */
  readonly id?: string;
  /** false: the answer comes whole, at the end. */
  readonly stream?: boolean;
  /** Aborting it cancels the generation, before the first token too. */
  readonly signal?: AbortSignal;
}

/** One generation we asked for. Iterate it for its events, subscribe to it for its message, or await its end. */
export interface Generation extends Readable<GenerationSnapshot>, AsyncIterable<GenerationEvent> {
  readonly id: ClientId;
  /** Stops it; what was written stays. Calling it again, or after the end, does nothing. */
  cancel(): void;
  /** The last snapshot. It never rejects: a failure is an ending like the others. */
  readonly ended: Promise<GenerationSnapshot>;
}

/** What a generation may wait for, in milliseconds. */
export interface GenerationDeadlines {
  /** For a connection, before it is sent. */
  readonly connectMs: number;
  /** For `accepted` or `rejected`. */
  readonly acceptMs: number;
  /** For its end, once it was asked to stop. */
  readonly cancelMs: number;
}

const defaultDeadlines: GenerationDeadlines = { connectMs: 60_000, acceptMs: 30_000, cancelMs: 5_000 };

/** Whether it has ended. */
export function isEnded(phase: GenerationPhase): phase is Ending {
  return phase === 'completed' || phase === 'cancelled' || phase === 'failed' || phase === 'interrupted';
}

/**
 * Asks for one answer over `connection`. It is sent as soon as there is a connection. Events are applied only if they
 * start right after the last one applied, so no token is ever there twice; where the line breaks after it was sent,
 * it ends `interrupted` with what had arrived.
 */
export function startGeneration(
  connection: Connection,
  request: MessagesRequest,
  options: GenerateOptions = {},
  clock: Clock = systemClock,
  deadlines: GenerationDeadlines = defaultDeadlines,
): Generation {
  const id = (options.id ?? newId()) as ClientId;
  const startedAt = clock.now();
  const queue = new EventQueue();
  const store = createStore<GenerationSnapshot>({
    id,
    generation: undefined,
    phase: 'connecting',
    message: emptyMessage,
    cancelling: false,
    stop: undefined,
  });
  const { promise: ended, resolve: resolveEnded } = Promise.withResolvers<GenerationSnapshot>();
  let last = 0;

  const patch = (change: Partial<GenerationSnapshot>) => store.set({ ...store.get(), ...change });

  let cancelDeadline = () => {};
  const deadline = (ms: number, run: () => void) => {
    cancelDeadline();
    cancelDeadline = clock.after(ms, run);
  };

  const apply = (event: GenerationEvent) => {
    const now = store.get();
    const message = fold(now.message, event);
    if (event.type === 'generation_stop') {
      finish({ ...now, message, phase: event.state, cancelling: false, stop: event }, event);
      return;
    }
    store.set({ ...now, message, phase: phaseAfter(event, now.phase) });
    queue.push(event);
  };

  const finish = (snapshot: GenerationSnapshot, stop: GenerationStop) => {
    cancelDeadline();
    stopListening();
    stopWatching();
    options.signal?.removeEventListener('abort', cancel);
    store.set(snapshot);
    queue.push(stop);
    queue.end();
    resolveEnded(snapshot);
  };

  /** The end as we must tell it ourselves, because the server didn't. */
  const endHere = (state: Ending, error?: ErrorInfo) => {
    if (isEnded(store.get().phase)) return;
    apply({
      type: 'generation_stop',
      state,
      stop_reason: null,
      usage: {},
      cost: { status: 'unknown' },
      timing: { total_ms: Math.round(clock.now() - startedAt) },
      ...(error !== undefined && { error }),
    });
  };

  const send = () => {
    const result = connection.send({
      type: 'generate',
      id,
      request,
      ...(options.stream === false && { stream: false }),
    });
    if (result === 'not_connected') return;
    if (result === 'too_large') {
      endHere('failed', tooLarge);
      return;
    }
    patch({ phase: 'waiting' });
    deadline(deadlines.acceptMs, () => {
      connection.send({ type: 'cancel', id });
      endHere('interrupted', connectionLost);
    });
  };

  const hear = (frame: ServerFrame) => {
    const now = store.get();
    switch (frame.type) {
      case 'accepted':
        if (frame.id !== id) return;
        if (!now.cancelling) cancelDeadline();
        patch({ generation: frame.generation });
        return;
      case 'rejected':
        if (frame.id !== id) return;
        endHere(now.cancelling ? 'cancelled' : 'failed', frame.error);
        return;
      case 'event': {
        if (frame.generation !== now.generation || frame.seq <= last) return;
        if ((frame.from ?? frame.seq) !== last + 1) {
          connection.send({ type: 'cancel', id });
          endHere('interrupted', connectionLost);
          return;
        }
        last = frame.seq;
        apply(frame.event);
        return;
      }
      default:
        return;
    }
  };

  const watch = () => {
    const line = connection.state.get().state;
    const { phase, cancelling } = store.get();
    if (phase === 'connecting') {
      if (line === 'connected') send();
      else if (line === 'closed') endHere('failed', unreachable);
    } else if (line !== 'connected') {
      endHere(cancelling ? 'cancelled' : 'interrupted', cancelling ? undefined : connectionLost);
    }
  };

  const cancel = () => {
    const { phase, cancelling } = store.get();
    if (isEnded(phase) || cancelling) return;
    if (phase === 'connecting') {
      endHere('cancelled');
      return;
    }
    patch({ cancelling: true });
    deadline(deadlines.cancelMs, () => endHere('cancelled'));
    connection.send({ type: 'cancel', id });
  };

  const stopListening = connection.onFrame(hear);
  const stopWatching = connection.state.subscribe(watch);
  deadline(deadlines.connectMs, () => endHere('failed', unreachable));
  options.signal?.addEventListener('abort', cancel, { once: true });
  if (options.signal?.aborted) cancel();
  else watch();

  return {
    id,
    ended,
    cancel,
    get: store.get,
    subscribe: store.subscribe,
    [Symbol.asyncIterator]: () => queue[Symbol.asyncIterator](),
  };
}

function phaseAfter(event: GenerationEvent, phase: GenerationPhase): GenerationPhase {
  switch (event.type) {
    case 'content_block_start':
      return isThinking(event.content_block.type) ? 'thinking' : phase === 'waiting' ? 'waiting' : 'writing';
    case 'content_block_delta':
      if (event.delta.type === 'signature_delta') return phase;
      return event.delta.type === 'thinking_delta' ? 'thinking' : 'writing';
    default:
      return phase;
  }
}

function isThinking(type: string): boolean {
  return type === 'thinking' || type === 'redacted_thinking';
}

/** A random id of the form the protocol asks for. `crypto.randomUUID` is missing on pages served over plain HTTP. */
function newId(): string {
  const random = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

const connectionLost: ErrorInfo = {
  type: 'interrupted',
  code: 'SB_CONNECTION_LOST',
  message: 'The connection to the server was lost before the answer was done. What had arrived is kept.',
  retryable: true,
};

const unreachable: ErrorInfo = {
  type: 'unavailable',
  code: 'SB_CONNECTION_LOST',
  message: 'The server could not be reached, so nothing was sent. Check that it is running, then try again.',
  retryable: true,
};

const tooLarge: ErrorInfo = {
  type: 'request_too_large',
  code: 'SB_TOO_LARGE',
  message: 'The conversation is larger than one message to the server may be. Send less, or start a new one.',
  retryable: false,
};
