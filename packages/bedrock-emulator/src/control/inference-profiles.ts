import { findModel, type ModelFacts, models, splitProfileId } from '@streambed/model-facts';
import type { Core } from '../core.ts';
import { AwsError, validationError } from '../errors.ts';
import { type ProfileTarget, targetModel } from '../model.ts';
import type { DirectRequest } from '../operations/direct.ts';
import { enumValue, wholeValue } from './query.ts';
import { accountId, destinations, foundationModelArn, partition, reaches, regionOf } from './region.ts';

// Nothing is ever created here, so every profile is of one day.
const made = '2025-01-01T00:00:00Z';
const defaultPage = 100;

/** ListInferenceProfiles: the system's profiles that can be called from this region, and the configured ones. */
export function inferenceProfiles(request: DirectRequest): unknown {
  const query = new URLSearchParams(request.exchange.query);
  const type = enumValue(query, 'type', ['SYSTEM_DEFINED', 'APPLICATION']);
  const count = wholeValue(query, 'maxResults', 1, 1000) ?? defaultPage;
  const start = readToken(query.get('nextToken'));
  const region = regionOf(request.received, request.core);
  const all = [
    ...(type === 'APPLICATION' ? [] : systemProfiles(region)),
    ...(type === 'SYSTEM_DEFINED' ? [] : applicationProfiles(request.core, region)),
  ];
  const end = start + count;
  return {
    inferenceProfileSummaries: all.slice(start, end),
    ...(end < all.length ? { nextToken: Buffer.from(`from ${end}`).toString('base64') } : {}),
  };
}

/** GetInferenceProfile, by id or ARN. */
export function inferenceProfile({ received, core, route }: DirectRequest): unknown {
  const named = route.names[0] ?? '';
  const region = regionOf(received, core);
  const application = applicationProfiles(core, region).find(
    ({ inferenceProfileArn, inferenceProfileId }) =>
      named === inferenceProfileArn || named === inferenceProfileId,
  );
  // As recorded: an application profile has a toolbox.
  if (application !== undefined) {
    const { status, type, updatedAt, ...rest } = application;
    return { ...rest, status, toolboxArn: null, type, updatedAt };
  }
  const arn = /^arn:aws[a-z-]*:bedrock:([a-z0-9-]+):\d{12}:inference-profile\/(.+)$/.exec(named);
  const id = arn?.[2] ?? named;
  const model = findModel(id);
  if (model?.inferenceProfiles.includes(id)) return systemProfile(id, model, region);
  // AWS's form for unknown names; no source shows the text of this operation.
  throw new AwsError('ResourceNotFoundException', `Inference profile ${named} does not exist.`);
}

function systemProfiles(region: string) {
  return models
    .filter((model) => model.lifecycle?.status !== 'ended')
    .flatMap((model) =>
      model.inferenceProfiles
        .filter((id) => reaches(splitProfileId(id).prefix ?? 'global', region))
        .map((id) => systemProfile(id, model, region)),
    )
    .sort((a, b) => (a.inferenceProfileId < b.inferenceProfileId ? -1 : 1));
}

// Keys stand as recorded, which is sorted.
function systemProfile(id: string, model: ModelFacts, region: string) {
  const prefix = splitProfileId(id).prefix ?? 'global';
  const to = destinations(prefix, region);
  const names = to.filter((name) => name !== '').join(', ');
  return {
    createdAt: made,
    description:
      prefix === 'global'
        ? `Routes requests to ${model.name} globally across all supported AWS Regions.`
        : `Routes requests to ${model.name} in ${names}.`,
    inferenceProfileArn: `arn:${partition(region)}:bedrock:${region}:${accountId}:inference-profile/${id}`,
    inferenceProfileId: id,
    inferenceProfileName: `${prefix === 'global' ? 'Global' : prefix.toUpperCase()} ${model.provider} ${model.name}`,
    models: to.map((destination) => ({ modelArn: foundationModelArn(destination, model.id) })),
    status: 'ACTIVE',
    type: 'SYSTEM_DEFINED',
    updatedAt: made,
  };
}

const profileArn = /^arn:aws[a-z-]*:bedrock:[a-z0-9-]+:\d{12}:application-inference-profile\/(.+)$/;

function applicationProfiles(core: Core, region: string) {
  return Object.entries(core.profiles).flatMap(([key, target]) => {
    const id = profileArn.exec(key)?.[1] ?? key;
    // Other kinds of ARN can be invoked, but are no inference profiles.
    return id.startsWith('arn:') ? [] : [applicationProfile(key, id, target, region)];
  });
}

function applicationProfile(key: string, id: string, target: ProfileTarget, region: string) {
  const { name = id, description = undefined } = typeof target === 'string' ? {} : target;
  const source = targetModel(target);
  const { prefix, baseId } = splitProfileId(source);
  const to = prefix === undefined ? [region] : destinations(prefix, region);
  return {
    createdAt: made,
    ...(description === undefined ? {} : { description }),
    inferenceProfileArn: key.startsWith('arn:')
      ? key
      : `arn:${partition(region)}:bedrock:${region}:${accountId}:application-inference-profile/${id}`,
    inferenceProfileId: id,
    inferenceProfileName: name,
    models: to.map((destination) => ({ modelArn: foundationModelArn(destination, baseId) })),
    status: 'ACTIVE',
    type: 'APPLICATION',
    updatedAt: made,
  };
}

function readToken(token: string | null): number {
  if (token === null) return 0;
  const place = /^from (\d{1,6})$/.exec(Buffer.from(token, 'base64').toString('latin1'))?.[1];
  if (place === undefined) throw validationError('The provided nextToken is invalid.');
  return Number(place);
}
