import type { Cost, GenerationId, GenerationStop, Usage } from '@streambed/protocol';
import type { SurfaceName } from '../access/caller.ts';
import type { UsageTable } from '../database/tables/usage.ts';
import type { Owner } from '../generation/owner.ts';
import type { GenerationRecord } from '../stream-log/stream-log.ts';
import { unitsOf } from './usd.ts';

/** What one generation, or one request for embeddings, used: a row of the ledger. Never what was said. */
export type UsageRecord = UsageTable;

/** What is known of it when it begins. */
export type BegunUsage = Pick<
  UsageRecord,
  'generation' | 'kind' | 'project' | 'user' | 'key' | 'surface' | 'model' | 'started_at'
>;

/** Who asked for what, by which door. */
export interface Asked {
  readonly id: string;
  readonly kind: UsageRecord['kind'];
  readonly owner: Owner;
  readonly key?: string | undefined;
  readonly surface?: SurfaceName | undefined;
  readonly model: string;
  readonly startedAt: number;
}

/** What came of it, as `generation_stop` says it. */
export type Came = Pick<GenerationStop, 'state' | 'usage' | 'cost' | 'error' | 'bedrock'> & {
  readonly timing?: Pick<GenerationStop['timing'], 'first_event_ms'>;
};

export function begunOf(asked: Asked): BegunUsage {
  return {
    generation: asked.id,
    kind: asked.kind,
    project: asked.owner.project,
    user: asked.owner.user,
    key: asked.key ?? null,
    surface: asked.surface ?? null,
    model: asked.model,
    started_at: asked.startedAt,
  };
}

/** What a generation's log says of who asked. */
export function askedOf({ generation, owner, key, surface, model, startedAt }: GenerationRecord): Asked {
  return { id: generation, kind: 'generation', owner, key, surface, model, startedAt };
}

/** The row of what has ended. */
export function recordOf(begun: BegunUsage, came: Came, endedAt: number): UsageRecord {
  const firstMs = came.timing?.first_event_ms;
  const { target, region, attempts, request_id } = came.bedrock ?? {};
  return {
    ...begun,
    target: target ?? null,
    region: region ?? null,
    state: came.state,
    error_code: came.error?.code ?? null,
    request_id: request_id ?? came.error?.upstream?.request_id ?? null,
    attempts: attempts ?? null,
    ...tokensOf(came.usage),
    ...costOf(came.cost),
    first_event_at: firstMs === undefined ? null : begun.started_at + firstMs,
    ended_at: endedAt,
  };
}

/** The row of what ran when its process was killed and that left nothing else behind. */
export function lostRecordOf(begun: BegunUsage, endedAt: number): UsageRecord {
  return recordOf(begun, { state: 'interrupted', usage: {}, cost: { status: 'unknown' } }, endedAt);
}

/** The id of a record as other parts know it. */
export function generationIn({ generation }: Pick<UsageRecord, 'generation'>): GenerationId {
  return generation as GenerationId;
}

type Tokens = Pick<
  UsageRecord,
  | 'input_tokens'
  | 'cache_read_tokens'
  | 'cache_write_5m_tokens'
  | 'cache_write_1h_tokens'
  | 'output_tokens'
  | 'thinking_tokens'
>;

function tokensOf(usage: Usage): Tokens {
  const written = count(usage.cache_creation_input_tokens);
  const hour = count(usage.cache_creation?.ephemeral_1h_input_tokens);
  const fiveMinutes = count(usage.cache_creation?.ephemeral_5m_input_tokens);
  const unsplit = hour === null ? written : null;
  return {
    input_tokens: count(usage.input_tokens),
    cache_read_tokens: count(usage.cache_read_input_tokens),
    // Where the total isn't split by lifetime it is of the default one, as in its cost.
    cache_write_5m_tokens:
      written !== null && written > (hour ?? 0) ? written - (hour ?? 0) : (fiveMinutes ?? unsplit),
    cache_write_1h_tokens: hour,
    output_tokens: count(usage.output_tokens),
    thinking_tokens: count(usage.thinking_tokens),
  };
}

/** More than any model can read or write, and little enough that sums of many stay exact. */
const mostTokens = 1e12;
/** A million USD. */
const mostUnits = 10n ** 14n;

function count(value: unknown): number | null {
  const isCount = typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= mostTokens;
  return isCount ? value : null;
}

function costOf(cost: Cost): Pick<UsageRecord, 'cost_status' | 'cost_units' | 'prices'> {
  if (cost.status === 'unknown') return { cost_status: 'unknown', cost_units: null, prices: null };
  const units = unitsOf(cost.usd);
  // No answer costs so much: prices were written down wrongly, and this must not be summed.
  if (units > mostUnits) return costOf({ status: 'unknown' });
  return { cost_status: cost.status, cost_units: Number(units), prices: cost.prices };
}
