import type { ClientId, Ending, ErrorInfo, GenerationEvent } from '@streambed/protocol';
import { emptyMessage, fold } from '@streambed/protocol/fold';
import type { Clock } from './clock.ts';
import { EventQueue } from './event-queue.ts';
import type { GenerationOrder } from './generation-order.ts';
import { Listeners } from './listeners.ts';
import { type GenerationPhase, type GenerationSnapshot, isEnded, phaseAfter, stopHere } from './snapshot.ts';
import { createStore, type Readable } from './store.ts';

/** What there is of an answer here, and everyone who reads it. How it comes here is not its business. */
export interface Answer extends Readable<GenerationSnapshot> {
  readonly id: ClientId;
  readonly queue: EventQueue;
  readonly listeners: Listeners;
  readonly ended: Promise<GenerationSnapshot>;
  hasEnded(): boolean;
  patch(change: Partial<GenerationSnapshot>): void;
  /** Takes in the event that comes right after the last one. */
  apply(event: GenerationEvent, seq: number): void;
  /** What there was is void: the events follow from the first one. */
  startOver(): void;
  /** It is being read again; it is picked up once the event `head` is there. */
  resumeUpTo(head: number): void;
  /** Ends it, where the server can't say so any more. */
  endHere(state: Ending, error?: ErrorInfo): void;
}

/** The answer that `id` names, as it is before anything came; what is attached to may stand further. */
export function createAnswer(id: ClientId, attach: GenerationOrder['attach'], clock: Clock): Answer {
  const startedAt = clock.now();
  const queue = new EventQueue();
  const listeners = new Listeners();
  const { get, set, subscribe } = createStore<GenerationSnapshot>({
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
  /** The phase beneath `resuming`. */
  let active: GenerationPhase = 'waiting';
  let catchUpTo: number | undefined;

  const hasEnded = () => isEnded(get().phase);
  const patch = (change: Partial<GenerationSnapshot>) => set({ ...get(), ...change });

  const apply = (event: GenerationEvent, seq: number) => {
    const message = fold(get().message, event);
    if (event.type === 'generation_stop') {
      patch({ message, seq, phase: event.state, cancelling: false, stop: event });
    } else {
      active = phaseAfter(event, active);
      const caughtUp = catchUpTo !== undefined && seq >= catchUpTo;
      if (caughtUp) catchUpTo = undefined;
      patch({ message, seq, phase: active, resumed: get().resumed + (caughtUp ? 1 : 0) });
    }
    queue.push(event);
    listeners.event(event);
    if (event.type !== 'generation_stop') return;
    queue.end();
    listeners.end(get());
    resolveEnded(get());
  };

  return {
    id,
    queue,
    listeners,
    ended,
    get,
    subscribe,
    hasEnded,
    patch,
    apply,
    startOver: () => {
      active = 'waiting';
      if (get().seq === 0) return;
      patch({ message: emptyMessage, seq: 0 });
      queue.push({ type: 'reset' });
      listeners.reset();
    },
    resumeUpTo: (head) => {
      const { seq, resumed } = get();
      catchUpTo = seq < head ? head : undefined;
      const pickedUp = seq > 0 && catchUpTo === undefined;
      patch({ phase: active, ...(pickedUp && { resumed: resumed + 1 }) });
    },
    endHere: (state, error) => {
      if (!hasEnded()) apply(stopHere(state, clock.now() - startedAt, error), get().seq);
    },
  };
}
