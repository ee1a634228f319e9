import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { GenerationId, MessagesRequest } from '@streambed/protocol';
import { createWriteAt } from '../stream-log/disk/disk-write.ts';
import { decodeText, encodeText } from '../stream-log/disk/event-record.ts';
import { GroupCommit } from '../stream-log/disk/group-commit.ts';
import { type DiskLimits, SegmentFiles, type SegmentPlace } from '../stream-log/disk/segment-files.ts';
import type { GenerationView } from '../stream-log/stream-log.ts';

export interface KeptRequestsOptions {
  /** The data folder. */
  readonly dir: string;
  readonly disk: DiskLimits;
}

interface Writing {
  readonly generation: GenerationId;
  readonly body: string;
}

/**
 * What generations were asked, for as long as the log keeps what they answered: so that something can follow them. It
 * lies in files beside the log's own and goes as that does. Of what finds no room nothing is kept.
 */
export class KeptRequests {
  readonly #files: SegmentFiles;
  readonly #disk: DiskLimits;
  readonly #commit = new GroupCommit<Writing>((items) => this.#write(items));
  readonly #places = new Map<GenerationId, SegmentPlace>();
  /** Whose log there is. */
  readonly #kept = new Set<GenerationId>();
  /** What another run has left, until it is known which of it is still wanted. */
  #left: [GenerationId, SegmentPlace][] = [];

  /** Opens it before the log is opened. */
  static async open({ dir, disk }: KeptRequestsOptions): Promise<KeptRequests> {
    const folder = join(dir, 'requests');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const requests = new KeptRequests(folder, disk);
    await requests.#files.recover(({ generation }, place) => {
      requests.#left.push([generation, place]);
    });
    return requests;
  }

  private constructor(dir: string, disk: DiskLimits) {
    this.#disk = disk;
    this.#files = new SegmentFiles({ dir, limits: disk, now: Date.now, writeAt: createWriteAt() });
  }

  /** The log has been read: what it doesn't know any more is let go of. */
  begin(): void {
    for (const [generation, place] of this.#left) {
      if (this.#kept.has(generation)) {
        this.#files.keep(generation, place);
        this.#places.set(generation, place);
      } else this.#files.release(generation, [place]);
    }
    this.#left = [];
    this.#erase();
  }

  /** Takes a request in, before its generation begins. Never rejects. */
  async keep(generation: GenerationId, request: MessagesRequest): Promise<void> {
    this.#kept.add(generation);
    const body = encodeText(generation, Date.now(), JSON.stringify(request));
    if (this.#files.bytes + body.length > this.#disk.bytes) return;
    // Without it the generation runs all the same; only nothing can follow it.
    await this.#commit.write({ generation, body }).catch(() => {});
  }

  /** What was asked; nothing where it is not kept. */
  async read(generation: GenerationId): Promise<MessagesRequest | undefined> {
    const place = this.#places.get(generation);
    if (place === undefined) return undefined;
    const body = await this.#files.read(place).catch(() => undefined);
    return body === undefined ? undefined : (JSON.parse(decodeText(body)) as MessagesRequest);
  }

  /** A generation has begun, or its log is gone. */
  tell({ record: { generation, store }, expired }: GenerationView): void {
    if (store === 'none') return;
    if (expired) this.forget(generation);
    else this.#kept.add(generation);
  }

  /** Lets go of a request, on disk too. */
  forget(generation: GenerationId): void {
    this.#kept.delete(generation);
    const place = this.#places.get(generation);
    if (place === undefined) return;
    this.#places.delete(generation);
    this.#files.release(generation, [place]);
    this.#erase();
  }

  async close(): Promise<void> {
    await this.#commit.settled();
    await this.#files.close();
  }

  #erase(): void {
    // What could not be overwritten is tried again with the next.
    this.#files.erase().catch(() => {});
  }

  #write(items: readonly Writing[]): Promise<void> | undefined {
    const places = this.#files.write(items);
    if (places instanceof Promise) return places.then((later) => this.#placed(items, later));
    this.#placed(items, places);
    return undefined;
  }

  #placed(items: readonly Writing[], places: readonly SegmentPlace[]): void {
    items.forEach(({ generation }, index) => {
      const place = places[index] as SegmentPlace;
      if (this.#kept.has(generation)) this.#places.set(generation, place);
      else this.#files.release(generation, [place]);
    });
  }
}
