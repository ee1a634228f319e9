import type { GenerationId } from '@streambed/protocol';
import type { GenerationItem } from '@streambed/protocol/frames';
import type { GenerationView, StreamLog } from '../stream-log/stream-log.ts';
import { Activity } from './activity.ts';
import { nameOfOwner, type Owner } from './owner.ts';

/** What has changed among an owner's generations, up to `rev`. */
export interface Change {
  readonly rev: number;
  readonly reset?: true;
  readonly items: readonly GenerationItem[];
}

/** So many items stand in one frame; where more have changed, the newest of all stand there. */
const maxItems = 1_000;

/** Generations that are gone are remembered as gone, so many of them for each owner. */
const maxGone = 1_000;

interface OwnersList {
  rev: number;
  /** Revs up to this one are no longer told apart: who stands there gets everything. */
  forgottenUpTo: number;
  /** In the order of their last change. */
  readonly items: Map<GenerationId, { readonly rev: number; readonly item: GenerationItem }>;
  gone: number;
  readonly watchers: Set<() => void>;
}

/** Tells the owners of generations which of theirs begin, end and go. Never their content. */
export class GenerationFeed {
  /** Revs start at the time in milliseconds: those of an earlier process are all smaller. */
  readonly #start = Date.now();
  readonly #lists = new Map<string, OwnersList>();
  /** How far those that run are. */
  readonly activity: Activity;

  /** `read` is the log's own. */
  constructor(read: StreamLog['read']) {
    this.activity = new Activity(read);
  }

  /** Takes in a change. */
  tell(view: GenerationView): void {
    const { record } = view;
    this.activity.tell(view);
    if (record.id === undefined && record.store === 'none') return;
    const list = this.#listOf(record.owner);
    const { generation } = record;
    const known = list.items.get(generation);
    if (view.expired) list.gone += 1;
    list.rev += 1;
    list.items.delete(generation);
    if (!view.expired || known !== undefined)
      list.items.set(generation, { rev: list.rev, item: itemOf(view) });
    if (list.gone > maxGone) this.#forgetGone(list);
    for (const wake of [...list.watchers]) wake();
  }

  /** The rev as it stands. */
  rev(owner: Owner): number {
    return this.#listOf(owner).rev;
  }

  /** What has changed since `after` (absent: everything there is), then what changes, until the signal. */
  async *watch(owner: Owner, after: number | undefined, signal: AbortSignal): AsyncGenerator<Change> {
    const list = this.#listOf(owner);
    let wake = () => {};
    const wakeUp = () => wake();
    list.watchers.add(wakeUp);
    signal.addEventListener('abort', wakeUp);
    try {
      const known = after !== undefined && after >= list.forgottenUpTo && after <= list.rev;
      let rev = known ? after : -1;
      let reset = !known;
      while (!signal.aborted) {
        if (reset || rev < list.rev) {
          const changed = changesAfter(list, rev);
          reset ||= rev < list.forgottenUpTo || changed.length > maxItems;
          const items = reset ? newest(list) : changed;
          rev = list.rev;
          yield { rev, ...(reset && { reset }), items };
          reset = false;
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    } finally {
      list.watchers.delete(wakeUp);
      signal.removeEventListener('abort', wakeUp);
    }
  }

  #listOf(owner: Owner): OwnersList {
    const key = nameOfOwner(owner);
    let list = this.#lists.get(key);
    if (list === undefined) {
      list = {
        rev: this.#start,
        forgottenUpTo: this.#start,
        items: new Map(),
        gone: 0,
        watchers: new Set(),
      };
      this.#lists.set(key, list);
    }
    return list;
  }

  #forgetGone(list: OwnersList): void {
    for (const [generation, { item }] of list.items) {
      if (item.state === 'gone') list.items.delete(generation);
    }
    list.gone = 0;
    list.forgottenUpTo = list.rev;
  }
}

function changesAfter({ items }: OwnersList, rev: number): readonly GenerationItem[] {
  return [...items.values()].filter((it) => it.rev > rev).map(({ item }) => item);
}

function newest({ items }: OwnersList): readonly GenerationItem[] {
  const there = [...items.values()].map(({ item }) => item).filter(({ state }) => state !== 'gone');
  return there.slice(-maxItems);
}

function itemOf({ record, stop, endedAt, expired }: GenerationView): GenerationItem {
  if (expired) return { generation: record.generation, state: 'gone' };
  return {
    generation: record.generation,
    ...(record.id !== undefined && { id: record.id }),
    state: stop?.state ?? 'running',
    model: record.model,
    started_at: record.startedAt / 1000,
    ...(endedAt !== undefined && { ended_at: endedAt / 1000 }),
  };
}
