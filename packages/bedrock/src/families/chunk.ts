import { StreambedError } from '@streambed/protocol';
import type { WireEvent } from './family.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** A native event of an invoke stream, and its JSON text as it came. */
export interface Chunk {
  readonly fields: Fields;
  readonly text: string;
}

/** Takes the native event out of `{"bytes": "<base64 of one JSON object>", "p": "<padding>"}`. */
export function openChunk({ type, payload }: WireEvent): Chunk | undefined {
  // A kind that a newer Bedrock sends beside chunks is none of the model's words.
  if (type !== 'chunk') return undefined;
  const { bytes } = parseFields(toText(payload));
  if (typeof bytes !== 'string') throw unexpected();
  const text = Buffer.from(bytes, 'base64').toString('utf8');
  return { fields: parseFields(text), text };
}

/** JSON text that must be an object. Throws `SB_UPSTREAM_UNEXPECTED`. */
export function parseFields(text: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw unexpected(cause);
  }
  if (!isFields(value)) throw unexpected();
  return value;
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What Bedrock adds under names of its own to a native event, and the event without it. */
export interface Split {
  readonly own: Fields;
  readonly metrics: Fields | undefined;
  /** `amazon-bedrock-guardrailAction`, `amazon-bedrock-trace`, … without the prefix; absent when there are none. */
  readonly bedrock: Fields | undefined;
}

const prefix = 'amazon-bedrock-';

/** Takes Bedrock's own keys out of an event; the same object comes back when it has none. */
export function splitBedrockFields(fields: Fields): Split {
  let found = false;
  for (const key in fields) found ||= key.startsWith(prefix);
  if (!found) return { own: fields, metrics: undefined, bedrock: undefined };
  const own: Record<string, unknown> = {};
  const bedrock: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields)) {
    if (key.startsWith(prefix)) bedrock[key.slice(prefix.length)] = value;
    else own[key] = value;
  }
  const { invocationMetrics, ...rest } = bedrock;
  return {
    own,
    metrics: isFields(invocationMetrics) ? invocationMetrics : undefined,
    bedrock: Object.keys(rest).length > 0 ? rest : undefined,
  };
}

export function unexpected(cause?: unknown): StreambedError {
  return new StreambedError('SB_UPSTREAM_UNEXPECTED', undefined, cause === undefined ? {} : { cause });
}

function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
