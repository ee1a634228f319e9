import type { Bedrock } from '@streambed/bedrock';
import { generationIdFrom, StreambedError } from '@streambed/protocol';
import type { Histories } from '../conversations/histories.ts';
import { randomText } from '../random-text.ts';
import type { GenerationRecord, GenerationView, StreamLog } from '../stream-log/stream-log.ts';
import { type Gaps, Generation } from './generation.ts';
import type { StartOrder } from './start-order.ts';

/** What generations are made with. */
export interface GenerationMeans {
  readonly bedrock: Bedrock;
  readonly log: StreamLog;
  /** Knows what was said before, and keeps what is to be kept. */
  readonly histories: Histories;
  /** As which account of the configuration a project calls. */
  readonly accountOf?: (project: string) => { readonly account?: string };
  /** Told of the time between two readings of an upstream, in seconds. */
  readonly gaps?: Gaps;
  /** This process, in the records of what it runs. */
  readonly node: string;
}

/** A generation, and what its log names: another one, where that was quicker. */
export interface Opened {
  readonly generation: Generation;
  readonly view: GenerationView;
  /** With its history put in. */
  readonly asked: Pick<StartOrder, 'request' | 'bulk'>;
}

/**
 * Puts the history in, checks the request, stores what is kept, and opens the log: all of it or nothing. Nothing runs yet.
 * Rejects with what refuses it.
 */
export async function openGeneration(
  order: StartOrder,
  digest: string | undefined,
  means: GenerationMeans,
): Promise<Opened> {
  const { clientId, source, stream = true, hops = [] } = order;
  const { bedrock, log, histories, accountOf, gaps, node } = means;
  const { owner } = order.caller;
  const resolved = await histories.resolve({ ...order, owner, ...order.history });
  const { request, bulk } = resolved;
  const id = generationIdFrom(randomText(16));
  const generation = new Generation(
    { id, owner, request, bulk, stream, hops, source, gaps, ...accountOf?.(owner.project) },
    bedrock,
    log,
  );
  const startedAt = Date.now();
  const record: GenerationRecord = {
    generation: id,
    ...(clientId !== undefined && { id: clientId }),
    owner,
    ...(order.caller.key !== undefined && { key: order.caller.key }),
    ...(order.surface !== undefined && { surface: order.surface }),
    model: request.model,
    ...(digest !== undefined && { digest }),
    store: resolved.store ?? 'resume',
    ...resolved.record,
    startedAt,
    node,
  };
  const takeBack = await resolved.accept?.({
    generation: id,
    ...(clientId !== undefined && { clientId }),
    at: startedAt,
  });
  try {
    // Asked for first, awaited together: what is refused here never gets a log.
    const keeping = histories.opening(record, request, bulk !== undefined);
    const view = await openLog(log, record, generation, order.store === undefined);
    await keeping;
    if (view.record.generation !== id) await takeBack?.();
    histories.opened(view.record.generation === id ? view.record : { ...record, store: 'none' });
    return { view, generation, asked: resolved };
  } catch (thrown) {
    histories.opened({ ...record, store: 'none' });
    await takeBack?.();
    throw thrown;
  }
}

/** Opens the log; where the disk fails and nobody insisted on it, in memory only. */
async function openLog(
  log: StreamLog,
  record: GenerationRecord,
  generation: Generation,
  mayRunUnstored: boolean,
): Promise<GenerationView> {
  const holder = { cancel: () => generation.cancel() };
  try {
    return await log.open(record, holder);
  } catch (thrown) {
    const failed = thrown instanceof StreambedError && thrown.code === 'SB_STORE_FAILED';
    if (!failed || !mayRunUnstored) throw thrown;
    return log.open({ ...record, store: 'none' }, holder);
  }
}
