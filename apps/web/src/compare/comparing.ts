import { createStore, type Turn } from '@streambed/client';
import { createKept } from '../kept.ts';
import { mostCompared } from './columns-of.ts';

/** The models that the next question goes to, side by side; fewer than two: it goes to one, as ever. */
export const comparing = createStore<readonly string[]>([]);

/** Those that were compared last: where the next choice begins. */
export const lastCompared = createKept<readonly string[]>('streambed.compared', (kept) =>
  Array.isArray(kept) ? kept.filter((name) => typeof name === 'string').slice(0, mostCompared) : [],
);

/** What models are being picked for: the next question, or an answer that others shall stand beside. */
export type PickingFor = { readonly type: 'question' } | { readonly type: 'answer'; readonly turn: Turn };

/** Set while they are being picked. */
export const picking = createStore<PickingFor | undefined>(undefined);

/** Opens the choice, once what opened it has closed and given the focus back. */
export function pickToCompare(target: PickingFor): void {
  setTimeout(() => picking.set(target));
}
