import { type Fields, isFields } from './families/chunk.ts';
import { withConverseGuardrail } from './guardrail.ts';
import { keepNumbers } from './keep-numbers.ts';
import type { AliasOptions } from './options.ts';

type Body = string | Uint8Array;

/** AWS takes so many pairs. */
const maxMetadata = 16;

/**
 * A Converse body on its way: with our metadata for AWS's invocation log, which Converse wants in the body, and with the
 * guardrail of its alias. What else it says stays as it was written. Throws what `withConverseGuardrail` refuses.
 */
export function relayedConverse(
  body: Body,
  metadata: Readonly<Record<string, string>>,
  guardrail: AliasOptions['guardrail'],
): Body {
  const text = typeof body === 'string' ? body : Buffer.from(body).toString('utf8');
  if (guardrail === undefined && !mayHold(text, 'requestMetadata')) return spliced(text, body, metadata);
  const fields = parse(text);
  // AWS says what is wrong with it.
  if (fields === undefined) return body;
  const guarded = guardrail === undefined ? fields : withConverseGuardrail(fields, guardrail);
  return JSON.stringify({ ...guarded, ...joined(guarded.requestMetadata, metadata) });
}

/** Whether an object's text may hold a key: escapes could spell anything. */
function mayHold(text: string, key: string): boolean {
  return text.includes(key) || text.includes('\\u');
}

/** Puts ours before all else, so that a long body need not be parsed. */
function spliced(text: string, body: Body, metadata: Readonly<Record<string, string>>): Body {
  const start = /^\s*\{(?=\s*")/.exec(text)?.[0];
  if (start === undefined) return body;
  return `${start}"requestMetadata":${JSON.stringify(metadata)},${text.slice(start.length)}`;
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
