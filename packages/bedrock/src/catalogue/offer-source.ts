import { StreambedError } from '@streambed/protocol';
import type { Client } from '../client.ts';
import { orAborted } from '../deadlines.ts';
import { listOffers } from './control-plane.ts';
import type { Offers } from './offers.ts';

/** Lists are asked for again after so long, and only when somebody uses them. */
const defaultRefreshMs = 10 * 60_000;
/** After a failure they are asked for again after so long. */
const retryMs = 60_000;

/** Keeps the control plane's lists of the client's own region. */
export interface OfferSource {
  /** What is known now, without waiting. Once lists have been asked for, using them keeps them fresh in the background. */
  current(): Offers | undefined;
  /** Waits for the first lists; later ones are refreshed in the background. Never throws but with `signal.reason`. */
  load(signal: AbortSignal): Promise<{ readonly offers?: Offers; readonly why?: string }>;
}

/** Nothing is asked before the first `load`, unless the options say `listOnUse`; `closing` ends what is under way. */
export function createOfferSource(client: Client, closing: AbortSignal): OfferSource {
  const refreshMs = client.options.catalogueRefreshMs ?? defaultRefreshMs;
  let offers: Offers | undefined;
  let why: string | undefined;
  let askedAt: number | undefined;
  let asking: Promise<void> | undefined;

  const refresh = (): Promise<void> => {
    askedAt = client.now();
    asking ??= listOffers(client, closing)
      .then(
        (listed) => {
          offers = listed;
          why = listed.missing[0];
        },
        (error: unknown) => {
          // What was listed before still holds better than nothing.
          why = StreambedError.from(error).message;
        },
      )
      .finally(() => {
        asking = undefined;
      });
    return asking;
  };
  const isStale = () => {
    if (askedAt === undefined) return true;
    return client.now() - askedAt >= (why === undefined ? refreshMs : Math.min(refreshMs, retryMs));
  };
  return {
    current() {
      if ((askedAt !== undefined || client.options.listOnUse === true) && isStale()) void refresh();
      return offers;
    },
    async load(signal) {
      const running = asking ?? (isStale() ? refresh() : undefined);
      if (offers === undefined && running !== undefined) await orAborted(running, signal);
      return { ...(offers !== undefined && { offers }), ...(why !== undefined && { why }) };
    },
  };
}
