import type { Attachment } from './asking.ts';

/** A file as it waits to be sent. */
export type DraftFile = Extract<Attachment, { readonly state: 'ready' }>;

/** The files of one draft, in characters, about four for three bytes; those past it last as long as the page. */
const maxCharacters = 40_000_000;
/** All drafts together; the oldest are forgotten first. */
const maxTotal = 120_000_000;
const maxDrafts = 20;
/** Nobody comes back to them after that. */
const keptMs = 14 * 24 * 60 * 60_000;

interface Kept {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly characters: number;
  readonly files: readonly DraftFile[];
}

const storeName = 'draft-files';
/** Its keys say how old and how large each one is, without reading it. */
const byAge = 'by-age';

let opening: Promise<IDBDatabase> | undefined;
/** One after another, in the order in which they were asked for. */
let last: Promise<unknown> = Promise.resolve();

/** The files that went with a draft when the page was left. Never rejects: where nothing can be kept there are none. */
export function readDraftFiles(id: string): Promise<readonly DraftFile[]> {
  return next(async () => {
    const kept = await answer<Kept | undefined>((await files('readonly')).get(id));
    return kept === undefined || kept.at < Date.now() - keptMs ? [] : kept.files;
  }, []);
}

/** Keeps the files that go with a draft, in this browser, as far as they fit; with none they are forgotten. */
export function keepDraftFiles(id: string, all: readonly DraftFile[]): void {
  let characters = 0;
  const fitting = all.filter(({ block, preview = '' }) => {
    const size = JSON.stringify(block).length + preview.length;
    const fits = characters + size <= maxCharacters;
    if (fits) characters += size;
    return fits;
  });
  void next(async () => {
    const kept = await files('readwrite');
    if (fitting.length === 0) kept.delete(id);
    else kept.put({ id, at: Date.now(), characters, files: fitting } satisfies Kept);
    await forgetOld(kept);
  }, undefined);
}

/** Forgets all of them. */
export function forgetDraftFiles(): Promise<void> {
  return next(async () => void (await answer((await files('readwrite')).clear())), undefined);
}

/** Goes through them, the newest first, and deletes what is over a bound. */
function forgetOld(kept: IDBObjectStore): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let count = 0;
  let total = 0;
  const request = kept.index(byAge).openKeyCursor(null, 'prev');
  request.onerror = () => reject(request.error);
  request.onsuccess = () => {
    const cursor = request.result;
    if (cursor === null) {
      resolve();
      return;
    }
    const [at = 0, characters = 0] = cursor.key as number[];
    count += 1;
    total += characters;
    if (count > maxDrafts || total > maxTotal || at < Date.now() - keptMs) kept.delete(cursor.primaryKey);
    cursor.continue();
  };
  return promise;
}

function next<T>(run: () => Promise<T>, otherwise: T): Promise<T> {
  // Full or refused (private windows may): the files then last as long as the page.
  const done = last.then(run).catch(() => otherwise);
  last = done;
  return done;
}

async function files(mode: IDBTransactionMode): Promise<IDBObjectStore> {
  opening ??= openDatabase();
  const database = await opening;
  return database.transaction(storeName, mode).objectStore(storeName);
}

function openDatabase(): Promise<IDBDatabase> {
  const request = indexedDB.open('streambed', 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(storeName, { keyPath: 'id' }).createIndex(byAge, ['at', 'characters']);
  };
  return answer(request);
}

function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
