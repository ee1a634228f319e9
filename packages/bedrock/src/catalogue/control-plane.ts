import { StreambedError } from '@streambed/protocol';
import { type Answer, ask } from '../ask.ts';
import type { Client } from '../client.ts';
import type { Fields } from '../families/chunk.ts';
import { awsEndpoint, type Endpoint, parseEndpoint, pathSegment } from '../http/endpoint.ts';
import type { Target } from '../models/resolve-model.ts';
import {
  type OfferedModel,
  type OfferedProfile,
  type Offers,
  offeredModel,
  offeredProfile,
} from './offers.ts';

/** Lists are for people and pickers: nobody waits longer than this for one. */
const listMs = 10_000;
const maxListBytes = 8 * 1024 * 1024;
const maxPages = 20;

/** Where the control plane of `region` is; `undefined` when the runtime is somebody else's and none is named. */
export function controlEndpoint({ options }: Client, region: string): Endpoint | undefined {
  const { endpoint, fips = false, dualStack = false } = options;
  if (options.controlEndpoint !== undefined) return parseEndpoint(options.controlEndpoint);
  if (endpoint !== undefined) return undefined;
  return parseEndpoint(awsEndpoint({ service: 'bedrock', region, fips, dualStack }));
}

/**
 * ListFoundationModels and ListInferenceProfiles of the client's own region and account. One of the two may fail: what
 * the other says counts, and `missing` says why. Throws `StreambedError` when both do.
 */
export async function listOffers(client: Client, signal: AbortSignal): Promise<Offers> {
  const { region } = client.options;
  const [models, profiles] = await Promise.allSettled([
    listModels(client, signal),
    listProfiles(client, signal),
  ]);
  if (models.status === 'rejected' && profiles.status === 'rejected') throw models.reason;
  const failed = [models, profiles].flatMap((it) => (it.status === 'rejected' ? [it.reason] : []));
  const list = profiles.status === 'fulfilled' ? profiles.value : undefined;
  return {
    region,
    at: client.now(),
    models:
      models.status === 'fulfilled' ? new Map(models.value.map((model) => [model.id, model])) : undefined,
    profiles: list === undefined ? undefined : new Map(list.map((profile) => [profile.id, profile])),
    arns: new Map((list ?? []).map((profile) => [profile.arn, profile])),
    missing: failed.map((error) => StreambedError.from(error).message),
  };
}

/** The base model id behind an application inference profile. Throws `StreambedError`. */
export async function getModelBehind(
  arn: string,
  at: { readonly region: string; readonly account: string | undefined },
  client: Client,
  signal: AbortSignal,
): Promise<string> {
  const { fields } = await get(client, 'GetInferenceProfile', `/inference-profiles/${pathSegment(arn)}`, {
    ...at,
    id: arn,
    signal,
  });
  const [model, ...others] = offeredProfile({ ...fields, status: undefined })?.models ?? [];
  if (model === undefined || others.length > 0) {
    throw new StreambedError(
      'SB_UPSTREAM_UNEXPECTED',
      `The control plane names ${model === undefined ? 'no model' : 'several models'} behind ${arn}. Name the one that is meant in the configuration: models: { "${arn}": { model: … } }.`,
    );
  }
  return model;
}

/** Not paged. */
async function listModels(client: Client, signal: AbortSignal): Promise<readonly OfferedModel[]> {
  const { fields } = await get(client, 'ListFoundationModels', '/foundation-models', own(client, signal));
  return list(fields.modelSummaries).flatMap((summary) => offeredModel(summary) ?? []);
}

/** All pages of each kind. */
export async function listProfiles(
  client: Client,
  signal: AbortSignal,
  kinds: readonly ('SYSTEM_DEFINED' | 'APPLICATION')[] = ['SYSTEM_DEFINED', 'APPLICATION'],
): Promise<readonly OfferedProfile[]> {
  const found: OfferedProfile[] = [];
  for (const type of kinds) {
    let token: unknown;
    for (let page = 0; page < maxPages; page++) {
      const query: Record<string, string> = {
        maxResults: '1000',
        type,
        ...(typeof token === 'string' && { nextToken: token }),
      };
      const { fields } = await get(client, 'ListInferenceProfiles', '/inference-profiles', {
        ...own(client, signal),
        query,
      });
      found.push(
        ...list(fields.inferenceProfileSummaries).flatMap((summary) => offeredProfile(summary) ?? []),
      );
      token = fields.nextToken;
      if (typeof token !== 'string') break;
    }
  }
  return found;
}

/** A question to the control plane of a region, answered whole. */
export interface Where {
  readonly region: string;
  readonly account: string | undefined;
  /** What is asked about, for errors. */
  readonly id: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

function own(client: Client, signal: AbortSignal): Where {
  return { region: client.options.region, account: undefined, id: 'the models of this account', signal };
}

/** Throws `SB_UNSUPPORTED` where no control plane is known, or what `ask` throws. */
export async function get(client: Client, operation: string, path: string, where: Where): Promise<Answer> {
  const { region, account, id, query, headers, signal } = where;
  const endpoint = controlEndpoint(client, region);
  if (endpoint === undefined) {
    throw new StreambedError(
      'SB_UNSUPPORTED',
      'Not asked: no control-plane endpoint is set (AWS_ENDPOINT_URL_BEDROCK).',
    );
  }
  const target: Target = { id, region, account, model: { id, facts: undefined } };
  return ask(
    {
      method: 'GET',
      endpoint,
      path,
      ...(query !== undefined && { query }),
      ...(headers !== undefined && { headers }),
      target,
      action: `bedrock:${operation}`,
      signal,
      totalMs: listMs,
      maxBytes: maxListBytes,
    },
    client,
  );
}

function list(value: Fields[string]): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
