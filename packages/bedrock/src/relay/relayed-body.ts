import { type Fields, isFields } from '../families/chunk.ts';
import { withConverseGuardrail } from '../guardrails/guardrail.ts';
import { keepNumbers } from '../keep-numbers.ts';
import type { AliasOptions } from '../options.ts';

type Body = string | Uint8Array;

/** AWS takes so many pairs. */
const maxMetadata = 16;

/** An object's first key is looked for among so many bytes. */
const maxStart = 256;

/**
 * A Converse body on its way: with our metadata for AWS's invocation log, which Converse wants in the body, and with the
 * guardrail of its alias. What else it says stays as it was written. Throws what `withConverseGuardrail` refuses.
 */
export function relayedConverse(
  body: Body,
  metadata: Readonly<Record<string, string>>,
  guardrail: AliasOptions['guardrail'],
): Body {
  const bytes =
    typeof body === 'string' ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.length);
  if (guardrail === undefined && !mayHold(bytes, 'requestMetadata')) return spliced(bytes, metadata);
  const fields = parse(bytes.toString('utf8'));
  // AWS says what is wrong with it.
  if (fields === undefined) return body;
  const guarded = guardrail === undefined ? fields : withConverseGuardrail(fields, guardrail);
  return JSON.stringify({ ...guarded, ...joined(guarded.requestMetadata, metadata) });
}

/** Whether an object's text may hold a key: escapes could spell anything. */
function mayHold(bytes: Buffer, key: string): boolean {
  return bytes.includes(key) || bytes.includes('\\u');
}

/** Puts ours before all else: a long body is neither parsed nor even made a string for it. */
function spliced(bytes: Buffer, metadata: Readonly<Record<string, string>>): Body {
  const start = /^\s*\{(?=\s*")/.exec(bytes.toString('latin1', 0, maxStart))?.[0];
  if (start === undefined) return bytes;
  const ours = Buffer.from(`"requestMetadata":${JSON.stringify(metadata)},`);
  return Buffer.concat([bytes.subarray(0, start.length), ours, bytes.subarray(start.length)]);
}

/** Ours join the caller's own, where there is room. */
function joined(own: unknown, ours: Readonly<Record<string, string>>): Fields {
  if (own !== undefined && !isFields(own)) return {};
  const all = { ...own, ...ours };
  return Object.keys(all).length > maxMetadata ? {} : { requestMetadata: all };
}

function parse(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text, keepNumbers);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
