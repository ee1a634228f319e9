import type { AssistantMessage, ClientId } from '@streambed/protocol';
import { createAnswer } from './answer.ts';
import type { Carrier } from './carrier.ts';
import { systemClock } from './clock.ts';
import type { ReadEvent } from './event-queue.ts';
import { type GenerationOrder, newId } from './generation-order.ts';
import type { GenerationListeners } from './listeners.ts';
import { pursue } from './pursue.ts';
import type { GenerationSnapshot } from './snapshot.ts';
import type { Readable } from './store.ts';

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

/**
 * Asks for one answer, or attaches to one. It is sent as soon as there is a connection, and picked up after its last
 * event with each new one. Events are applied only if they start right after the last one applied, so no token is
 * ever there twice and none is missing.
 */
export function startGeneration(carrier: Carrier, order: GenerationOrder): Generation {
  const id = (order.id ?? order.attach?.generation ?? newId()) as ClientId;
  const answer = createAnswer(id, order.attach, carrier.clock ?? systemClock);
  const { cancel, detach } = pursue(carrier, order, answer);
  const { ended, queue, get } = answer;
  return {
    id,
    ended,
    cancel,
    detach,
    get,
    subscribe: answer.subscribe,
    listen: (heard) => answer.listeners.add(heard, get()),
    whole: async () => {
      const snapshot = await ended;
      if (snapshot.phase === 'failed' || snapshot.phase === 'interrupted')
        throw new GenerationError(snapshot);
      return snapshot.message;
    },
    [Symbol.asyncIterator]: () => queue[Symbol.asyncIterator](),
  };
}
