import { splitProfileId } from '@streambed/model-facts';

/** What a Bedrock model id says by itself. */
export type ModelId =
  | { readonly kind: 'base'; readonly id: string; readonly base: string }
  | { readonly kind: 'profile'; readonly id: string; readonly base: string; readonly prefix: string }
  | {
      readonly kind: 'arn';
      readonly id: string;
      readonly region: string;
      /** `foundation-model`, `inference-profile`, `application-inference-profile`, `provisioned-model`, … */
      readonly resource: string;
      /** The base model id; absent when the ARN is opaque (an application profile, a provisioned model, …). */
      readonly base: string | undefined;
    };

// A region is checked strictly: it becomes part of a host name.
const regionPattern = /^[a-z]{2,4}(?:-[a-z]{2,12})+-\d{1,2}$/;
const arnPattern = /^arn:aws(?:-[a-z]+)*:bedrock:([a-z0-9-]*):(\d{12})?:([a-z-]+)\/([A-Za-z0-9._:/-]+)$/;
const basePattern = /^[a-z0-9-]+\.[A-Za-z0-9._:-]+$/;

/** Whether `region` is shaped like an AWS region, `eu-central-1`. */
export function isRegion(region: string): boolean {
  return regionPattern.test(region);
}

/** Reads a model id, an inference profile id or an ARN; `undefined` for anything else (an alias, a typing error). */
export function parseModelId(id: string): ModelId | undefined {
  if (id.startsWith('arn:')) return parseArn(id);
  if (!basePattern.test(id)) return undefined;
  const { prefix, baseId } = splitProfileId(id);
  return prefix === undefined
    ? { kind: 'base', id, base: id }
    : { kind: 'profile', id, base: baseId, prefix };
}

function parseArn(id: string): ModelId | undefined {
  const match = arnPattern.exec(id);
  if (match === null) return undefined;
  const [, region = '', , resource = '', name = ''] = match;
  if (!isRegion(region)) return undefined;
  return { kind: 'arn', id, region, resource, base: baseOf(resource, name) };
}

/** Only these two kinds of ARN hold the model's own id. */
function baseOf(resource: string, name: string): string | undefined {
  if (resource === 'foundation-model') return name;
  if (resource === 'inference-profile') return splitProfileId(name).baseId;
  return undefined;
}
