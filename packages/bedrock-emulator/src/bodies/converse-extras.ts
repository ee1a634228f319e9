import { type Constraints, structure } from './constraints.ts';
import { isFields } from './problems.ts';

/** What stands around a conversation. */
export interface ConverseExtras {
  readonly guardrail: GuardrailAsk | undefined;
  /** Echoed. */
  readonly performance: { readonly latency: string } | undefined;
  readonly serviceTier: { readonly type: string } | undefined;
  readonly responsePaths: readonly string[];
}

export interface GuardrailAsk {
  readonly identifier: string;
  readonly version: string;
  readonly trace: 'enabled' | 'disabled' | 'enabled_full';
}

/** Reads what stands around a conversation. */
export function readExtras(
  body: Readonly<Record<string, unknown>>,
  streaming: boolean,
  constraints: Constraints,
): ConverseExtras {
  const guard = structure(['guardrailConfig'], body.guardrailConfig, [
    'guardrailIdentifier',
    'guardrailVersion',
    'trace',
    ...(streaming ? ['streamProcessingMode'] : []),
  ]);
  const guardrail =
    guard === undefined
      ? undefined
      : {
          identifier:
            constraints.text(['guardrailConfig', 'guardrailIdentifier'], guard.guardrailIdentifier, {
              max: 2048,
              pattern: '([a-z0-9]+)|(arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:[0-9]{12}:guardrail/[a-z0-9]+)',
            }) ?? '',
          version:
            constraints.text(['guardrailConfig', 'guardrailVersion'], guard.guardrailVersion, {
              pattern: '([1-9][0-9]{0,7})|(DRAFT)',
            }) ?? '',
          trace:
            guard.trace === undefined
              ? ('disabled' as const)
              : (constraints.oneOf(['guardrailConfig', 'trace'], guard.trace, [
                  'enabled',
                  'disabled',
                  'enabled_full',
                ]) ?? 'disabled'),
        };
  if (guard?.streamProcessingMode !== undefined)
    constraints.oneOf(['guardrailConfig', 'streamProcessingMode'], guard.streamProcessingMode, [
      'sync',
      'async',
    ]);

  const performance = structure(['performanceConfig'], body.performanceConfig, ['latency']);
  const latency =
    performance?.latency === undefined
      ? undefined
      : constraints.oneOf(['performanceConfig', 'latency'], performance.latency, ['standard', 'optimized']);
  const tier = structure(['serviceTier'], body.serviceTier, ['type']);
  const type =
    tier === undefined
      ? undefined
      : constraints.oneOf(['serviceTier', 'type'], tier.type, ['priority', 'default', 'flex', 'reserved']);
  readMetadata(body.requestMetadata, constraints);
  const place = ['additionalModelResponseFieldPaths'];
  const responsePaths = constraints
    .list(place, body.additionalModelResponseFieldPaths, 0, 10)
    .flatMap((path, nth) => constraints.text([...place, nth], path, { min: 1, max: 256 }) ?? []);
  return {
    guardrail,
    performance: latency === undefined ? undefined : { latency },
    serviceTier: type === undefined ? undefined : { type },
    responsePaths,
  };
}

function readMetadata(value: unknown, constraints: Constraints): void {
  if (value === undefined || value === null) return;
  if (!isFields(value)) return;
  const entries = Object.entries(value);
  if (entries.length > 16) constraints.broken(['requestMetadata'], 'have length less than or equal to 16');
  for (const [key, member] of entries)
    constraints.text(['requestMetadata', key], member, { max: 256, pattern: '[a-zA-Z0-9\\s:_@$#=/+,.-]*' });
}
