import { type ContentBlock, type MessagesRequest, StreambedError } from '@streambed/protocol';
import type { AliasOptions } from './options.ts';

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
export function checkRelayGuardrail(
  api: 'invoke' | 'converse',
  headers: Readonly<Record<string, string>>,
  body: string | Uint8Array,
  { id, version }: Guardrail,
): void {
  const fail = (what: string) => {
    throw new StreambedError('SB_BAD_REQUEST', `This model name has a guardrail of its own${what}`, {
      field: 'model',
    });
  };
  if (api === 'converse') fail(', which cannot be put into a body that is only relayed. Use invoke.');
  const asked = headers['x-amzn-bedrock-guardrailidentifier'] ?? id;
  const askedVersion = headers['x-amzn-bedrock-guardrailversion'] ?? version;
  if (asked !== id || askedVersion !== version) fail(', which a request cannot replace. Leave it out.');
  const text = typeof body === 'string' ? body : Buffer.from(body).toString('utf8');
  // Any spelling of the key in JSON, escapes and all, is met after parsing only.
  if (/\\u|amazon-bedrock-/i.test(text) && holdsBedrockKeys(text)) {
    fail(': the body may not say how it works (amazon-bedrock-…). Leave that out.');
  }
}

function holdsBedrockKeys(json: string): boolean {
  try {
    const value: unknown = JSON.parse(json);
    return Object.keys(value ?? {}).some((key) => /^amazon-bedrock-/i.test(key));
  } catch {
    return true;
  }
}
