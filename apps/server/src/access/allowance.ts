import { StreambedError, type Usage } from '@streambed/protocol';
import type { Caller } from './caller.ts';
import { MinuteWindow } from './minute-window.ts';
import { fits } from './patterns.ts';

/** What the configuration says of a project. */
export interface ProjectTerms {
  /** The AWS account that it calls as, where a target names none. */
  readonly account?: string | undefined;
  /** Patterns of model names; absent: every model. */
  readonly models?: readonly string[] | undefined;
}

export interface AllowanceOptions {
  readonly projects?: Readonly<Record<string, ProjectTerms>>;
  /** The base ids of all models that a name may lead to; none: it leads nowhere. */
  readonly modelsBehind: (name: string) => readonly string[];
  /** Milliseconds; default: time that only goes forward. */
  readonly now?: () => number;
}

/** All tokens that a model took in and gave out; what wasn't reported counts as nothing. */
export function tokensOf(usage: Usage | undefined): number {
  if (usage === undefined) return 0;
  const { input_tokens = 0, cache_read_input_tokens = 0, cache_creation_input_tokens = 0 } = usage;
  const { output_tokens = 0, thinking_tokens = 0 } = usage;
  return (
    input_tokens + cache_read_input_tokens + cache_creation_input_tokens + output_tokens + thinking_tokens
  );
}

/** What one key has used lately, and what is set aside for what it has running. */
interface Used {
  readonly requests: MinuteWindow;
  readonly tokens: MinuteWindow;
  reserved: number;
}

/** Tokens that are set aside for something that runs. */
export interface Reservation {
  /** It is known better how many it may use; asked only where they are limited. */
  expect(estimate: () => number): void;
  /** Gives them back, and counts those that were used in their place. Nothing can be said after that. */
  settle(tokens: number): void;
}

const unlimited: Reservation = { expect() {}, settle() {} };

/** What a key has used, as the ledger has it: what began in one second and ended in one. */
export interface LedgerUse {
  readonly key: string;
  readonly requests: number;
  readonly tokens: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
}

const minuteMs = 60_000;

/** What runs is expected to end so soon, in seconds, where nothing else says when to come back. */
const soonSeconds = 5;

/** The one place that says whether a caller may ask a model, now. */
export class Allowance {
  readonly #modelsBehind: AllowanceOptions['modelsBehind'];
  readonly #projects: ReadonlyMap<string, ProjectTerms>;
  readonly #now: () => number;
  /** By key, for those that are limited. */
  readonly #used = new Map<string, Used>();

  constructor({ modelsBehind, projects = {}, now = () => performance.now() }: AllowanceOptions) {
    this.#projects = new Map(Object.entries(projects));
    this.#modelsBehind = modelsBehind;
    this.#now = now;
  }

  /** As which account of the configuration a project calls, as the calls take it. */
  accountOf(project: string): { readonly account?: string } {
    const account = this.#projects.get(project)?.account;
    return account === undefined ? {} : { account };
  }

  /**
   * Whether a caller may use what a name leads to: their project, their key and their token each allow the name itself,
   * or every model behind it.
   */
  mayUse({ models, owner }: Pick<Caller, 'models' | 'owner'>, name: string): boolean {
    const ofProject = this.#projects.get(owner.project)?.models;
    const lists = ofProject === undefined ? models : [ofProject, ...models];
    let behind: readonly string[] | undefined;
    return lists.every((patterns) => {
      const allowed = (model: string) => patterns.some((pattern) => fits(pattern, model));
      if (allowed(name)) return true;
      behind ??= this.#modelsBehind(name);
      return behind.length > 0 && behind.every(allowed);
    });
  }

  /**
   * Counts a request that runs something, with the model that it names, and sets `estimate` tokens aside until what it
   * gives back is told how many there were. Throws `SB_READ_ONLY`, `SB_MODEL_NOT_ALLOWED`, or `SB_RATE_LIMIT` with the
   * time to wait.
   */
  permit(caller: Caller, model?: string, estimate: () => number = () => 0): Reservation {
    if (caller.may === 'read') throw new StreambedError('SB_READ_ONLY');
    if (model !== undefined && !this.mayUse(caller, model)) {
      throw new StreambedError('SB_MODEL_NOT_ALLOWED', undefined, { field: 'model' });
    }
    const { requestsPerMinute, tokensPerMinute } = caller.limits;
    const used = this.#of(caller);
    if (used === undefined) return unlimited;
    const now = this.#now();
    refuseOver(used.requests, requestsPerMinute, 'requests', now);
    refuseOver(used.tokens, tokensPerMinute, 'tokens', now, used.reserved);
    used.requests.add(1, now);
    let reserved = 0;
    let settled = false;
    const expect = (expected: () => number) => {
      if (settled || tokensPerMinute === undefined) return;
      used.reserved -= reserved;
      reserved = expected();
      used.reserved += reserved;
    };
    expect(estimate);
    return {
      expect,
      settle: (tokens) => {
        if (settled) return;
        settled = true;
        used.reserved -= reserved;
        if (tokens > 0) used.tokens.add(tokens, this.#now());
      },
    };
  }

  /** Takes in what keys used in the last minute, before this process began; `now` in milliseconds since 1970. */
  recall(uses: readonly LedgerUse[], now = Date.now()): void {
    const ours = (at: number) => this.#now() - Math.max(0, now - at);
    for (const { key, requests, startedAt } of uses.toSorted(
      (one, other) => one.startedAt - other.startedAt,
    )) {
      if (now - startedAt < minuteMs) this.#ofKey(key).requests.add(requests, ours(startedAt));
    }
    for (const { key, tokens, endedAt } of uses.toSorted((one, other) => one.endedAt - other.endedAt)) {
      this.#ofKey(key).tokens.add(tokens, ours(endedAt));
    }
  }

  #of({ key, limits }: Caller): Used | undefined {
    if (key === undefined) return undefined;
    if (limits.requestsPerMinute === undefined && limits.tokensPerMinute === undefined) return undefined;
    return this.#ofKey(key);
  }

  #ofKey(key: string): Used {
    let used = this.#used.get(key);
    if (used === undefined) {
      used = { requests: new MinuteWindow(), tokens: new MinuteWindow(), reserved: 0 };
      this.#used.set(key, used);
    }
    return used;
  }
}

/** `reserved` is what will be used besides: as long as it is set aside, it fills the limit as what was used does. */
function refuseOver(
  window: MinuteWindow,
  limit: number | undefined,
  what: string,
  now: number,
  reserved = 0,
): void {
  if (limit === undefined) return;
  const seconds = reserved < limit ? window.secondsUntilBelow(limit - reserved, now) : soonSeconds;
  if (seconds === 0) return;
  throw new StreambedError(
    'SB_RATE_LIMIT',
    reserved > 0
      ? `This key may use ${limit} ${what} in a minute; what it has running is expected to use the rest of them. Try again in ${seconds} s.`
      : `This key may use ${limit} ${what} in a minute, and has. Try again in ${seconds} s.`,
    { retryAfterSeconds: seconds },
  );
}
