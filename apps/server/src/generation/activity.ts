import type { GenerationId } from '@streambed/protocol';
import type { ActivityItem } from '@streambed/protocol/frames';
import type { GenerationView, StreamLog } from '../stream-log/stream-log.ts';
import { beginRow, countItem, endRow, type ActivityRow as Row } from './activity-row.ts';
import { nameOfOwner, type Owner } from './owner.ts';

/** How an owner's generations stand, up to `rev`. */
export interface Standing {
  readonly rev: number;
  readonly reset?: true;
  readonly items: readonly ActivityItem[];
}

/** So many that have ended stay in sight, the newest of each owner. */
const maxEnded = 20;

/** A watcher is told at most so often, however fast tokens come. */
const everyMs = 250;

interface OwnersRows {
  /** Those that began first are first. */
  readonly rows: Map<GenerationId, Row>;
  /** So many of them have ended. */
  ended: number;
  readonly watchers: Set<() => void>;
}

/**
 * What runs just now, and how far it is: of every owner, by every door, also what is stored nowhere. Events are counted
 * only while somebody watches, from the same log that everybody reads. Never their content.
 */
export class Activity {
  readonly #read: StreamLog['read'];
  readonly #owners = new Map<string, OwnersRows>();
  /** As of the feed: revs of an earlier process are all smaller. */
  #rev = Date.now();

  constructor(read: StreamLog['read']) {
    this.#read = read;
  }

  /** The rev as it stands. */
  get rev(): number {
    return this.#rev;
  }

  /** Takes in that a generation has begun, ended or gone. */
  tell(view: GenerationView): void {
    const { record, stop, expired } = view;
    const { generation } = record;
    const owner = this.#ownersRows(record.owner);
    const known = owner.rows.get(generation);
    if (expired) {
      known?.following?.abort();
      if (known !== undefined) forget(owner, known);
    } else {
      const row = known ?? beginRow(view);
      owner.rows.set(generation, row);
      if (stop !== undefined) {
        row.following?.abort();
        if (row.item.state === 'running') owner.ended += 1;
        endRow(row, view);
        if (owner.ended > maxEnded) forgetOldestEnded(owner);
      } else if (owner.watchers.size > 0) void this.#follow(owner, row);
      row.rev = this.#rev + 1;
    }
    this.#wake(owner);
    this.#forgetIfEmpty(record.owner, owner);
  }

  /** Takes in that a generation is tried once more; `attempts` counts the one that begins. */
  retried(name: string, attempts: number): void {
    for (const owner of this.#owners.values()) {
      const row = owner.rows.get(name as GenerationId);
      if (row === undefined || row.item.state !== 'running') continue;
      this.#change(owner, row, { attempts });
      return;
    }
  }

  /** How all stands, then what changes, a few times a second at most, until the signal. */
  async *watch(whose: Owner, signal: AbortSignal): AsyncGenerator<Standing> {
    const owner = this.#ownersRows(whose);
    let wake = () => {};
    const wakeUp = () => wake();
    owner.watchers.add(wakeUp);
    signal.addEventListener('abort', wakeUp);
    for (const row of owner.rows.values()) void this.#follow(owner, row);
    const told = new Map<GenerationId, number>();
    try {
      for (let reset = true; !signal.aborted; reset = false) {
        const items = changedSince(owner.rows, told);
        if (reset || items.length > 0)
          yield { rev: this.#rev, ...(reset && { reset: true as const }), items };
        if (signal.aborted) return;
        await pause(everyMs, signal);
        if (signal.aborted || isBehind(owner.rows, told)) continue;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      owner.watchers.delete(wakeUp);
      signal.removeEventListener('abort', wakeUp);
      if (owner.watchers.size === 0) for (const row of owner.rows.values()) row.following?.abort();
      this.#forgetIfEmpty(whose, owner);
    }
  }

  /** Counts what comes, on from what has been counted. Never rejects. */
  async #follow(owner: OwnersRows, row: Row): Promise<void> {
    if (row.item.state !== 'running' || row.following?.signal.aborted === false) return;
    const following = new AbortController();
    row.following = following;
    try {
      const { signal } = following;
      for await (const { items, last } of this.#read(row.item.generation, { after: row.after, signal })) {
        if (signal.aborted) return;
        row.after = last;
        for (const item of items) countItem(row, item);
        this.#change(owner, row, {});
      }
    } catch {
      // Erased under its readers: that it has gone is told by itself.
    } finally {
      following.abort();
    }
  }

  #change(owner: OwnersRows, row: Row, news: Partial<ActivityItem>): void {
    row.item = { ...row.item, ...news };
    row.rev = this.#rev + 1;
    this.#wake(owner);
  }

  #wake({ watchers }: OwnersRows): void {
    this.#rev += 1;
    for (const wake of [...watchers]) wake();
  }

  #ownersRows(owner: Owner): OwnersRows {
    const name = nameOfOwner(owner);
    let rows = this.#owners.get(name);
    if (rows === undefined) {
      rows = { rows: new Map(), ended: 0, watchers: new Set() };
      this.#owners.set(name, rows);
    }
    return rows;
  }

  #forgetIfEmpty(owner: Owner, { rows, watchers }: OwnersRows): void {
    if (rows.size === 0 && watchers.size === 0) this.#owners.delete(nameOfOwner(owner));
  }
}

/** What a watcher has not been told yet; from now on it has. */
function changedSince(
  rows: ReadonlyMap<GenerationId, Row>,
  told: Map<GenerationId, number>,
): readonly ActivityItem[] {
  const items: ActivityItem[] = [];
  for (const generation of told.keys()) {
    if (rows.has(generation)) continue;
    told.delete(generation);
    items.push({ generation, state: 'gone' });
  }
  for (const [generation, { rev, item }] of rows) {
    if (told.get(generation) === rev) continue;
    told.set(generation, rev);
    items.push(item);
  }
  return items;
}

function isBehind(rows: ReadonlyMap<GenerationId, Row>, told: ReadonlyMap<GenerationId, number>): boolean {
  if (rows.size !== told.size) return true;
  return rows.entries().some(([generation, { rev }]) => told.get(generation) !== rev);
}

function forget(owner: OwnersRows, { item }: Row): void {
  if (owner.rows.delete(item.generation) && item.state !== 'running') owner.ended -= 1;
}

function forgetOldestEnded(owner: OwnersRows): void {
  for (const row of owner.rows.values()) {
    if (row.item.state === 'running') continue;
    forget(owner, row);
    return;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const end = () => {
    clearTimeout(timer);
    resolve();
  };
  signal.addEventListener('abort', end, { once: true });
  return promise.finally(() => signal.removeEventListener('abort', end));
}
