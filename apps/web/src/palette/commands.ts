import { createStore } from '@streambed/client';

/** Something that can be done, by name. */
export interface Command {
  readonly id: string;
  readonly group: string;
  readonly title: string;
  /** Other words that find it. */
  readonly also?: string;
  /** Its shortcut: `mod k`. */
  readonly keys?: string;
  readonly selected?: boolean;
  run(): void;
}

/** Whether the palette is open. */
export const paletteOpen = createStore(false);

const sources = new Set<() => readonly Command[]>();

/** Adds what `source` gives at the time the palette opens; the function that comes back takes it out. */
export function registerCommands(source: () => readonly Command[]): () => void {
  sources.add(source);
  return () => sources.delete(source);
}

/** All of it, as of now. */
export function allCommands(): readonly Command[] {
  return [...sources].flatMap((source) => source());
}
