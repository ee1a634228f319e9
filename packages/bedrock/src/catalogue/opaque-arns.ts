import type { Client } from '../client.ts';
import { orAborted } from '../deadlines.ts';
import type { OpaqueModel } from '../models/resolve-model.ts';
import { getModelBehind } from './control-plane.ts';

/** More ARNs than any one account has; the oldest is forgotten and would be asked for again. */
const maxKnown = 1_000;

/** Which model stands behind an ARN that doesn't say it: asked once, then remembered. */
export interface OpaqueArns {
  /** What is known, without asking. */
  get(arn: string, account: string | undefined): string | undefined;
  /** Asks the control plane. All who ask for one ARN at a time share one call. Throws `StreambedError`. */
  lookUp(opaque: OpaqueModel, signal: AbortSignal): Promise<void>;
}

/** `closing` ends what is under way. */
export function createOpaqueArns(client: Client, closing: AbortSignal): OpaqueArns {
  const known = new Map<string, string>();
  const asking = new Map<string, Promise<void>>();
  const keyOf = (arn: string, account: string | undefined) => `${account ?? ''} ${arn}`;
  return {
    get: (arn, account) => known.get(keyOf(arn, account)),
    lookUp({ arn, region, account }, signal) {
      const key = keyOf(arn, account);
      let running = asking.get(key);
      if (running === undefined) {
        running = getModelBehind(arn, { region, account }, client, closing)
          .then((model) => {
            const oldest = known.size >= maxKnown ? known.keys().next().value : undefined;
            if (oldest !== undefined) known.delete(oldest);
            known.set(key, model);
          })
          .finally(() => asking.delete(key));
        asking.set(key, running);
      }
      return orAborted(running, signal);
    },
  };
}
