import { type BedrockRequest, type MessagesRequest, StreambedError } from '@streambed/protocol';
import type { Attempt } from './call.ts';
import type { Client } from './client.ts';
import type { Deadlines } from './deadlines.ts';
import type { ModelFamily, WireRequest } from './families/family.ts';
import { familyOf } from './families/index.ts';
import { withReasoningEffort } from './families/reasoning-effort.ts';
import type { GenerateOptions } from './generate.ts';
import { withGuardrail } from './guardrail.ts';
import { type Resolved, resolveModel, type Target } from './resolve-model.ts';
import type { Places } from './targets/route.ts';
import { checkToolArguments } from './tool-arguments.ts';

/** Where a request without `max_tokens` ends, unless its alias or its model says less. */
const defaultMaxTokens = 8192;

/** Everything known before the first byte: where it may go, and what is sent there. Places are counted from 0. */
export interface Plan extends Places {
  readonly started: number;
  readonly deadlines: Deadlines;
  readonly defaulted: readonly string[];
  /** Whether the request asks for a tier or speed that has prices of its own. */
  readonly repriced: boolean;
  wire(index: number): WireRequest;
  /** An attempt at that place, with a reader of its own. */
  at(index: number, signal: AbortSignal): Attempt;
}

/** One target: where, by whom it is spoken to, and what it is sent, written when it is first needed. */
interface Step {
  target: Target;
  readonly family: ModelFamily;
  readonly wire: () => WireRequest;
}

/** Throws for what is wrong before anything is sent. */
export function planOf(request: MessagesRequest, options: GenerateOptions, client: Client): Plan {
  const resolved = resolveModel(request.model, client.resolver({ account: options.account }));
  const deadlines = { ...client.deadlines, ...resolved.deadlines };
  const guarded = withGuardrail(request, resolved.guardrail);
  const asked = { ...guarded, max_tokens: request.max_tokens ?? defaultMaxTokensOf(resolved) };
  const metadata = metadataOf(options);
  const [first, ...rest] = resolved.targets.map((target): Step => {
    const family = familyOf(target.model, request.bedrock?.api);
    const stream = options.stream !== false && target.model.facts?.streaming !== false;
    return {
      target: { ...target, account: target.account ?? options.account },
      family,
      wire: lazy(() => {
        const thought = withReasoningEffort(asked, target.model);
        const wire = family.toWire(thought.request, target.model, stream, metadata);
        return { ...wire, dropped: [...thought.dropped, ...wire.dropped] };
      }),
    };
  });
  if (first === undefined) throw new StreambedError('SB_UNKNOWN_MODEL');
  const steps = [first, ...rest];
  const step = (index: number): Step => steps[index] ?? first;
  return {
    started: client.now(),
    deadlines,
    defaulted: request.max_tokens === undefined ? [`max_tokens=${asked.max_tokens}`] : [],
    repriced: isRepriced(request.bedrock),
    targets: steps.length,
    target: (index) => step(index).target,
    wire: (index) => step(index).wire(),
    useProfile(index) {
      const { profile, ...target } = step(index).target;
      if (profile === undefined) return false;
      step(index).target = { ...target, id: profile };
      return true;
    },
    at(index, signal) {
      const { target, family, wire } = step(index);
      const messageId = `msg_${options.generation.replace(/^gen_/, '')}`;
      const reader = checkToolArguments(family.fromWire(target.model, { request: asked, messageId }), asked);
      return { target, wire: wire(), reader, deadlines, signal, hops: options.hops ?? [] };
    },
  };
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
