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
