/** A value that changes, readable from outside React. `get` gives the same object until something changed. */
export interface Readable<T> {
  get(): T;
  /** Calls `listener` after each change; the function that comes back ends that. */
  subscribe(listener: () => void): () => void;
}

/** A {@link Readable} and the right to change it. */
export interface Store<T> extends Readable<T> {
  set(next: T): void;
}

/** Makes a store. Listeners run at once, in the order they came; setting the value it has tells nobody. */
export function createStore<T>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set: (next) => {
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of [...listeners]) listener();
    },
    subscribe: (listener) => {
      // Wrapped, so that one function subscribed twice counts twice.
      const entry = () => listener();
      listeners.add(entry);
      return () => listeners.delete(entry);
    },
  };
}

/** Runs `publish` once, soon; the function that comes back calls it off. */
export type Schedule = (publish: () => void) => () => void;

/** A hidden tab has no animation frames: its title and its end of an answer still have to change. */
const hiddenTabMs = 250;

/** Once per animation frame in a browser, once per turn of the event loop elsewhere. */
export const onNextFrame: Schedule = (publish) => {
  if (typeof requestAnimationFrame !== 'function') {
    const soon = setTimeout(publish, 0);
    return () => clearTimeout(soon);
  }
  const cancel = () => {
    cancelAnimationFrame(frame);
    clearTimeout(late);
  };
  const run = () => {
    cancel();
    publish();
  };
  const frame = requestAnimationFrame(run);
  const late = setTimeout(run, hiddenTabMs);
  return cancel;
};

/**
 * The same value, published at most once per frame: a hundred tokens in one frame are one render. Without a
 * subscriber it reads straight through.
 */
export function perFrame<T>(source: Readable<T>, schedule: Schedule = onNextFrame): Readable<T> {
  const published = createStore(source.get());
  let subscribers = 0;
  let unsubscribe: (() => void) | undefined;
  let cancel: (() => void) | undefined;

  const publish = () => {
    cancel = undefined;
    published.set(source.get());
  };
  return {
    get: () => (subscribers === 0 ? source.get() : published.get()),
    subscribe: (listener) => {
      if (subscribers === 0) {
        published.set(source.get());
        unsubscribe = source.subscribe(() => {
          cancel ??= schedule(publish);
        });
      }
      subscribers += 1;
      const leave = published.subscribe(listener);
      let left = false;
      return () => {
        if (left) return;
        left = true;
        leave();
        subscribers -= 1;
        if (subscribers > 0) return;
        unsubscribe?.();
        cancel?.();
        cancel = undefined;
      };
    },
  };
}
