import type { EventItem, GenerationId } from '@streambed/protocol';
import { sizeOf, takeBatch } from '../batch-size.ts';
import { decodeEvents } from './event-record.ts';
import type { SegmentFiles, SegmentPlace } from './segment-files.ts';

/** A batch of events as it lies on disk. */
export interface Piece {
  readonly first: number;
  readonly count: number;
  readonly place: SegmentPlace;
}

/** What is on disk of one generation. */
export interface Stored {
  readonly pieces: Piece[];
  head: number;
  /** False once a write has failed: what is on disk is then only its beginning. */
  whole: boolean;
  /** The end of one that was found interrupted, where it could not be written. */
  unwritten?: readonly EventItem[];
}

/** Where the events of stored generations lie in the files. */
export class StoredEvents {
  readonly #files: Pick<SegmentFiles, 'read' | 'release'>;
  readonly #all = new Map<GenerationId, Stored>();

  constructor(files: Pick<SegmentFiles, 'read' | 'release'>) {
    this.#files = files;
  }

  get(generation: GenerationId): Stored | undefined {
    return this.#all.get(generation);
  }

  has(generation: GenerationId): boolean {
    return this.#all.has(generation);
  }

  /** Begins a generation, with what another run of this program has left of it. */
  begin(generation: GenerationId, pieces: Piece[] = []): void {
    const last = pieces.at(-1);
    const head = last === undefined ? 0 : last.first + last.count - 1;
    this.#all.set(generation, { pieces, head, whole: true });
  }

  /** Lets go of what a generation has on disk. */
  release(generation: GenerationId): void {
    const stored = this.#all.get(generation);
    if (stored === undefined) return;
    this.#all.delete(generation);
    this.#files.release(
      generation,
      stored.pieces.map(({ place }) => place),
    );
  }

  /** Events strictly after `after`, at least one, about `maxBatch` characters. */
  async load(generation: GenerationId, after: number, maxBatch: number): Promise<readonly EventItem[]> {
    const { pieces = [], head = 0, unwritten = [] } = this.#all.get(generation) ?? {};
    if (after >= head) return unwritten.slice(after - head);
    const items: EventItem[] = [];
    let size = 0;
    const from = pieceAfter(pieces, after);
    for (let index = from; index < pieces.length && size < maxBatch; index += 1) {
      const { place } = pieces[index] as Piece;
      const read = decodeEvents(await this.#files.read(place));
      for (const item of read) items.push(item);
      size += sizeOf(read);
    }
    return takeBatch(items, 0, after + 1 - (pieces[from]?.first ?? 1), maxBatch);
  }
}

/** The index of the first piece that holds something after a seq. */
function pieceAfter(pieces: readonly Piece[], after: number): number {
  let low = 0;
  let high = pieces.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const { first, count } = pieces[middle] as Piece;
    if (first + count - 1 <= after) low = middle + 1;
    else high = middle;
  }
  return low;
}
