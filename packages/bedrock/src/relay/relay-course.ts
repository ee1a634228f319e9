import type { EventItem } from '@streambed/protocol';
import type { SentRequest } from '../call.ts';
import type { Client } from '../client.ts';
import { checkInvokeGuardrail } from '../guardrails/guardrail.ts';
import type { Resolved, Target } from '../models/resolve-model.ts';
import { isRepriced, messageIdOf, metadataOf, takeProfile } from '../plan.ts';
import type { Tap } from '../read-events.ts';
import type { Course } from '../run.ts';
import type { RelayOptions, RelayOrder } from './passthrough.ts';
import { RelayReader } from './relay-reader.ts';
import { relayedConverse } from './relayed-body.ts';
import { relayedRequest, relayFamily } from './relayed-request.ts';

/** What of the caller's headers goes on: the rest belongs to its own connection. Lower-case names. */
const passed = /^(content-type|accept|x-amzn-bedrock-[a-z-]+)$/;

/** Where a body that is relayed may go. Throws what is refused for an alias with a guardrail. */
export function relayCourse(
  order: RelayOrder,
  resolved: Resolved,
  options: RelayOptions,
  client: Client,
  tap: Tap,
): Course<readonly EventItem[]> {
  const wire = wireOf(order, resolved, options);
  const places = resolved.targets.map((target): { target: Target } => ({
    target: { ...target, account: target.account ?? options.account },
  }));
  const place = (index: number) => places[index] as { target: Target };
  const { model } = resolved.targets[0];
  const request = relayedRequest({ api: wire.api, body: order.body }, model);
  const deadlines = { ...client.deadlines, ...resolved.deadlines };
  const messageId = messageIdOf(options.generation);
  return {
    started: client.now(),
    deadlines,
    request,
    bulk: order.bulk,
    repriced: isRepriced({ ...request.bedrock, ...askedFor(wire.headers ?? {}) }),
    targets: places.length,
    target: (index) => place(index).target,
    useProfile: (index) => takeProfile(place(index)),
    fitted: () => ({ dropped: [], defaulted: [] }),
    at(index, signal) {
      const { target } = place(index);
      const asked = { request, messageId };
      const spoken = relayFamily(wire.api, target.model)?.fromWire(target.model, asked);
      const reader = new RelayReader(wire, target.model, asked, spoken);
      return { target, wire, reader, deadlines, signal, hops: options.hops ?? [], tap };
    },
  };
}

function wireOf(
  { operation, headers, body, bulk }: RelayOrder,
  { guardrail }: Resolved,
  options: RelayOptions,
): SentRequest {
  const api = operation.startsWith('invoke') ? 'invoke' : 'converse';
  const stream = operation.endsWith('stream');
  const own = Object.fromEntries(Object.entries(headers).filter(([name]) => passed.test(name)));
  const metadata = metadataOf(options);
  if (api === 'converse') {
    return { api, stream, headers: own, bulk, body: relayedConverse(body, metadata, guardrail) };
  }
  if (guardrail !== undefined) checkInvokeGuardrail(own, body, guardrail);
  return {
    api,
    stream,
    body,
    bulk,
    headers: {
      ...own,
      'x-amzn-bedrock-request-metadata': withMetadata(own, metadata),
      ...(guardrail !== undefined && {
        'x-amzn-bedrock-guardrailidentifier': guardrail.id,
        'x-amzn-bedrock-guardrailversion': guardrail.version,
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

function askedFor(headers: Readonly<Record<string, string>>): { service_tier?: string; latency?: string } {
  const tier = headers['x-amzn-bedrock-service-tier'];
  const latency = headers['x-amzn-bedrock-performanceconfig-latency'];
  return {
    ...(tier !== undefined && { service_tier: tier }),
    ...(latency !== undefined && { latency }),
  };
}
