import type { Core } from '../core.ts';
import { constraintError } from '../errors.ts';
import type { ReceivedRequest } from '../ledger.ts';
import type { JsonObject } from '../turn.ts';
import { guardFor } from './converse-guard.ts';
import type { Decided } from './prepare.ts';

/** What a guardrail adds to a native answer: to every chunk that has text, with the trace to the last. */
export interface GuardNotes {
  readonly action: 'INTERVENED' | 'NONE';
  readonly trace: JsonObject | undefined;
}

/** Whether a request's headers name a guardrail. Throws AwsError for an id without a version, and the other way round. */
export function namesGuardrail({ headers }: ReceivedRequest): boolean {
  const id = headers['x-amzn-bedrock-guardrailidentifier'];
  const version = headers['x-amzn-bedrock-guardrailversion'];
  if (id === undefined && version === undefined) return false;
  if (id === undefined) throw constraintError('null', 'guardrailIdentifier', 'Member must not be null');
  if (version === undefined) throw constraintError('null', 'guardrailVersion', 'Member must not be null');
  return true;
}

/**
 * Lets the guardrail that the headers name look at what the user said and at the answer. A native answer ends as the
 * model ended it, also where the guardrail changed it (recorded). Throws AwsError where there is no such guardrail.
 */
export function guardedInvoke<T extends Decided>(
  core: Core,
  received: ReceivedRequest,
  decided: T,
): { readonly decided: T; readonly notes: GuardNotes | undefined } {
  if (!namesGuardrail(received)) return { decided, notes: undefined };
  const { headers } = received;
  const traced = headers['x-amzn-bedrock-trace'] ?? 'DISABLED';
  const ask = {
    identifier: headers['x-amzn-bedrock-guardrailidentifier'] ?? '',
    version: headers['x-amzn-bedrock-guardrailversion'] ?? '',
    trace: traced.toUpperCase() === 'DISABLED' ? ('disabled' as const) : ('enabled' as const),
  };
  const { turn, completion } = decided;
  const asked = turn.messages.filter(({ role }) => role === 'user').map(({ text }) => text);
  const guard = guardFor(core, ask, asked);
  if (guard === undefined) return { decided, notes: undefined };
  const passed = guard.after(guard.blocked ?? completion);
  const changed = passed.completion !== completion;
  return {
    decided: {
      ...decided,
      completion: changed ? { ...passed.completion, stopReason: 'end_turn' } : completion,
      repeatable: false,
    },
    notes: { action: changed ? 'INTERVENED' : 'NONE', trace: nativeTrace(passed.trace) },
  };
}

/** A whole answer with a guardrail's notes at its end. */
export function withNotes(json: string, notes: GuardNotes | undefined): string {
  return notes === undefined ? json : `${json.slice(0, -1)}${traceText(notes)}${actionText(notes)}}`;
}

/** An event of a stream with them, which stand the other way round there (both recorded). */
export function eventWithNotes(json: string, notes: GuardNotes | undefined, last: boolean): string {
  if (notes === undefined) return json;
  return `${json.slice(0, -1)}${actionText(notes)}${last ? traceText(notes) : ''}}`;
}

function actionText({ action }: GuardNotes): string {
  return `,"amazon-bedrock-guardrailAction":"${action}"`;
}

function traceText({ trace }: GuardNotes): string {
  return trace === undefined ? '' : `,"amazon-bedrock-trace":${JSON.stringify(trace)}`;
}

/** Converse's trace with the names it has on native answers. */
function nativeTrace(trace: JsonObject | undefined): JsonObject | undefined {
  const guardrail = trace?.guardrail as JsonObject | undefined;
  if (guardrail === undefined) return undefined;
  const { modelOutput, inputAssessment, outputAssessments } = guardrail;
  const outputs = Object.entries((outputAssessments ?? {}) as JsonObject).flatMap(([id, list]) =>
    (list as readonly JsonObject[]).map((assessment) => ({ [id]: assessment })),
  );
  return {
    guardrail: {
      ...(modelOutput === undefined ? {} : { modelOutput }),
      input: inputAssessment ?? {},
      ...(outputs.length === 0 ? {} : { outputs }),
    },
  };
}
