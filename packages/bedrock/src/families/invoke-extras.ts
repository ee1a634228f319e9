import { type BedrockRequest, StreambedError } from '@streambed/protocol';
import type { Fields } from './chunk.ts';

/** What stands beside a native body on the invoke operations. */
export interface InvokeExtras {
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Fields of the model's own that the caller wants in the body. */
  readonly fields: Fields;
}

/** AWS's limit of the request metadata header, in letters. */
const maxMetadataLength = 8500;

/**
 * What only Bedrock has, as the invoke operations carry it: in headers. `metadata` joins the caller's own. Throws
 * `SB_UNSUPPORTED` for what only Converse carries: a guardrail setting left out in silence would be a hole.
 */
export function invokeExtras(
  bedrock: BedrockRequest | undefined,
  metadata: Readonly<Record<string, string>>,
): InvokeExtras {
  const {
    api: _,
    guardrail,
    latency,
    service_tier,
    request_metadata,
    additional_request_fields,
    ...rest
  } = bedrock ?? {};
  const other = Object.keys(rest)[0];
  if (other !== undefined) throw onlyConverse(other);
  if (guardrail?.stream_processing_mode !== undefined) throw onlyConverse('guardrail.stream_processing_mode');
  for (const [field, value] of Object.entries({
    'guardrail.id': guardrail?.id,
    'guardrail.version': guardrail?.version,
    latency,
    service_tier,
  })) {
    if (value !== undefined && !/^[\x21-\x7e]+$/.test(value)) throw noHeaderValue(field);
  }
  const about = headerSafe(JSON.stringify({ ...request_metadata, ...metadata }));
  if (about.length > maxMetadataLength) {
    throw new StreambedError(
      'SB_BAD_REQUEST',
      `request.bedrock.request_metadata: expected less, AWS takes ${maxMetadataLength} letters of JSON`,
      {
        field: 'request.bedrock.request_metadata',
      },
    );
  }
  return {
    headers: {
      ...(guardrail !== undefined && {
        'x-amzn-bedrock-guardrailidentifier': guardrail.id,
        'x-amzn-bedrock-guardrailversion': guardrail.version,
      }),
      ...(guardrail?.trace !== undefined && { 'x-amzn-bedrock-trace': guardrail.trace.toUpperCase() }),
      ...(latency !== undefined && { 'x-amzn-bedrock-performanceconfig-latency': latency }),
      ...(service_tier !== undefined && { 'x-amzn-bedrock-service-tier': service_tier }),
      ...(about !== '{}' && { 'x-amzn-bedrock-request-metadata': about }),
    },
    fields: additional_request_fields ?? {},
  };
}

function onlyConverse(field: string): StreambedError {
  return new StreambedError(
    'SB_UNSUPPORTED',
    `bedrock.${field} can't go beside a native body. Leave it out, or call the model by Converse (bedrock.api: "converse").`,
    { field: `request.bedrock.${field}` },
  );
}

/** JSON as a header may hold it: what isn't ASCII is written as \\u escapes, which mean the same. */
function headerSafe(json: string): string {
  return json.replace(
    /[\x7f-\uffff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function noHeaderValue(name: string): StreambedError {
  const field = `request.bedrock.${name}`;
  return new StreambedError('SB_BAD_REQUEST', `${field}: expected letters that a header can hold`, { field });
}
