import { isFields } from '../bodies/problems.ts';
import { accountId, partition, regionOf } from '../control/region.ts';
import { AwsError, constraintError, validationError } from '../errors.ts';
import { assess, type EmulatorGuardrail, findGuardrail, type GuardrailVerdict } from '../guardrails.ts';
import type { DirectRequest } from './direct.ts';
import { parseJson } from './prepare.ts';

// A text unit of a policy's price.
const charactersOfAUnit = 1000;

/** ApplyGuardrail, in the recorded shape. */
export function applyGuardrail({ core, received, route }: DirectRequest): unknown {
  const [identifier = '', version = ''] = route.names;
  const body = parseJson(received.body);
  if (!isFields(body))
    throw validationError('Malformed input request, please reformat your input and try again.');
  const { source, outputScope } = body;
  if (source !== 'INPUT' && source !== 'OUTPUT')
    throw constraintError(said(source), 'source', 'Member must satisfy enum value set: [INPUT, OUTPUT]');
  if (outputScope !== undefined && outputScope !== 'INTERVENTIONS' && outputScope !== 'FULL')
    throw constraintError(
      said(outputScope),
      'outputScope',
      'Member must satisfy enum value set: [INTERVENTIONS, FULL]',
    );
  const texts = readContent(body.content);
  const guardrail = findGuardrail(core.guardrails, identifier, version);
  // AWS's words for a guardrail that isn't there (reported through Converse).
  if (guardrail === undefined)
    throw new AwsError(
      'ResourceNotFoundException',
      'The guardrail identifier or version provided in the request does not exist.',
    );

  const verdict = assess(guardrail, source, texts);
  const region = regionOf(received, core);
  const measured = measure(guardrail, texts);
  const outputs = verdict.action === 'NONE' ? [] : verdict.outputs.map((text) => ({ text }));
  return {
    action: verdict.action === 'NONE' ? 'NONE' : 'GUARDRAIL_INTERVENED',
    actionReason: reasons[verdict.action],
    assessments: [
      {
        appliedGuardrailDetails: {
          guardrailArn: `arn:${partition(region)}:bedrock:${region}:${accountId}:guardrail/${guardrail.id}`,
          guardrailId: guardrail.id,
          guardrailOrigin: ['REQUEST'],
          guardrailOwnership: 'SELF',
          guardrailVersion: version,
        },
        automatedReasoningPolicy: null,
        contentPolicy: contentPolicy(verdict, outputScope === 'FULL'),
        contextualGroundingPolicy: null,
        invocationMetrics: {
          guardrailCoverage: measured.guardrailCoverage,
          guardrailProcessingLatency: 1,
          usage: measured.usage,
        },
        ...policies(verdict, outputScope === 'FULL'),
      },
    ],
    ...(verdict.action === 'BLOCKED' ? { blockedResponse: verdict.outputs[0] } : {}),
    guardrailCoverage: measured.guardrailCoverage,
    output: outputs,
    outputs,
    usage: measured.usage,
  };
}

/** The first is recorded; of the others AWS documents only that they exist. */
const reasons = {
  BLOCKED: 'Guardrail blocked.',
  ANONYMIZED: 'Guardrail masked.',
  NONE: 'No action.',
} as const;

/** A value as a message quotes it. An object may have no text of its own: a body can bring any `toString`. */
function said(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

function readContent(content: unknown): readonly string[] {
  if (!Array.isArray(content)) throw constraintError('null', 'content', 'Member must not be null');
  return content.map((block, place) => {
    if (isFields(block) && isFields(block.text) && typeof block.text.text === 'string')
      return block.text.text;
    // Images are let through unseen.
    if (isFields(block) && isFields(block.image)) return '';
    throw constraintError('null', `content.${place + 1}.member.text.text`, 'Member must not be null');
  });
}

function contentPolicy({ filters }: GuardrailVerdict, full: boolean) {
  const shown = filters.filter(({ detected }) => full || detected);
  return shown.length === 0 ? null : { filters: shown };
}

/** With `full` what was looked for and not found is listed too. */
function policies({ words, pii, regexes, topics }: GuardrailVerdict, full: boolean) {
  const shown = <T extends { readonly detected: boolean }>(all: readonly T[]) =>
    all.filter(({ detected }) => full || detected);
  const orNull = <T>(list: readonly T[]) => (list.length === 0 ? null : list);
  const piiEntities = shown(pii);
  const found = shown(regexes);
  const denied = shown(topics);
  return {
    sensitiveInformationPolicy:
      piiEntities.length + found.length === 0 ? null : { piiEntities, regexes: orNull(found) },
    topicPolicy: denied.length === 0 ? null : { topics: denied },
    wordPolicy: words.length === 0 ? null : { customWords: words, managedWordLists: [] },
  };
}

function measure(guardrail: EmulatorGuardrail, texts: readonly string[]) {
  const characters = texts.reduce((sum, text) => sum + [...text].length, 0);
  const units = Math.ceil(characters / charactersOfAUnit);
  const unitsIf = (configured: boolean) => (configured ? units : 0);
  return {
    guardrailCoverage: { images: null, textCharacters: { guarded: characters, total: characters } },
    usage: {
      automatedReasoningPolicies: 0,
      automatedReasoningPolicyUnits: 0,
      contentPolicyImageUnits: 0,
      contentPolicyUnits: unitsIf((guardrail.filters ?? []).length > 0),
      contextualGroundingPolicyUnits: 0,
      sensitiveInformationPolicyFreeUnits: unitsIf((guardrail.regexes ?? []).length > 0),
      sensitiveInformationPolicyUnits: unitsIf(Object.keys(guardrail.pii ?? {}).length > 0),
      topicPolicyUnits: unitsIf((guardrail.topics ?? []).length > 0),
      wordPolicyUnits: unitsIf((guardrail.words ?? []).length > 0),
    },
  };
}
