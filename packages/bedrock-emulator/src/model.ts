import { findModel, type ModelFacts, splitProfileId } from '@streambed/model-facts';
import { AwsError, validationError } from './errors.ts';

/** What an opaque ARN leads to: a model id, alone or with what GetInferenceProfile says of an application profile. */
export type ProfileTarget =
  | string
  | { readonly model: string; readonly name?: string; readonly description?: string };

export function targetModel(target: ProfileTarget): string {
  return typeof target === 'string' ? target : target.model;
}

const arn =
  /^arn:aws(?:-[a-z-]+)?:bedrock:(?<region>[a-z0-9-]*):(?<account>\d{12})?:(?<kind>[a-z-]+)\/(?<id>.+)$/;

/** Kinds of ARN whose id doesn't tell the model: it must be configured. */
const opaqueKinds = new Set([
  'application-inference-profile',
  'provisioned-model',
  'custom-model',
  'custom-model-deployment',
  'imported-model',
  'prompt',
  'prompt-router',
  'default-prompt-router',
]);

/**
 * The model behind what a caller named: a base id, an inference profile id, or an ARN. `profiles` says what opaque ARNs
 * (or their ids) lead to. Throws what AWS answers: a 400 for ids it doesn't know and for base ids that need a profile,
 * a 404 for ARNs of nothing.
 */
export function resolveModel(modelId: string, profiles: Readonly<Record<string, ProfileTarget>>): ModelFacts {
  const parts = modelId.startsWith('arn:') ? arn.exec(modelId)?.groups : undefined;
  if (modelId.startsWith('arn:') && parts === undefined) throw invalidModel();
  const id = parts?.id ?? modelId;
  const kind = parts?.kind;

  const configured = [modelId, id].find((name) => Object.hasOwn(profiles, name));
  if (configured !== undefined) return findModel(targetModel(profiles[configured] ?? '')) ?? fail();
  if (kind !== undefined && opaqueKinds.has(kind)) throw new AwsError('ResourceNotFoundException');

  const isProfile = splitProfileId(id).prefix !== undefined;
  if (kind === 'foundation-model' && isProfile) throw invalidModel();
  if (kind === 'inference-profile' && !isProfile) throw invalidModel();
  if (kind !== undefined && kind !== 'foundation-model' && kind !== 'inference-profile') throw invalidModel();

  const model = findRuntimeModel(id) ?? fail();
  // A model that has no profile at all has none of this name either. Others may have ones we don't list yet.
  if (isProfile && model.onDemand && model.inferenceProfiles.length === 0) throw invalidModel();
  if (!isProfile && !model.onDemand) throw profileNeeded(modelId);
  return model;
}

/** A model that answers on this host, by base id or profile id. */
export function findRuntimeModel(id: string): ModelFacts | undefined {
  const model = findModel(id);
  return model === undefined || model.kind === 'speech' || !model.endpoints.includes('runtime')
    ? undefined
    : model;
}

function fail(): never {
  throw invalidModel();
}

/** Unknown models are a 400 at AWS, not a 404. */
function invalidModel(): AwsError {
  return validationError('The provided model identifier is invalid.');
}

/** The apostrophe is a typographic one, as reported. */
function profileNeeded(modelId: string): AwsError {
  return validationError(
    `Invocation of model ID ${modelId} with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.`,
  );
}
