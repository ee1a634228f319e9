import type { GenerationEvent } from '@streambed/protocol';
import { type GenerationSnapshot, isEnded } from './snapshot.ts';

/** What one may be told of a generation, as it happens. Every one is optional. */
export interface GenerationListeners {
  /** A piece of the answer's text. */
  onText?(text: string): void;
  /** Every event; the last one is `generation_stop`. */
  onEvent?(event: GenerationEvent): void;
  /** All that was told before is void; it is told again from the first event. */
  onReset?(): void;
  /** How it ended. Told at once to who comes after the end. */
  onEnd?(snapshot: GenerationSnapshot): void;
}

/** Those who listen to one generation. */
export class Listeners {
  readonly #all = new Set<GenerationListeners>();

  /** Adds one; the function that comes back takes it away. */
  add(listeners: GenerationListeners, now: GenerationSnapshot): () => void {
    if (isEnded(now.phase)) {
      listeners.onEnd?.(now);
      return () => {};
    }
    const entry = { ...listeners };
    this.#all.add(entry);
    return () => this.#all.delete(entry);
  }

  event(event: GenerationEvent): void {
    const text = textOf(event);
    this.#tell((listeners) => {
      listeners.onEvent?.(event);
      if (text !== '') listeners.onText?.(text);
    });
  }

  reset(): void {
    this.#tell((listeners) => listeners.onReset?.());
  }

  end(snapshot: GenerationSnapshot): void {
    this.#tell((listeners) => listeners.onEnd?.(snapshot));
    this.#all.clear();
  }

  #tell(tell: (listeners: GenerationListeners) => void): void {
    for (const listeners of [...this.#all]) {
      try {
        tell(listeners);
      } catch (thrown) {
        // A listener's fault is its own: told loudly, and the others still hear.
        queueMicrotask(() => {
          throw thrown;
        });
      }
    }
  }
}

/** The text that an event brings; empty where it brings none. */
function textOf(event: GenerationEvent): string {
  if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') return event.delta.text;
  const block = event.type === 'content_block_start' ? event.content_block : undefined;
  return block?.type === 'text' && typeof block.text === 'string' ? block.text : '';
}
