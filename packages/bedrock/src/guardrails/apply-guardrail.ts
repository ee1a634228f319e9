import { StreambedError } from '@streambed/protocol';
import { ask } from '../ask.ts';
import type { Client } from '../client.ts';
import type { CallOptions } from '../count-tokens.ts';
import { type Fields, isFields } from '../families/chunk.ts';
import { pathSegment } from '../http/endpoint.ts';
import type { Target } from '../models/resolve-model.ts';

export interface GuardrailRequest {
  /** Id or ARN, and a number or `DRAFT`. */
  readonly guardrail: { readonly id: string; readonly version: string };
  /** What a person wrote, or what a model did. */
  readonly source: 'input' | 'output';
  readonly content: readonly {
    readonly text: string;
    /** `grounding_source`, `query`, `guard_content` */
    readonly qualifiers?: readonly string[];
  }[];
  /** `full`: findings come also where nothing was done. Default: AWS's, `interventions`. */
  readonly scope?: 'interventions' | 'full';
}

export interface GuardrailVerdict {
  readonly intervened: boolean;
  readonly reason?: string;
  /** What to say instead; empty when nothing was done. */
  readonly outputs: readonly string[];
  /** Findings, usage and coverage as AWS wrote them. */
  readonly assessments: readonly Fields[];
  readonly usage: Fields;
  readonly coverage: Fields;
}

const maxAnswerBytes = 8 * 1024 * 1024;

/** Bedrock's ApplyGuardrail, in the client's region. Throws `StreambedError`. */
export async function applyGuardrail(
  request: GuardrailRequest,
  { signal, account }: CallOptions,
  client: Client,
): Promise<GuardrailVerdict> {
  const { guardrail, source, content, scope } = request;
  if (content.length === 0) {
    throw new StreambedError('SB_BAD_REQUEST', 'content: expected something to look at', {
      field: 'content',
    });
  }
  const target: Target = {
    id: guardrail.id,
    region: client.options.region,
    account,
    model: { id: guardrail.id, facts: undefined },
  };
  const { fields } = await ask(
    {
      method: 'POST',
      endpoint: client.endpointOf(target),
      path: `/guardrail/${pathSegment(guardrail.id)}/version/${pathSegment(guardrail.version)}/apply`,
      body: JSON.stringify({
        source: source.toUpperCase(),
        content: content.map(({ text, qualifiers }) => ({
          text: { text, ...(qualifiers !== undefined && { qualifiers }) },
        })),
        ...(scope !== undefined && { outputScope: scope.toUpperCase() }),
      }),
      target,
      action: 'bedrock:ApplyGuardrail',
      signal,
      totalMs: client.deadlines.totalMs,
      maxBytes: maxAnswerBytes,
    },
    client,
  );
  const { action, actionReason, outputs, assessments, usage, guardrailCoverage } = fields;
  // A verdict that can't be read must not pass for a clean one.
  if (action !== 'NONE' && action !== 'GUARDRAIL_INTERVENED') {
    throw new StreambedError('SB_UPSTREAM_UNEXPECTED');
  }
  return {
    intervened: action === 'GUARDRAIL_INTERVENED',
    ...(typeof actionReason === 'string' && { reason: actionReason }),
    outputs: list(outputs).flatMap(({ text }) => (typeof text === 'string' ? [text] : [])),
    assessments: list(assessments),
    usage: isFields(usage) ? usage : {},
    coverage: isFields(guardrailCoverage) ? guardrailCoverage : {},
  };
}

function list(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : [];
}
