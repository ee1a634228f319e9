import { createStore } from '@streambed/client';
import { prefer, preferences } from '../preferences.ts';

/** Below it the rail is a sheet over the page. */
export const railBesideFrom = 880;

const beside = () => window.matchMedia(`(min-width: ${railBesideFrom}px)`).matches;

/** Whether the rail is shown. Beside the page that is remembered; over it, it is opened for one look. */
export const rail = createStore(beside() && preferences.get().rail);

export function showRail(shown: boolean): void {
  rail.set(shown);
  if (beside()) prefer({ rail: shown });
}

export function toggleRail(): void {
  showRail(!rail.get());
}
