import type { GuardrailAsk } from '../bodies/converse-extras.ts';
import type { Core } from '../core.ts';
import type { Completion } from '../engine/complete.ts';
import { validationError } from '../errors.ts';
import { assess, type EmulatorGuardrail, findGuardrail, type GuardrailVerdict } from '../guardrails.ts';
import type { JsonObject } from '../turn.ts';

/** A guardrail that stands before and behind the model for one request. */
export interface Guard {
  /** The prompt may not pass: what is said in place of an answer. */
  readonly blocked: Completion | undefined;
  /** Looks at an answer; returns what may pass, and what the trace says of it all. */
  after(completion: Completion): { readonly completion: Completion; readonly trace: JsonObject | undefined };
}

const charactersOfAUnit = 1000;

/** The guardrail a request names. Throws AwsError when there is none such. */
export function guardFor(
  core: Core,
  ask: GuardrailAsk | undefined,
  texts: readonly string[],
): Guard | undefined {
  if (ask === undefined) return undefined;
  const guardrail = findGuardrail(core.guardrails, ask.identifier, ask.version);
  // Reported through Converse, as a 400.
  if (guardrail === undefined)
    throw validationError('The guardrail identifier or version provided in the request does not exist.');
  const before = assess(guardrail, 'INPUT', texts);
  const input = { inputAssessment: { [guardrail.id]: assessment(guardrail, before, texts) } };
  const traced = (trace: JsonObject) => (ask.trace === 'disabled' ? undefined : { guardrail: trace });
  return {
    blocked: before.action === 'BLOCKED' ? saying(before.outputs[0] ?? '', 0) : undefined,
    after(completion) {
      if (before.action === 'BLOCKED') return { completion, trace: traced(input) };
      const said = completion.blocks.flatMap((block) =>
        block.type === 'text' ? [block.pieces.join('')] : [],
      );
      const verdict = assess(guardrail, 'OUTPUT', said);
      const outputs = { outputAssessments: { [guardrail.id]: [assessment(guardrail, verdict, said)] } };
      if (verdict.action === 'NONE') return { completion, trace: traced({ ...input, ...outputs }) };
      const passed =
        verdict.action === 'BLOCKED'
          ? saying(verdict.outputs[0] ?? '', completion.outputTokens)
          : masked(completion, verdict.outputs);
      return {
        completion: passed,
        trace: traced({ ...input, modelOutput: [said.join('')], ...outputs }),
      };
    },
  };
}

function saying(text: string, outputTokens: number): Completion {
  return {
    blocks: [{ type: 'text', pieces: [text], exact: true }],
    stopReason: 'guardrail_intervened',
    stopSequence: null,
    outputTokens,
    thinkingTokens: 0,
  };
}

function masked(completion: Completion, texts: readonly string[]): Completion {
  let nth = 0;
  const blocks = completion.blocks.map((block) =>
    block.type === 'text' ? { ...block, pieces: [texts[nth++] ?? ''], exact: true } : block,
  );
  return { ...completion, blocks, stopReason: 'guardrail_intervened' };
}

/** In the recorded shape: what was found, and what it cost. */
function assessment(
  guardrail: EmulatorGuardrail,
  { words, pii, regexes, topics, filters }: GuardrailVerdict,
  texts: readonly string[],
): JsonObject {
  const characters = texts.reduce((sum, text) => sum + [...text].length, 0);
  const units = Math.ceil(characters / charactersOfAUnit);
  const unitsIf = (configured: boolean) => (configured ? units : 0);
  const found = <T extends { readonly detected: boolean }>(all: readonly T[]) =>
    all.filter(({ detected }) => detected);
  const personal = found(pii).map(({ action, match, type }) => ({ action, match, type }));
  const patterns = found(regexes).map(({ action, match, name, regex }) => ({ action, match, name, regex }));
  const denied = found(topics).map(({ action, name, type }) => ({ action, name, type }));
  const custom = found(words).map(({ action, match }) => ({ action, match }));
  const content = found(filters).map(({ action, confidence, filterStrength, type }) => ({
    action,
    confidence,
    filterStrength,
    type,
  }));
  return {
    ...(content.length === 0 ? {} : { contentPolicy: { filters: content } }),
    invocationMetrics: {
      guardrailCoverage: { textCharacters: { guarded: characters, total: characters } },
      guardrailProcessingLatency: 1,
      usage: {
        contentPolicyUnits: unitsIf((guardrail.filters ?? []).length > 0),
        contextualGroundingPolicyUnits: 0,
        sensitiveInformationPolicyFreeUnits: unitsIf((guardrail.regexes ?? []).length > 0),
        sensitiveInformationPolicyUnits: unitsIf(Object.keys(guardrail.pii ?? {}).length > 0),
        topicPolicyUnits: unitsIf((guardrail.topics ?? []).length > 0),
        wordPolicyUnits: unitsIf((guardrail.words ?? []).length > 0),
      },
    },
    ...(personal.length + patterns.length === 0
      ? {}
      : {
          sensitiveInformationPolicy: {
            ...(personal.length === 0 ? {} : { piiEntities: personal }),
            ...(patterns.length === 0 ? {} : { regexes: patterns }),
          },
        }),
    ...(denied.length === 0 ? {} : { topicPolicy: { topics: denied } }),
    ...(custom.length === 0 ? {} : { wordPolicy: { customWords: custom } }),
  };
}
