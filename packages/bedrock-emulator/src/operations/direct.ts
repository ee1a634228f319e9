import { foundationModel, foundationModels } from '../control/foundation-models.ts';
import { inferenceProfile, inferenceProfiles } from '../control/inference-profiles.ts';
import type { Core } from '../core.ts';
import { AwsError, unknownOperation } from '../errors.ts';
import type { Exchange } from '../exchange.ts';
import type { Fault } from '../faults.ts';
import type { ReceivedRequest } from '../ledger.ts';
import type { Operation, Route } from '../route.ts';
import { applyGuardrail } from './apply-guardrail.ts';
import { countTokensOf } from './count-tokens.ts';
import { throwFault } from './prepare.ts';
import { sendJson } from './whole.ts';

/** A request to an operation that asks no model for text. */
export interface DirectRequest {
  readonly exchange: Exchange;
  readonly core: Core;
  readonly received: ReceivedRequest;
  readonly route: Route;
  readonly fault: Fault | undefined;
}

/** Operations whose answer is one JSON object, and those that are not available here. */
export const direct: Readonly<Partial<Record<Operation, (request: DirectRequest) => Promise<void>>>> = {
  CountTokens: json(countTokensOf),
  ApplyGuardrail: json(applyGuardrail),
  ListFoundationModels: json(foundationModels),
  GetFoundationModel: json(foundationModel),
  ListInferenceProfiles: json(inferenceProfiles),
  GetInferenceProfile: json(inferenceProfile),
  InvokeModelWithBidirectionalStream: notAvailable,
  InvokeGuardrailChecks: notAvailable,
  StartAsyncInvoke: notAvailable,
  ListAsyncInvokes: notAvailable,
  GetAsyncInvoke: notAvailable,
};

function json(answer: (request: DirectRequest) => unknown): (request: DirectRequest) => Promise<void> {
  return async (request) => {
    throwFault(request.exchange, request.fault, false);
    await sendJson(request.exchange, answer(request), request.fault);
  };
}

/** Bedrock refuses API keys for these before anything else (recorded), and answers so where it lacks an operation. */
async function notAvailable({ received }: DirectRequest): Promise<void> {
  if (/^bearer\s/i.test(received.headers.authorization ?? '')) {
    const text = 'This operation does not support API Keys';
    throw new AwsError('AccessDeniedException', text, { body: { Message: text }, from: 'coral.service' });
  }
  throw unknownOperation();
}
