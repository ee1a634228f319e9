import { randomBytes } from 'node:crypto';
import type { Embeddings } from '@streambed/bedrock';
import { StreambedError } from '@streambed/protocol';
import type { UsageLedger } from './usage-ledger.ts';
import { type Asked, begunOf, type Came, recordOf } from './usage-record.ts';

/**
 * Runs a request for embeddings and writes down what it used. What was refused before anything was sent used nothing.
 * Throws what it throws.
 */
export async function recordEmbedding(
  ledger: Pick<UsageLedger, 'add'>,
  who: Pick<Asked, 'owner' | 'key' | 'surface' | 'model'>,
  embed: () => Promise<Embeddings>,
): Promise<Embeddings> {
  const id = `emb_${randomBytes(16).toString('base64url')}`;
  const begun = begunOf({ ...who, id, kind: 'embedding', startedAt: Date.now() });
  const add = (came: Came) => ledger.add(recordOf(begun, came, Date.now()));
  let embedded: Embeddings;
  try {
    embedded = await embed();
  } catch (thrown) {
    const noCounts = { usage: {}, cost: { status: 'unknown' } } as const;
    // Who asked is gone.
    if (!(thrown instanceof StreambedError)) await add({ state: 'cancelled', ...noCounts });
    else if (thrown.upstream !== undefined) {
      await add({ state: 'failed', ...noCounts, error: thrown.toInfo() });
    }
    throw thrown;
  }
  const { usage, cost, target, region } = embedded;
  await add({ state: 'completed', usage, cost, bedrock: { target, region } });
  return embedded;
}
