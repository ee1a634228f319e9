import {
  type BedrockRequest,
  type EventItem,
  type MessagesRequest,
  StreambedError,
} from '@streambed/protocol';
import type { Bulk } from './bulk.ts';
import type { Client } from './client.ts';
import type { ModelFamily, WireRequest } from './families/family.ts';
import { familyOf } from './families/index.ts';
import { withReasoningEffort } from './families/reasoning-effort.ts';
import { withSystemTurns } from './families/system-turns.ts';
import type { GenerateOptions } from './generate.ts';
import { withGuardrail } from './guardrails/guardrail.ts';
import { type Resolved, resolveModel, type Target } from './models/resolve-model.ts';
import type { Course } from './run.ts';
import { checkToolArguments } from './tool-arguments.ts';

/** Where a request without `max_tokens` ends, unless its alias or its model says less. */
const defaultMaxTokens = 8192;

/** What a request in our own words leads to. */
export type Plan = Course<EventItem>;

/** One target: where, by whom it is spoken to, and what it is sent, written when it is first needed. */
interface Step {
  target: Target;
  readonly family: ModelFamily;
  readonly wire: () => WireRequest;
}

/** Throws for what is wrong before anything is sent. */
export function planOf(request: MessagesRequest, options: GenerateOptions, client: Client): Plan {
  const resolved = resolveModel(request.model, client.resolver({ account: options.account }));
  const { bulk } = options;
  const deadlines = { ...client.deadlines, ...resolved.deadlines };
  const guarded = withGuardrail(request, resolved.guardrail);
  const asked = { ...guarded, max_tokens: request.max_tokens ?? defaultMaxTokensOf(resolved) };
  const metadata = metadataOf(options);
  const filledIn = request.max_tokens === undefined ? [`max_tokens=${asked.max_tokens}`] : [];
  const [first, ...rest] = resolved.targets.map((target): Step => {
    const family = familyOf(target.model, request.bedrock?.api);
    const stream = options.stream !== false && target.model.facts?.streaming !== false;
    return {
      target: { ...target, account: target.account ?? options.account },
      family,
      wire: lazy(() => {
        const write = (what: typeof asked) => {
          const turned = withSystemTurns(what, target.model, family.name);
          const thought = withReasoningEffort(turned.request, target.model);
          const wire = family.toWire(thought.request, target.model, stream, metadata);
          return {
            ...wire,
            dropped: [...thought.dropped, ...wire.dropped],
            defaulted: [...(wire.defaulted ?? filledIn), ...turned.defaulted],
          };
        };
        return withBulk(asked, write, family, bulk);
      }),
    };
  });
  if (first === undefined) throw new StreambedError('SB_UNKNOWN_MODEL');
  const steps = [first, ...rest];
  const step = (index: number): Step => steps[index] ?? first;
  return {
    started: client.now(),
    deadlines,
    request,
    bulk,
    repriced: isRepriced(request.bedrock),
    targets: steps.length,
    target: (index) => step(index).target,
    fitted(index) {
      const { dropped, defaulted = [] } = step(index).wire();
      return { dropped, defaulted };
    },
    useProfile: (index) => takeProfile(step(index)),
    at(index, signal) {
      const { target, family, wire } = step(index);
      const messageId = messageIdOf(options.generation);
      const reader = checkToolArguments(family.fromWire(target.model, { request: asked, messageId }), asked);
      return { target, wire: wire(), reader, deadlines, signal, hops: options.hops ?? [] };
    },
  };
}

/** A wire request whose stand-ins are replaced as it is sent; where writing lost one, it is written of the whole request. */
function withBulk<R extends MessagesRequest>(
  asked: R,
  write: (asked: R) => WireRequest,
  family: ModelFamily,
  bulk: Bulk | undefined,
): WireRequest {
  if (bulk === undefined) return write(asked);
  if (family.rewritesTexts) {
    throw new StreambedError('SB_CONTEXT_TOO_LONG', 'This request is longer than the context of this model.');
  }
  const wire = write(asked);
  return bulk.missingFrom(wire.body, asked) ? write(bulk.restore(asked)) : { ...wire, bulk };
}

/** From now on the place is called through its profile; false when there is none to change to. */
export function takeProfile(place: { target: Target }): boolean {
  const { profile, ...target } = place.target;
  if (profile === undefined) return false;
  place.target = { ...target, id: profile };
  return true;
}

/** The id of an answer that brings none of its own. */
export function messageIdOf(generation: string): string {
  return `msg_${generation.replace(/^gen_/, '')}`;
}

function defaultMaxTokensOf({ maxTokens, targets }: Resolved): number {
  return Math.min(maxTokens ?? defaultMaxTokens, targets[0].model.facts?.maxOutput ?? Infinity);
}

/** The catalogue's prices are those of the default tier and the standard latency. */
export function isRepriced({
  service_tier: tier = 'default',
  latency = 'standard',
}: Pick<BedrockRequest, 'service_tier' | 'latency'> = {}): boolean {
  return tier !== 'default' || latency !== 'standard';
}

/** AWS takes these letters in request metadata, up to 256 of them. */
export function metadataOf({
  generation,
  project,
}: {
  generation: string;
  project?: string;
}): Record<string, string> {
  const clean = (value: string) => value.replace(/[^a-zA-Z0-9\s:_@$#=/+,.-]/g, '_').slice(0, 256);
  return {
    streambed_generation: clean(generation),
    ...(project !== undefined && { streambed_project: clean(project) }),
  };
}

function lazy<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
