import { type CacheControl, type MessagesRequest, StreambedError } from '@streambed/protocol';
import type { FamilyModel } from '../families/family.ts';
import { type ModelQuirks, quirksOf } from '../families/quirks.ts';
import { DocumentNames, ToolNames } from './names.ts';
import type { CachePoint } from './types.ts';

/** Converse takes four cache points in a request. */
const maxCachePoints = 4;

/** What the parts of one request's translation share: the model, the names, what was left out. */
export class Writing {
  readonly model: FamilyModel;
  readonly quirks: ModelQuirks;
  readonly tools: ToolNames;
  readonly documents: DocumentNames;
  readonly #systemTools: ReadonlySet<string>;
  readonly #systemCalls = new Set<string>();
  readonly #dropped = new Set<string>();
  readonly #cachePoints: ('5m' | '1h')[] = [];

  constructor(request: MessagesRequest, model: FamilyModel) {
    this.model = model;
    this.quirks = quirksOf(model);
    this.tools = new ToolNames(request);
    this.documents = new DocumentNames(request);
    const systemTools = this.quirks.systemTools
      ? (request.tools ?? []).filter(({ type }) => type === 'streambed:system_tool')
      : [];
    this.#systemTools = new Set(systemTools.map(({ name }) => name));
  }

  /**
   * Whether a call of a system tool, or its result, goes back: only to a request that still has the tool. Another
   * model's are history that this one can't read, and naming the tool again would switch it on.
   */
  ranSystemTool(id: string, name?: string): boolean {
    if (name !== undefined && this.#systemTools.has(name)) this.#systemCalls.add(id);
    return this.#systemCalls.has(id);
  }

  /** Paths of what was left out, in the order it was met. */
  get dropped(): readonly string[] {
    return [...this.#dropped];
  }

  /** Leaves `field` out and says so. */
  drop(field: string): undefined {
    this.#dropped.add(field);
    return undefined;
  }

  /**
   * Puts the cache point that `cache_control` asks for behind `blocks`. It caches what stands before it: with nothing
   * there, or another one, it says nothing and is dropped.
   */
  pushCachePoint<B>(
    blocks: (B | { readonly cachePoint: CachePoint })[],
    cacheControl: Pick<CacheControl, 'ttl'> | null | undefined,
    at: string,
  ): void {
    if (cacheControl === null || cacheControl === undefined) return;
    const last = blocks.at(-1);
    if (last === undefined || (typeof last === 'object' && last !== null && 'cachePoint' in last)) {
      this.drop(at);
      return;
    }
    const cachePoint = this.#cachePoint(cacheControl, at);
    if (cachePoint !== undefined) blocks.push({ cachePoint });
  }

  /**
   * The cache point that `cache_control` asks for. Dropped where the model doesn't cache: a cache changes the price,
   * never the answer. Throws `SB_BAD_REQUEST` for a fifth, and for one hour after five minutes.
   */
  #cachePoint(cacheControl: Pick<CacheControl, 'ttl'>, at: string): CachePoint | undefined {
    if (!this.quirks.cache) return this.drop(at);
    const wanted = cacheControl.ttl;
    if (wanted === '1h' && !this.quirks.cacheTtl) this.drop(`${at}.ttl`);
    const ttl = this.quirks.cacheTtl ? wanted : undefined;
    if (this.#cachePoints.length === maxCachePoints) refuse(at, `at most ${maxCachePoints} are taken`);
    if (ttl === '1h' && this.#cachePoints.includes('5m')) {
      refuse(at, 'one hour must not follow five minutes: put the longer lifetime first');
    }
    this.#cachePoints.push(ttl ?? '5m');
    return { type: 'default', ...(ttl !== undefined && { ttl }) };
  }
}

/** A request that no model takes. `field` is a path in the request. */
export function refuse(field: string, why: string): never {
  const at = `request.${field}`;
  throw new StreambedError('SB_BAD_REQUEST', `${at}: ${why}`, { field: at });
}

/** A request that this model, or Converse, doesn't take. `field` is a path in the request. */
export function unsupported(field: string, why: string): never {
  const at = `request.${field}`;
  throw new StreambedError('SB_UNSUPPORTED', `${at}: ${why}`, { field: at });
}
