import { createHash } from 'node:crypto';
import type { CountedTokens, Counts } from './counts.ts';
import type { DemoModel } from './engine/demo.ts';
import type { Engine } from './engine/engine.ts';
import type { PromptCache } from './engine/prompt-cache.ts';
import type { AskedFault, Fault } from './faults.ts';
import type { EmulatorGuardrail } from './guardrails.ts';
import type { ProfileTarget } from './model.ts';
import type { PaceOption } from './pace.ts';
import type { Quotas } from './quotas.ts';
import { type Random, seededRandom } from './random.ts';
import type { Script } from './script.ts';

/** What all operations share. */
export interface Core {
  readonly seed: string;
  readonly pace: PaceOption;
  readonly script: Script | undefined;
  readonly demo: DemoModel;
  readonly faultCounter: FaultCounter;
  readonly quotas: Quotas;
  /** Who answers in place of the demo model. */
  readonly engine: Engine | undefined;
  readonly streams: StreamCache;
  readonly counts: Counts;
  readonly promptCache: PromptCache;
  readonly profiles: Readonly<Record<string, ProfileTarget>>;
  readonly guardrails: readonly EmulatorGuardrail[];
  /** The region this Bedrock says it is in where a request doesn't say. */
  readonly region: string;
}

/** Randomness of one request: the same request under the same seed always gets the same. */
export class RequestSeed {
  readonly #seed: string;
  readonly key: string;

  constructor(seed: string, modelId: string, body: string) {
    this.#seed = seed;
    this.key = createHash('sha256').update(modelId).update('\0').update(body).digest('base64');
  }

  /** A stream of its own for each purpose: `text`, `ids`, `frames`, `pace`. */
  for(purpose: string): Random {
    return seededRandom(this.#seed, this.key, purpose);
  }
}

const countedRequests = 1000;

/** Remembers how often a request came whose prompt asks to fail only some times. */
export class FaultCounter {
  readonly #counts = new Map<string, number>();
  readonly #dice: Random;

  constructor(seed: string) {
    this.#dice = seededRandom(seed, 'faults asked for');
  }

  /** The fault, unless this request has had it often enough. */
  take(asked: Fault | AskedFault | undefined, key: string): Fault | undefined {
    if (asked === undefined) return undefined;
    if (!('fault' in asked)) return asked;
    if (asked.probability !== undefined && this.#dice.next() >= asked.probability) return undefined;
    if (asked.times === undefined) return asked.fault;
    const count = this.#counts.get(key) ?? 0;
    this.#counts.delete(key);
    this.#counts.set(key, count + 1);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size > countedRequests && oldest !== undefined) this.#counts.delete(oldest);
    return count < asked.times ? asked.fault : undefined;
  }
}

const cachedStreams = 64;
const cachedStreamBytes = 256 * 1024;
const cachedKeyLength = 16 * 1024;

interface CachedStream {
  readonly bytes: Buffer;
  readonly counted: CountedTokens;
}

/**
 * Streams written as fast as possible, kept whole: a load test that sends one request a thousand times pays for its
 * frames once. Bounded to 64 streams of 256 KiB, of requests of 16 KiB.
 */
export class StreamCache {
  readonly #streams = new Map<string, CachedStream>();

  get(key: string): CachedStream | undefined {
    return this.#streams.get(key);
  }

  /** Passes frames on, and keeps them once all of them have passed, unless they are many. */
  *keep<T extends { readonly bytes: Uint8Array }>(
    key: string,
    frames: Iterable<T>,
    counted: CountedTokens,
  ): Generator<T> {
    const kept: Uint8Array[] = [];
    let size = 0;
    for (const frame of frames) {
      size += frame.bytes.length;
      if (size <= cachedStreamBytes) kept.push(frame.bytes);
      yield frame;
    }
    if (size > cachedStreamBytes || key.length > cachedKeyLength) return;
    this.#streams.set(key, { bytes: Buffer.concat(kept, size), counted });
    const [oldest] = this.#streams.keys();
    if (this.#streams.size > cachedStreams && oldest !== undefined) this.#streams.delete(oldest);
  }
}
