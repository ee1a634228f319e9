import { type EventItem, encodeEvent, type MessagesRequest } from '@streambed/protocol';
import type { Bulk } from './bulk.ts';
import type { Client } from './client.ts';
import { canLookUp, withLookUps } from './look-up.ts';
import type { OpaqueModel } from './models/resolve-model.ts';
import { type Plan, planOf } from './plan.ts';
import { opaqueTarget, Run } from './run.ts';
import { charactersIn } from './unfinished.ts';

export interface GenerateOptions {
  /**
   * Ends the generation. With `SB_INTERRUPTED` as its reason it ends `interrupted`, with another StreambedError
   * `failed`, else `cancelled`.
   */
  readonly signal: AbortSignal;
  /** Default true. False: the operation that answers at once, whole; the events are the same. */
  readonly stream?: boolean;
  /** The generation's id, `gen_…`; goes to AWS's invocation log. */
  readonly generation: string;
  /** Likewise. */
  readonly project?: string;
  /** The account to call as, where the target names none. */
  readonly account?: string;
  /** The hop header's ids as the request came in with them. */
  readonly hops?: readonly string[];
  /** What stand-ins in the request stand for. */
  readonly bulk?: Bulk | undefined;
}

/** A run of a model. It starts when it is first read; its last event is always exactly one `generation_stop`. */
export interface Generation extends AsyncIterable<readonly EventItem[]> {
  /** The id that is called, and where: first the one that is meant, then the one that the last attempt went to. */
  readonly target: string;
  readonly region: string;
  /** How often it was tried so far; 0 before it has begun. */
  readonly attempts: number;
  /** Fields of the request that were left out, for `x-streambed-dropped`. */
  readonly dropped: readonly string[];
  /** Fields that got a value, `max_tokens=8192`, for `x-streambed-defaulted`. */
  readonly defaulted: readonly string[];
}

/**
 * Throws for what is wrong before anything is sent; see {@link Generation} for what comes after. Where the model has to
 * be looked up first, what is wrong with the request shows only when it is read.
 */
export function startGeneration(
  request: MessagesRequest,
  options: GenerateOptions,
  client: Client,
): Generation {
  const known = planUnlessOpaque(request, options, client);
  return new Run<EventItem>(
    {
      ...('arn' in known
        ? { meant: opaqueTarget(known), known: undefined }
        : { meant: known.target(0), known }),
      look: (signal) => withLookUps(() => planOf(request, options, client), client, signal),
      charactersIn,
      end: encodeEvent,
    },
    options,
    client,
  );
}

function planUnlessOpaque(
  request: MessagesRequest,
  options: GenerateOptions,
  client: Client,
): Plan | OpaqueModel {
  try {
    return planOf(request, options, client);
  } catch (error) {
    if (canLookUp(error, client)) return error;
    throw error;
  }
}
