import { splitProfileId } from '@streambed/model-facts';
import { type Fields, isFields } from '../families/chunk.ts';

/** What ListFoundationModels says of a model (`modelSummaries[]`). */
export interface OfferedModel {
  readonly id: string;
  readonly name: string | undefined;
  readonly provider: string | undefined;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly streaming: boolean | undefined;
  /** `ON_DEMAND`, `PROVISIONED`, `INFERENCE_PROFILE` */
  readonly inferenceTypes: readonly string[];
  /** `ACTIVE`, `LEGACY` */
  readonly status: string | undefined;
}

/** What ListInferenceProfiles says of a profile (`inferenceProfileSummaries[]`). */
export interface OfferedProfile {
  readonly id: string;
  readonly arn: string;
  readonly application: boolean;
  /** Base model ids behind it, each once; one, as far as is known. */
  readonly models: readonly string[];
}

/** What one account can call in one region, as the control plane lists it. */
export interface Offers {
  readonly region: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** By id; `undefined` when they could not be listed. */
  readonly models: ReadonlyMap<string, OfferedModel> | undefined;
  /** By id, system-defined and application profiles; inactive ones are left out. `undefined` as above. */
  readonly profiles: ReadonlyMap<string, OfferedProfile> | undefined;
  /** Profiles by ARN. */
  readonly arns: ReadonlyMap<string, OfferedProfile>;
  /** Why one of the two lists isn't there. */
  readonly missing: readonly string[];
}

/** Reads one of `modelSummaries`; `undefined` for what has no id. */
export function offeredModel(summary: unknown): OfferedModel | undefined {
  if (!isFields(summary) || typeof summary.modelId !== 'string') return undefined;
  const lifecycle = isFields(summary.modelLifecycle) ? summary.modelLifecycle : {};
  return {
    id: summary.modelId,
    name: text(summary.modelName),
    provider: text(summary.providerName),
    input: texts(summary.inputModalities),
    output: texts(summary.outputModalities),
    streaming:
      typeof summary.responseStreamingSupported === 'boolean'
        ? summary.responseStreamingSupported
        : undefined,
    inferenceTypes: texts(summary.inferenceTypesSupported),
    status: text(lifecycle.status),
  };
}

/** Reads one of `inferenceProfileSummaries`, or the answer of GetInferenceProfile; `undefined` when it isn't active. */
export function offeredProfile(summary: unknown): OfferedProfile | undefined {
  if (!isFields(summary) || typeof summary.inferenceProfileId !== 'string') return undefined;
  if (typeof summary.status === 'string' && summary.status !== 'ACTIVE') return undefined;
  return {
    id: summary.inferenceProfileId,
    arn: text(summary.inferenceProfileArn) ?? '',
    application: summary.type === 'APPLICATION',
    models: modelsBehind(summary),
  };
}

/** `arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-…` → `anthropic.claude-…`, each once. */
function modelsBehind({ models }: Fields): readonly string[] {
  const ids = (Array.isArray(models) ? models : []).flatMap((model) => {
    const arn = isFields(model) ? text(model.modelArn) : undefined;
    const id =
      arn === undefined ? undefined : /:(?:foundation-model|inference-profile)\/(.+)$/.exec(arn)?.[1];
    return id === undefined ? [] : [splitProfileId(id).baseId];
  });
  return [...new Set(ids)];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** The system-defined profiles of a base model, by their ids; `undefined` when they could not be listed. */
export function profilesOf(offers: Offers, model: string): readonly string[] | undefined {
  if (offers.profiles === undefined) return undefined;
  return [...offers.profiles.values()].flatMap((profile) =>
    !profile.application && splitProfileId(profile.id).baseId === model ? [profile.id] : [],
  );
}
