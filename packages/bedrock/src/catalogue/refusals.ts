import type { StreambedError } from '@streambed/protocol';

/** AWS lists models that an account may not call; that shows only when it calls one. Until a call of it succeeds. */
export interface Refusals {
  /** A call of `model` failed: kept when it says that the account can't have the model. */
  failed(model: string, error: StreambedError): void;
  /** A call of `model` worked. */
  worked(model: string): void;
  /** Why the account can't have `model`, as AWS last said it. */
  why(model: string): string | undefined;
}

/** More than there are models; the oldest is forgotten. */
const maxKept = 500;
/** Access is granted by people: what was refused so long ago may have been mended since. */
const keptMs = 60 * 60_000;

const reasons: Readonly<Record<string, string>> = {
  SB_MODEL_ACCESS: 'not enabled for this account',
  SB_MODEL_RETIRED: 'end of life, or legacy and unused by this account',
};

export function createRefusals(now: () => number): Refusals {
  const kept = new Map<string, { readonly why: string; readonly at: number }>();
  return {
    failed(model, { code }) {
      const why = reasons[code];
      if (why === undefined) return;
      kept.delete(model);
      const oldest = kept.size >= maxKept ? kept.keys().next().value : undefined;
      if (oldest !== undefined) kept.delete(oldest);
      kept.set(model, { why, at: now() });
    },
    worked(model) {
      kept.delete(model);
    },
    why(model) {
      const refusal = kept.get(model);
      return refusal === undefined || now() - refusal.at > keptMs ? undefined : refusal.why;
    },
  };
}
