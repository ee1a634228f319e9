import { StreambedError } from '@streambed/protocol';
import type { WatchFrame } from '@streambed/protocol/frames';
import { type TopicSources, topicChanges, topicRev } from './topics.ts';

/** So many topics may be watched on one socket. */
const maxTopics = 64;

/** How the changes of a topic reach the client. */
export interface WatchPeer {
  /** Sends a text; what comes back resolves when the client has caught up. */
  send(texts: readonly string[]): Promise<void> | undefined;
  readonly closed: AbortSignal;
  /** Says that a topic can be watched no longer, and why. */
  refuse(thrown: unknown, topic: string): void;
}

/** The topics that one client watches. */
export class Watches {
  readonly #sources: TopicSources;
  readonly #peer: WatchPeer;
  readonly #watching = new Map<string, AbortController>();

  constructor(sources: TopicSources, peer: WatchPeer) {
    this.#sources = sources;
    this.#peer = peer;
  }

  /** The rev of a topic now. Throws `SB_NOT_FOUND`. */
  rev(topic: string): Promise<number> {
    return topicRev(this.#sources, topic);
  }

  /** Sends what changes in a topic from now on; what was sent of it before ends. */
  begin({ topic, after }: WatchFrame): void {
    this.end(topic);
    if (this.#watching.size >= maxTopics) {
      const message = `At most ${maxTopics} topics can be watched on one socket. Unwatch some.`;
      throw new StreambedError('SB_BAD_REQUEST', message, { field: 'topic' });
    }
    const watching = new AbortController();
    this.#watching.set(topic, watching);
    const signal = AbortSignal.any([watching.signal, this.#peer.closed]);
    void this.#send(topic, after, signal).finally(() => {
      if (this.#watching.get(topic) === watching) this.#watching.delete(topic);
    });
  }

  end(topic: string): void {
    this.#watching.get(topic)?.abort();
    this.#watching.delete(topic);
  }

  /** Changes that come while the client is behind go together. Never rejects. */
  async #send(topic: string, after: number | undefined, signal: AbortSignal): Promise<void> {
    try {
      for await (const change of topicChanges(this.#sources, topic, after, signal)) {
        await this.#peer.send([JSON.stringify(change)]);
      }
    } catch (thrown) {
      if (!signal.aborted) this.#peer.refuse(thrown, topic);
    }
  }
}
