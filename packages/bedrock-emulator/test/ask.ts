import { nativeEvents } from '../../../test/support/frames.ts';
import type { Emulator } from '../src/index.ts';

/** A model of today, one of the first Claude 3, one that needs nothing, and Llamas. */
export const haiku = 'us.anthropic.claude-haiku-4-5-20251001-v1:0';
export const oldHaiku = 'anthropic.claude-3-haiku-20240307-v1:0';
export const sonnet4 = 'us.anthropic.claude-sonnet-4-20250514-v1:0';
export const opus48 = 'us.anthropic.claude-opus-4-8';
export const llama3 = 'meta.llama3-8b-instruct-v1:0';

type Body = Readonly<Record<string, unknown>>;

/** A Messages body with one user message. */
export function messages(text: string, extra: Body = {}): Body {
  return {
    anthropic_version: 'bedrock-2023-05-31',
    max_tokens: 4000,
    messages: [{ role: 'user', content: text }],
    ...extra,
  };
}

/** One request over HTTP/1.1, accepted as any bearer key is. */
export function post(
  emulator: Emulator,
  modelId: string,
  operation: string,
  body: unknown,
  init: RequestInit = {},
): Promise<Response> {
  return fetch(`${emulator.url}/model/${encodeURIComponent(modelId)}/${operation}`, {
    method: 'POST',
    headers: { authorization: 'Bearer test', 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...init,
  });
}

/** InvokeModel, and the answer's JSON. */
export async function invoke(emulator: Emulator, modelId: string, body: unknown): Promise<Answer> {
  const response = await post(emulator, modelId, 'invoke', body);
  return { status: response.status, headers: response.headers, json: (await response.json()) as Json };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly json: Json;
}

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely here
export type Json = any;

/** What Claude says to a prompt, as one text. */
export async function said(emulator: Emulator, prompt: string, extra: Body = {}): Promise<string> {
  const { json } = await invoke(emulator, haiku, messages(prompt, extra));
  return (json.content as Json[]).map((block) => block.text ?? '').join('');
}

/** The bytes of a whole stream. */
export async function streamed(emulator: Emulator, modelId: string, body: unknown): Promise<Buffer> {
  const response = await post(emulator, modelId, 'invoke-with-response-stream', body);
  return Buffer.from(await response.arrayBuffer());
}

/** The native events of a whole stream; throws on a wrong checksum and on a cut. */
export async function events(emulator: Emulator, modelId: string, body: unknown): Promise<readonly Json[]> {
  return nativeEvents(await streamed(emulator, modelId, body));
}

/** The text of Claude's or Llama's events. */
export function textOf(all: readonly Json[]): string {
  return all.map((event) => event.delta?.text ?? event.generation ?? '').join('');
}
