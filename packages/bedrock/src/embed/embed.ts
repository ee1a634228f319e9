import { type Cost, StreambedError, type Usage } from '@streambed/protocol';
import { ask } from '../ask.ts';
import { hopHeaders } from '../call.ts';
import type { Client } from '../client.ts';
import { costOf } from '../cost.ts';
import type { CallOptions } from '../count-tokens.ts';
import { usageFromHeaders } from '../http/answer-counts.ts';
import { modelPath } from '../http/endpoint.ts';
import { withLookUps } from '../look-up.ts';
import { priceId, resolveModel, type Target } from '../models/resolve-model.ts';
import { dialectOf, type EmbeddingDialect, type EmbeddingWishes } from './dialects.ts';

export interface EmbeddingRequest extends EmbeddingWishes {
  /** An alias, a Bedrock id, a profile or an ARN. */
  readonly model: string;
  /** At least one text, 2,048 at most. */
  readonly inputs: readonly string[];
}

export interface Embeddings {
  /** One vector for each input, in the order of the inputs. */
  readonly embeddings: readonly (readonly number[])[];
  /** The sum of all calls; a count that one of them didn't report is absent. */
  readonly usage: Usage;
  readonly cost: Cost;
  /** What was called, and where. */
  readonly target: string;
  readonly region: string;
}

const maxInputs = 2_048;
/** Models that take one text a call are called so many times at once. */
const parallel = 8;
const maxAnswerBytes = 64 * 1024 * 1024;

/**
 * Vectors of texts, in as few calls as the model allows, a bounded number of them at once. The first call that fails
 * ends the others. Throws `StreambedError`, or `signal.reason`.
 */
export async function embed(
  request: EmbeddingRequest,
  { signal, account, hops = [] }: CallOptions,
  client: Client,
): Promise<Embeddings> {
  checkInputs(request.inputs);
  const resolve = () => resolveModel(request.model, client.resolver({ account, use: 'embedding' }));
  const { targets } = await withLookUps(resolve, client, signal);
  const target = { ...targets[0], account: targets[0].account ?? account };
  const dialect = dialectOf(target.model.id);
  checkWishes(request, dialect, target);
  const batches: (readonly string[])[] = [];
  for (let at = 0; at < request.inputs.length; at += dialect.maxTexts) {
    batches.push(request.inputs.slice(at, at + dialect.maxTexts));
  }
  const headers = hopHeaders(hops, client.options.hop);
  const parts = await inParallel(batches, signal, (texts, stop) =>
    embedBatch(texts, { wishes: request, headers, dialect, target }, client, stop),
  );
  const usage = sum(parts.map((part) => part.usage));
  // Nothing is written, so what goes out is known to be nothing.
  const counted = usage.input_tokens === undefined ? {} : { ...usage, output_tokens: 0 };
  const cost = costOf(counted, target.model.facts, priceId(target), 'completed');
  return {
    embeddings: parts.flatMap((part) => part.vectors),
    usage,
    cost: cost.status === 'exact' && target.scopeUnknown ? { ...cost, status: 'estimated' } : cost,
    target: target.id,
    region: target.region,
  };
}

/** What all calls of one request have in common. */
interface BatchCall {
  readonly wishes: EmbeddingWishes;
  readonly headers: Readonly<Record<string, string>>;
  readonly dialect: EmbeddingDialect;
  readonly target: Target;
}

interface Part {
  readonly vectors: readonly (readonly number[])[];
  readonly usage: Usage;
}

async function embedBatch(
  texts: readonly string[],
  { wishes, headers, dialect, target }: BatchCall,
  client: Client,
  signal: AbortSignal,
): Promise<Part> {
  const { head, fields } = await ask(
    {
      method: 'POST',
      endpoint: client.endpointOf(target),
      path: modelPath(target.id, 'invoke'),
      headers,
      body: JSON.stringify(dialect.toBody(texts, wishes)),
      target,
      action: 'bedrock:InvokeModel',
      signal,
      totalMs: client.deadlines.totalMs,
      maxBytes: maxAnswerBytes,
    },
    client,
  );
  const vectors = dialect.read(fields);
  if (vectors.length !== texts.length || !vectors.every(isVector)) {
    throw new StreambedError('SB_UPSTREAM_UNEXPECTED');
  }
  const { inputTextTokenCount: said } = fields;
  return {
    vectors,
    usage: { ...(typeof said === 'number' && { input_tokens: said }), ...usageFromHeaders(head.headers) },
  };
}

function isVector(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length > 0 && value.every((number) => typeof number === 'number');
}

/** `work` on every item, {@link parallel} at a time, results in the items' order. The first failure ends the rest. */
async function inParallel<T, R>(
  items: readonly T[],
  signal: AbortSignal,
  work: (item: T, stop: AbortSignal) => Promise<R>,
): Promise<readonly R[]> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < items.length; at = next++) {
      results[at] = await work(items[at] as T, either);
    }
  };
  const workers = Array.from({ length: Math.min(parallel, items.length) }, worker);
  try {
    await Promise.all(workers);
    return results;
  } catch (error) {
    stop.abort(error);
    // None may still be at work once the caller hears of it.
    await Promise.allSettled(workers);
    throw error;
  }
}

function sum(usages: readonly Usage[]): Usage {
  let input = 0;
  for (const { input_tokens } of usages) {
    if (input_tokens === undefined) return {};
    input += input_tokens;
  }
  return { input_tokens: input };
}

function checkInputs(inputs: readonly string[]): void {
  const fail = (field: string, what: string) => {
    throw new StreambedError('SB_BAD_REQUEST', `${field}: expected ${what}`, { field });
  };
  if (inputs.length === 0) fail('inputs', 'at least one text');
  if (inputs.length > maxInputs) fail('inputs', `at most ${maxInputs} texts`);
  const empty = inputs.indexOf('');
  if (empty >= 0) fail(`inputs[${empty}]`, 'a text with something in it');
}

/** A wish that would be left out in silence gives vectors that fit nothing else. */
function checkWishes(wishes: EmbeddingWishes, { can }: EmbeddingDialect, { model }: Target): void {
  for (const wish of ['dimensions', 'inputType', 'truncate', 'normalize'] as const) {
    if (wishes[wish] === undefined || can.includes(wish)) continue;
    throw new StreambedError('SB_UNSUPPORTED', `${model.facts?.name ?? model.id} takes no ${wish}.`, {
      field: wish,
    });
  }
}
