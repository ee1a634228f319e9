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
