import type { SentRequest } from './call.ts';
import type { Client } from './client.ts';
import { checkRelayGuardrail } from './guardrail.ts';
import { withLookUps } from './look-up.ts';
import { metadataOf } from './plan.ts';
import { type Relay, type RelayOptions, RelayRun } from './relay.ts';
import { type Resolved, resolveModel } from './resolve-model.ts';

/** Bedrock's operations whose bodies can be relayed, as their URLs name them. */
export type RelayOperation = 'invoke' | 'invoke-with-response-stream' | 'converse' | 'converse-stream';

/** What of the caller's headers goes on: the rest belongs to its own connection. Lower-case names. */
const passed = /^(content-type|accept|x-amzn-bedrock-[a-z-]+)$/;

/**
 * Relays a body that need not be understood, by an alias, a Bedrock id or an ARN. Retries, deadlines and errors are those
 * of a generation. Resolves once the answer's first event (or whole body) is there; throws `StreambedError` before that,
 * or `signal.reason`. `headers` have lower-case names.
 */
export async function startRelay(
  operation: RelayOperation,
  modelId: string,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>>,
  options: RelayOptions,
  client: Client,
): Promise<Relay> {
  const started = client.now();
  const resolved = await resolve(modelId, options, client);
  const wire = wireOf(operation, body, headers, resolved, options);
  const relay = new RelayRun(wire, resolved, options, client, started);
  await relay.open();
  return relay;
}

/** A body can go to an ARN without knowing the model behind it: only its price isn't known then. */
async function resolve(
  modelId: string,
  { account, signal }: RelayOptions,
  client: Client,
): Promise<Resolved> {
  const options = client.resolver({ account, use: 'any' });
  try {
    return await withLookUps(() => resolveModel(modelId, options), client, signal);
  } catch (error) {
    signal.throwIfAborted();
    try {
      return resolveModel(modelId, { ...options, behind: (arn) => options.behind?.(arn, account) ?? arn });
    } catch {
      throw error;
    }
  }
}

function wireOf(
  operation: RelayOperation,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>>,
  { guardrail }: Resolved,
  options: RelayOptions,
): SentRequest {
  const api = operation.startsWith('invoke') ? 'invoke' : 'converse';
  const own = Object.fromEntries(Object.entries(headers).filter(([name]) => passed.test(name)));
  if (guardrail !== undefined) checkRelayGuardrail(api, own, body, guardrail);
  return {
    api,
    stream: operation.endsWith('stream'),
    body,
    headers: {
      ...own,
      ...(api === 'invoke' && {
        'x-amzn-bedrock-request-metadata': withMetadata(own, metadataOf(options)),
        ...(guardrail !== undefined && {
          'x-amzn-bedrock-guardrailidentifier': guardrail.id,
          'x-amzn-bedrock-guardrailversion': guardrail.version,
        }),
      }),
    },
  };
}

/** Ours join the caller's own. */
function withMetadata(headers: Readonly<Record<string, string>>, ours: Record<string, string>): string {
  const own = headers['x-amzn-bedrock-request-metadata'];
  try {
    return JSON.stringify({ ...JSON.parse(own ?? '{}'), ...ours });
  } catch {
    // AWS says what is wrong with it.
    return own ?? '';
  }
}
