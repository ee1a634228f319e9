import { createHash } from 'node:crypto';
import type { ModelFacts } from '@streambed/model-facts';
import type { CacheUse, PrefixBlock } from '../turn.ts';
import { countTokens } from './tokens.ts';

const lifeMs = { '5m': 5 * 60_000, '1h': 60 * 60_000 } as const;
const defaultMinTokens = 1024;
/** As Anthropic documents: an earlier end of the cache is found up to so many blocks before a mark. */
const lookBack = 20;
const maxEntries = 5000;

interface Boundary {
  readonly key: string;
  /** Of everything up to here. */
  readonly tokens: number;
  readonly ttl: '5m' | '1h' | undefined;
}

/**
 * The prompt cache of each model: what stands before a mark is written once and read while it lives; each read begins
 * its life anew. A prefix shorter than the model's minimum is silently not cached. Bounded to 5000 prefixes.
 */
export class PromptCache {
  readonly #expires = new Map<string, number>();
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** Reads and writes for one request. `inputTokens` are all of its tokens: the cache never has the last few. */
  use(model: ModelFacts, blocks: readonly PrefixBlock[], inputTokens: number): CacheUse {
    const boundaries = boundariesOf(model.id, blocks, Math.max(0, inputTokens - 4));
    const least = model.promptCaching?.minTokens ?? defaultMinTokens;
    const marked = boundaries.flatMap(({ ttl, tokens }, place) =>
      ttl !== undefined && tokens >= least ? [place] : [],
    );
    const read = Math.max(0, ...marked.map((place) => this.#found(boundaries, place, least)));
    const writes = new Map<'5m' | '1h', number>();
    let covered = read;
    for (const place of marked) {
      const { key, tokens, ttl = '5m' } = boundaries[place] ?? { key: '', tokens: 0 };
      this.#keep(key, ttl);
      if (tokens <= covered) continue;
      writes.set(ttl, (writes.get(ttl) ?? 0) + tokens - covered);
      covered = tokens;
    }
    return { read, writes: [...writes].map(([ttl, tokens]) => ({ ttl, tokens })) };
  }

  /** How many tokens up to a mark, or to a place soon before it, are in the cache. */
  #found(boundaries: readonly Boundary[], mark: number, least: number): number {
    const now = this.#now().getTime();
    for (let place = mark; place >= Math.max(0, mark - lookBack); place--) {
      const { key, tokens } = boundaries[place] ?? { key: '', tokens: 0 };
      if (tokens < least) return 0;
      if ((this.#expires.get(key) ?? 0) > now) return tokens;
    }
    return 0;
  }

  #keep(key: string, ttl: '5m' | '1h'): void {
    const until = Math.max(this.#expires.get(key) ?? 0, this.#now().getTime() + lifeMs[ttl]);
    this.#expires.delete(key);
    this.#expires.set(key, until);
    const [oldest] = this.#expires.keys();
    if (this.#expires.size > maxEntries && oldest !== undefined) this.#expires.delete(oldest);
  }
}

function boundariesOf(model: string, blocks: readonly PrefixBlock[], most: number): readonly Boundary[] {
  let key = model;
  let tokens = 0;
  return blocks.map(({ text, ttl }) => {
    key = createHash('sha256').update(key).update('\0').update(text).digest('base64');
    tokens = Math.min(most, tokens + countTokens(text));
    return { key, tokens, ttl };
  });
}
