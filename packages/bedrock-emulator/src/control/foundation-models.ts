import { findModel, type ModelFacts, models } from '@streambed/model-facts';
import { AwsError, constraintError } from '../errors.ts';
import type { DirectRequest } from '../operations/direct.ts';
import { enumValue } from './query.ts';
import { foundationModelArn, regionOf } from './region.ts';

const inputNames: Readonly<Record<string, string>> = {
  text: 'TEXT',
  image: 'IMAGE',
  video: 'VIDEO',
  audio: 'SPEECH',
};
const outputNames: Readonly<Record<string, string>> = {
  text: 'TEXT',
  embedding: 'EMBEDDING',
  ranking: 'TEXT',
  audio: 'SPEECH',
};

/** ListFoundationModels: what can be called on this host. Models at the end of their life aren't listed. */
export function foundationModels(request: DirectRequest): unknown {
  const query = new URLSearchParams(request.exchange.query);
  const provider = query.get('byProvider');
  if (provider !== null && !/^[A-Za-z0-9- ]{1,63}$/.test(provider))
    throw constraintError(
      provider,
      'byProvider',
      'Member must satisfy regular expression pattern: [A-Za-z0-9- ]{1,63}',
    );
  const output = enumValue(query, 'byOutputModality', ['TEXT', 'IMAGE', 'EMBEDDING']);
  const inference = enumValue(query, 'byInferenceType', ['ON_DEMAND', 'PROVISIONED']);
  const customization = enumValue(query, 'byCustomizationType', [
    'FINE_TUNING',
    'CONTINUED_PRE_TRAINING',
    'DISTILLATION',
  ]);
  const region = regionOf(request.received, request.core);
  const summaries = models
    .filter((model) => model.endpoints.includes('runtime') && model.lifecycle?.status !== 'ended')
    .map((model) => summary(model, region))
    .filter(
      (model) =>
        (provider === null || model.providerName.toLowerCase() === provider.toLowerCase()) &&
        (output === undefined || model.outputModalities.includes(output)) &&
        (inference === undefined || model.inferenceTypesSupported.includes(inference)) &&
        customization === undefined,
    );
  return { modelSummaries: summaries };
}

/** GetFoundationModel, by base id or ARN. */
export function foundationModel({ received, core, route }: DirectRequest): unknown {
  const named = route.names[0] ?? '';
  const id = /^arn:aws[a-z-]*:bedrock:[a-z0-9-]*::foundation-model\/(.+)$/.exec(named)?.[1] ?? named;
  if (!/^[a-z0-9-]{1,63}\.[a-z0-9.:-]{1,128}$/.test(id))
    throw new AwsError('ValidationException', 'The provided model identifier is invalid.');
  const model = findModel(id);
  if (model === undefined || model.id !== id || !model.endpoints.includes('runtime'))
    throw new AwsError(
      'ResourceNotFoundException',
      `Could not resolve the foundation model from the model identifier: ${named}`,
    );
  return { modelDetails: summary(model, regionOf(received, core)) };
}

function summary(model: ModelFacts, region: string) {
  return {
    modelArn: foundationModelArn(region, model.id),
    modelId: model.id,
    modelName: model.name,
    providerName: model.provider,
    inputModalities: Object.entries(inputNames).flatMap(([name, its]) =>
      model.modalities.input.some((input) => input === name) ? its : [],
    ),
    outputModalities: model.modalities.output.flatMap((name) => outputNames[name] ?? []),
    responseStreamingSupported: model.streaming,
    customizationsSupported: [],
    inferenceTypesSupported: [
      ...(model.onDemand ? ['ON_DEMAND'] : []),
      ...(model.inferenceProfiles.length > 0 ? ['INFERENCE_PROFILE'] : []),
    ],
    modelLifecycle: { status: model.lifecycle === undefined ? 'ACTIVE' : 'LEGACY' },
  };
}
