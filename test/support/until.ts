import type { Readable } from '../../packages/client/src/store.ts';

/** Waits until what is readable is as `is` wants it, and gives it back. */
export function until<T>(readable: Readable<T>, is: (value: T) => boolean): Promise<T> {
  return new Promise((resolve) => {
    const look = () => {
      if (!is(readable.get())) return;
      stop();
      resolve(readable.get());
    };
    const stop = readable.subscribe(look);
    look();
  });
}
