import type { MessagesRequest } from '@streambed/protocol';
import type * as converse from './types.ts';
import { refuse, unsupported, type Writing } from './writing.ts';

/** What the answer must look like. */
export function toOutputConfig(
  request: MessagesRequest,
  writing: Writing,
): converse.ConverseRequest['outputConfig'] {
  const { format } = request.output_config ?? {};
  if (format === undefined || format === null) return undefined;
  const at = 'output_config.format';
  if (format.type !== 'json_schema')
    unsupported(`${at}.type`, `expected json_schema, got ${JSON.stringify(format.type)}`);
  if (writing.model.facts?.structuredOutput === false) {
    unsupported(at, `${writing.model.id} can't be held to a schema`);
  }
  const { schema, name, description } = format;
  return {
    textFormat: {
      type: 'json_schema',
      structure: {
        jsonSchema: {
          // A string here, where every other schema of Converse is an object.
          schema: JSON.stringify(schema),
          ...(typeof name === 'string' && { name }),
          ...(typeof description === 'string' && { description }),
        },
      },
    },
  };
}

const maxMetadata = 16;

/** The request's `bedrock` object. `ours` goes to the invocation log beside the caller's own metadata. */
export function bedrockFields(
  request: MessagesRequest,
  ours: Readonly<Record<string, string>>,
): Partial<converse.ConverseRequest> {
  const said = request.bedrock ?? {};
  const { guardrail, latency, service_tier: tier } = said;
  const metadata = { ...said.request_metadata, ...ours };
  const paths = said.additional_response_field_paths ?? [];
  const variables = Object.entries(said.prompt_variables ?? {});
  if (Object.keys(metadata).length > maxMetadata) {
    refuse('bedrock.request_metadata', `at most ${maxMetadata} entries are taken, ours included`);
  }
  return {
    ...(guardrail !== undefined && { guardrailConfig: toGuardrail(guardrail) }),
    ...(paths.length > 0 && { additionalModelResponseFieldPaths: paths }),
    ...(variables.length > 0 && {
      promptVariables: Object.fromEntries(variables.map(([name, text]) => [name, { text }])),
    }),
    ...(Object.keys(metadata).length > 0 && { requestMetadata: metadata }),
    ...(latency !== undefined && { performanceConfig: { latency } }),
    ...(tier !== undefined && { serviceTier: { type: tier } }),
  };
}

function toGuardrail(
  guardrail: NonNullable<NonNullable<MessagesRequest['bedrock']>['guardrail']>,
): NonNullable<converse.ConverseRequest['guardrailConfig']> {
  const { id, version, trace, stream_processing_mode: mode } = guardrail;
  return {
    guardrailIdentifier: id,
    guardrailVersion: version,
    ...(trace !== undefined && { trace }),
    ...(mode !== undefined && { streamProcessingMode: mode }),
  };
}
