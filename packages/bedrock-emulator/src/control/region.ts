import type { ProfilePrefix } from '@streambed/model-facts';
import type { Core } from '../core.ts';
import type { ReceivedRequest } from '../ledger.ts';
import { parseSigV4 } from '../sigv4.ts';

/** The account that owns what this Bedrock lists: AWS's own example. */
export const accountId = '123456789012';

/** The region a request is for: its signature's, else the emulator's. */
export function regionOf({ headers }: ReceivedRequest, core: Core): string {
  return parseSigV4(headers.authorization ?? '')?.region ?? core.region;
}

export function foundationModelArn(region: string, modelId: string): string {
  return `arn:${partition(region)}:bedrock:${region}::foundation-model/${modelId}`;
}

export function partition(region: string): string {
  if (region.startsWith('us-gov-')) return 'aws-us-gov';
  return region.startsWith('cn-') ? 'aws-cn' : 'aws';
}

/** Regions an inference profile routes to; AWS's lists differ from model to model, these are their common core. */
const geographies: Readonly<Record<Exclude<ProfilePrefix, 'global'>, readonly string[]>> = {
  us: ['us-east-1', 'us-east-2', 'us-west-2'],
  'us-gov': ['us-gov-east-1', 'us-gov-west-1'],
  eu: ['eu-central-1', 'eu-north-1', 'eu-west-1', 'eu-west-3'],
  apac: ['ap-northeast-1', 'ap-northeast-2', 'ap-south-1', 'ap-southeast-1', 'ap-southeast-2'],
  jp: ['ap-northeast-1', 'ap-northeast-3'],
  au: ['ap-southeast-2', 'ap-southeast-4'],
  ca: ['ca-central-1', 'ca-west-1'],
  in: ['ap-south-1', 'ap-south-2'],
};

/** The regions behind a prefix, seen from `region`. A `global.` profile names no region, and its own (recorded). */
export function destinations(prefix: ProfilePrefix, region: string): readonly string[] {
  return prefix === 'global' ? ['', region] : geographies[prefix];
}

/** Whether profiles of this prefix can be called from a region. */
export function reaches(prefix: ProfilePrefix, region: string): boolean {
  if (prefix === 'global') return !region.startsWith('us-gov-') && !region.startsWith('cn-');
  if (prefix === 'us' || prefix === 'eu')
    return region.startsWith(`${prefix}-`) && !region.startsWith('us-gov-');
  return geographies[prefix].includes(region);
}
