import { type ContentBlock, type MessagesRequest, StreambedError } from '@streambed/protocol';
import { type Fields, isFields } from '../families/chunk.ts';
import type { AliasOptions } from '../options.ts';

type Guardrail = NonNullable<AliasOptions['guardrail']>;

/**
 * The request with the guardrail that its alias enforces. A caller's own must be the same one; it may ask for a trace.
 * Throws `SB_BAD_REQUEST` for whatever would take the guardrail away, replace it, run ahead of it, or turn its eyes
 * to a part of the conversation only.
 */
export function withGuardrail(request: MessagesRequest, enforced: Guardrail | undefined): MessagesRequest {
  if (enforced === undefined) return request;
  const own = request.bedrock?.guardrail;
  if (own !== undefined && (own.id !== enforced.id || own.version !== enforced.version)) {
    throw refuse('bedrock.guardrail', 'has a guardrail of its own, which a request cannot replace');
  }
  if (own?.stream_processing_mode === 'async') {
    throw refuse(
      'bedrock.guardrail.stream_processing_mode',
      'holds answers back until its guardrail has seen them',
    );
  }
  for (const [field, fields] of [
    ['', request],
    ['bedrock.additional_request_fields.', request.bedrock?.additional_request_fields ?? {}],
  ] as const) {
    const key = Object.keys(fields).find((name) => /^(amazon-bedrock-|guardrail)/i.test(name));
    if (key !== undefined) throw refuse(`${field}${key}`, 'has a guardrail of its own');
  }
  const narrowed = firstGuardContent(request);
  if (narrowed !== undefined) {
    throw refuse(narrowed, "has a guardrail that looks at everything; a block can't narrow that");
  }
  return { ...request, bedrock: { ...request.bedrock, guardrail: { ...own, ...enforced } } };
}

/** The path of the first block that tells a guardrail where to look: it would look at nothing else. */
function firstGuardContent({ system, messages }: MessagesRequest): string | undefined {
  const lists: (readonly [string, unknown])[] = [
    ['system', system],
    ...messages.map(({ content }, index) => [`messages[${index}].content`, content] as const),
  ];
  for (const [at, blocks] of lists) {
    if (!Array.isArray(blocks)) continue;
    const index = (blocks as readonly ContentBlock[]).findIndex(
      ({ type }) => type === 'streambed:guard_content',
    );
    if (index >= 0) return `${at}[${index}]`;
  }
  return undefined;
}

function refuse(field: string, what: string): StreambedError {
  const path = `request.${field}`;
  return new StreambedError('SB_BAD_REQUEST', `${path}: this model name ${what}. Leave it out.`, {
    field: path,
  });
}

/** A guardrail of the alias goes beside an invoke body; what the body itself says of guardrails would bend it. */
export function checkInvokeGuardrail(
  headers: Readonly<Record<string, string>>,
  body: string | Uint8Array,
  { id, version }: Guardrail,
): void {
  const asked = headers['x-amzn-bedrock-guardrailidentifier'] ?? id;
  const askedVersion = headers['x-amzn-bedrock-guardrailversion'] ?? version;
  if (asked !== id || askedVersion !== version) throw refuseRelay(', which a request cannot replace');
  const text = typeof body === 'string' ? body : Buffer.from(body).toString('utf8');
  // Any spelling of the key in JSON, escapes and all, is met after parsing only.
  if (/\\u|amazon-bedrock-/i.test(text) && holdsBedrockKeys(text)) {
    throw refuseRelay(': the body may not say how it works (amazon-bedrock-…)');
  }
}

/** The fields of a Converse body with the guardrail that its alias enforces. Throws as {@link withGuardrail} does. */
export function withConverseGuardrail(fields: Fields, { id, version }: Guardrail): Fields {
  const own = isFields(fields.guardrailConfig) ? fields.guardrailConfig : {};
  const { guardrailIdentifier = id, guardrailVersion = version, streamProcessingMode } = own;
  if (guardrailIdentifier !== id || guardrailVersion !== version) {
    throw refuseRelay(', which a request cannot replace');
  }
  if (streamProcessingMode === 'async') {
    throw refuseRelay(' that answers are held back for: no guardrailConfig.streamProcessingMode');
  }
  const additional = isFields(fields.additionalModelRequestFields) ? fields.additionalModelRequestFields : {};
  const bends = Object.keys(additional).find((key) => /^(amazon-bedrock-|guardrail)/i.test(key));
  if (bends !== undefined) throw refuseRelay(`: no additionalModelRequestFields.${bends}`);
  if (holdsGuardContent([fields.system, fields.messages])) {
    throw refuseRelay(" that looks at everything; a guardContent block can't narrow that");
  }
  return { ...fields, guardrailConfig: { ...own, guardrailIdentifier: id, guardrailVersion: version } };
}

function refuseRelay(what: string): StreambedError {
  const message = `This model name has a guardrail of its own${what}. Leave it out.`;
  return new StreambedError('SB_BAD_REQUEST', message, { field: 'model' });
}

/** Content blocks alone are looked at: a tool's arguments may have any key. */
function holdsGuardContent(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsGuardContent);
  if (!isFields(value)) return false;
  return value.guardContent !== undefined || holdsGuardContent(value.content);
}

function holdsBedrockKeys(json: string): boolean {
  try {
    const value: unknown = JSON.parse(json);
    return Object.keys(value ?? {}).some((key) => /^amazon-bedrock-/i.test(key));
  } catch {
    return true;
  }
}
