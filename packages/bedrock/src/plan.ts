import { type BedrockRequest, type MessagesRequest, StreambedError } from '@streambed/protocol';
import type { Attempt } from './call.ts';
import type { Client } from './client.ts';
import type { Deadlines } from './deadlines.ts';
import type { ModelFamily, WireRequest } from './families/family.ts';
import { familyOf } from './families/index.ts';
import type { GenerateOptions } from './generate.ts';
import { withGuardrail } from './guardrail.ts';
import { type Resolved, resolveModel, type Target } from './resolve-model.ts';
import { checkToolArguments } from './tool-arguments.ts';

/** Where a request without `max_tokens` ends, unless its alias or its model says less. */
const defaultMaxTokens = 8192;

/** Everything known before the first byte: where each attempt goes and what it sends. */
export interface Plan {
  readonly started: number;
  readonly deadlines: Deadlines;
  readonly defaulted: readonly string[];
  /** Whether the request asks for a tier or speed that has prices of its own. */
  readonly repriced: boolean;
  /** How many places there are to go. */
  readonly targets: number;
  /** Where attempt 1, 2, … goes: the targets in turn. */
  target(attempt: number): Target;
  wire(attempt: number): WireRequest;
  /** From now on attempt's target is called through its profile; false when there is none to change to. */
  useProfile(attempt: number): boolean;
  /** Attempt 1, 2, … itself, with a reader of its own. */
  at(attempt: number, signal: AbortSignal): Attempt;
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
      wire: lazy(() => family.toWire(asked, target.model, stream, metadata)),
    };
  });
  if (first === undefined) throw new StreambedError('SB_UNKNOWN_MODEL');
  const steps = [first, ...rest];
  const step = (attempt: number): Step => steps[(attempt - 1) % steps.length] ?? first;
  return {
    started: client.now(),
    deadlines,
    defaulted: request.max_tokens === undefined ? [`max_tokens=${asked.max_tokens}`] : [],
    repriced: isRepriced(request.bedrock),
    targets: steps.length,
    target: (attempt) => step(attempt).target,
    wire: (attempt) => step(attempt).wire(),
    useProfile(attempt) {
      const { profile, ...target } = step(attempt).target;
      if (profile === undefined) return false;
      step(attempt).target = { ...target, id: profile };
      return true;
    },
    at(attempt, signal) {
      const { target, family, wire } = step(attempt);
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
