import { type MessagesRequest, StreambedError } from '@streambed/protocol';
import { ask } from './ask.ts';
import type { Bulk } from './bulk.ts';
import { hopHeaders } from './call.ts';
import type { Client } from './client.ts';
import type { CountInput } from './families/family.ts';
import { familyOf } from './families/index.ts';
import { withReasoningEffort } from './families/reasoning-effort.ts';
import { withSystemTurns } from './families/system-turns.ts';
import { type Body, inBase64 } from './http/body.ts';
import { modelPath } from './http/endpoint.ts';
import { withLookUps } from './look-up.ts';
import { resolveModel } from './models/resolve-model.ts';

/** Who asks, and until when. */
export interface CallOptions {
  readonly signal: AbortSignal;
  /** The account to call as, where the target names none. */
  readonly account?: string;
  /** The hop header's ids as the request came in with them. */
  readonly hops?: readonly string[];
  /** What stand-ins in the request stand for. */
  readonly bulk?: Bulk | undefined;
}

export interface TokenCount {
  readonly inputTokens: number;
  /** The base model id that counted, and where. */
  readonly model: string;
  readonly region: string;
}

/** Tokens of the answer don't count; the native body must name some all the same. */
const anyMaxTokens = 1;
const maxAnswerBytes = 64 * 1024;

/**
 * Bedrock's CountTokens: free, and by base ids only, whatever the request's model leads to. Throws `StreambedError`:
 * what `generate` would refuse, and AWS's own refusal of models that it doesn't count for.
 */
export async function countTokens(
  request: MessagesRequest,
  { signal, account, bulk, hops = [] }: CallOptions,
  client: Client,
): Promise<TokenCount> {
  const { targets } = await withLookUps(
    () => resolveModel(request.model, client.resolver({ account })),
    client,
    signal,
  );
  const [target] = targets;
  const { model, region } = target;
  if (model.id.startsWith('arn:')) {
    throw new StreambedError(
      'SB_UNSUPPORTED',
      `Tokens are counted by a model's own id, and ${model.id} doesn't say which model stands behind it.`,
      { field: 'model' },
    );
  }
  const family = familyOf(model, request.bedrock?.api);
  const speaks = family.toCount === undefined ? familyOf(model, 'converse') : family;
  const bounded = { ...request, max_tokens: request.max_tokens ?? anyMaxTokens };
  const turned = withSystemTurns(bounded, model, speaks.name);
  const { request: asked } = withReasoningEffort(turned.request, model);
  const { fields } = await ask(
    {
      method: 'POST',
      endpoint: client.endpointOf(target),
      path: modelPath(model.id, 'count-tokens'),
      headers: hopHeaders(hops, client.options.hop),
      body: await bodyOf(speaks.toCount?.(asked, model), bulk),
      target: { ...target, id: model.id, account: target.account ?? account },
      action: 'bedrock:CountTokens',
      signal,
      totalMs: client.deadlines.totalMs,
      maxBytes: maxAnswerBytes,
    },
    client,
  );
  const { inputTokens } = fields;
  if (typeof inputTokens !== 'number') throw new StreambedError('SB_UPSTREAM_UNEXPECTED');
  return { inputTokens, model: model.id, region };
}

/** A native body stands in base64 inside the JSON: of a large one its parts are encoded one by one. */
async function bodyOf(input: CountInput | undefined, bulk: Bulk | undefined): Promise<Body> {
  const text = JSON.stringify({ input });
  if (bulk === undefined || input === undefined) return text;
  if (!('invokeModel' in input)) return bulk.splice(text);
  const [before = '', after = ''] = JSON.stringify({ input: { invokeModel: { body: ' ' } } }).split(' ');
  const native = bulk.splice(Buffer.from(input.invokeModel.body, 'base64'));
  return [Buffer.from(before), ...(await inBase64(native)), Buffer.from(after)];
}
