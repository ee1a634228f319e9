import { EventStreamCodec } from '@smithy/eventstream-codec';

/**
 * Event-stream bytes made and read with AWS's own codec, never with ours: what these tests compare with must not share
 * our misreadings.
 */
const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes as Uint8Array).toString('utf8'),
  (text) => Buffer.from(text, 'utf8'),
);

/** One frame of an event stream, read. */
export interface Frame {
  /** `:message-type`: `event` or `exception`. */
  readonly kind: string;
  /** `:event-type` or `:exception-type`. */
  readonly type: string;
  readonly payload: unknown;
}

/** One `chunk` of an invoke stream: a native event in its envelope, padded as Bedrock pads since 2025. */
export function chunkFrame(native: unknown, padding = 'abcdefghijk'): Uint8Array {
  const bytes = Buffer.from(JSON.stringify(native), 'utf8').toString('base64');
  return frame('event', 'chunk', { bytes, p: padding });
}

/** An exception in a stream, `throttlingException` for instance. */
export function exceptionFrame(type: string, message: string): Uint8Array {
  return frame('exception', type, { message });
}

function frame(kind: 'event' | 'exception', type: string, payload: unknown): Uint8Array {
  const text = (value: string) => ({ type: 'string', value }) as const;
  return codec.encode({
    headers: {
      [`:${kind}-type`]: text(type),
      ':content-type': text('application/json'),
      ':message-type': text(kind),
    },
    body: Buffer.from(JSON.stringify(payload), 'utf8'),
  });
}

/** The frames of a whole body, each as its own bytes. */
export function splitFrames(body: Uint8Array): readonly Uint8Array[] {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const frames: Uint8Array[] = [];
  for (let at = 0; at < body.byteLength; at += view.getUint32(at)) {
    frames.push(body.subarray(at, at + view.getUint32(at)));
  }
  return frames;
}

/** Every frame of a whole body; throws on a wrong checksum and on a cut. */
export function readFrames(body: Uint8Array): readonly Frame[] {
  return splitFrames(body).map((bytes) => {
    const message = codec.decode(bytes);
    const kind = String(message.headers[':message-type']?.value);
    const type = String(message.headers[`:${kind}-type`]?.value);
    return { kind, type, payload: JSON.parse(Buffer.from(message.body).toString('utf8')) };
  });
}

/** The native events inside an invoke stream's chunks, each as its own JSON text. */
export function chunkTexts(body: Uint8Array): readonly string[] {
  return readFrames(body)
    .filter(({ type }) => type === 'chunk')
    .map(({ payload }) => Buffer.from((payload as { bytes: string }).bytes, 'base64').toString('utf8'));
}

/** The native events inside an invoke stream's chunks. */
export function nativeEvents(body: Uint8Array): readonly Record<string, unknown>[] {
  return chunkTexts(body).map((text) => JSON.parse(text) as Record<string, unknown>);
}

const metrics = { inputTokenCount: 12, outputTokenCount: 9, invocationLatency: 800, firstByteLatency: 300 };

/** Claude's events for an answer whose text comes in `deltas`. */
export function claudeEvents(deltas: readonly string[]): readonly Record<string, unknown>[] {
  return claudeAnswer(
    { type: 'text', text: '' },
    deltas.map((text) => ({ type: 'text_delta', text })),
    'end_turn',
  );
}

/** Claude's events for the call of a tool whose arguments, as JSON, come in `pieces`. */
export function claudeToolEvents(
  name: string,
  pieces: readonly string[],
): readonly Record<string, unknown>[] {
  return claudeAnswer(
    { type: 'tool_use', id: 'toolu_bdrk_handmade', name, input: {} },
    pieces.map((piece) => ({ type: 'input_json_delta', partial_json: piece })),
    'tool_use',
  );
}

function claudeAnswer(
  block: object,
  deltas: readonly object[],
  stopReason: string,
): readonly Record<string, unknown>[] {
  return [
    {
      type: 'message_start',
      message: {
        id: 'msg_bdrk_handmade',
        type: 'message',
        role: 'assistant',
        model: 'claude-haiku-4-5-20251001',
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: {
          input_tokens: 12,
          cache_creation_input_tokens: 0,
          cache_read_input_tokens: 0,
          output_tokens: 1,
        },
      },
    },
    { type: 'content_block_start', index: 0, content_block: block },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index: 0, delta })),
    { type: 'content_block_stop', index: 0 },
    {
      type: 'message_delta',
      delta: { stop_reason: stopReason, stop_sequence: null },
      usage: { output_tokens: 9 },
    },
    { type: 'message_stop', 'amazon-bedrock-invocationMetrics': metrics },
  ];
}

/** Llama's chunks for an answer whose text comes in `deltas`; the last one still carries text, as recorded. */
export function llamaEvents(deltas: readonly string[]): readonly Record<string, unknown>[] {
  return deltas.map((generation, index) => ({
    generation,
    prompt_token_count: index === 0 ? 23 : null,
    generation_token_count: index + 1,
    stop_reason: index === deltas.length - 1 ? 'stop' : null,
    ...(index === deltas.length - 1 && { 'amazon-bedrock-invocationMetrics': metrics }),
  }));
}

/** A whole body of an invoke stream. */
export function streamBody(events: readonly unknown[]): Uint8Array {
  return Buffer.concat(events.map((event) => chunkFrame(event)));
}

/** Claude's whole answer (InvokeModel). */
export function claudeWhole(text: string): Record<string, unknown> {
  return {
    id: 'msg_bdrk_handmade',
    type: 'message',
    role: 'assistant',
    model: 'claude-haiku-4-5-20251001',
    content: [{ type: 'text', text }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 12, output_tokens: 9 },
  };
}

/** Llama's whole answer (InvokeModel). */
export function llamaWhole(text: string): Record<string, unknown> {
  return { generation: text, prompt_token_count: 23, generation_token_count: 9, stop_reason: 'stop' };
}

/**
 * The text of a native answer: Claude's (events or a whole message; the old text completion too) or Llama's. Written
 * for these tests alone, from the recorded bodies.
 */
export function nativeText(native: Record<string, unknown>): string {
  if (typeof native.generation === 'string') return native.generation;
  if (typeof native.completion === 'string') return native.completion;
  if (Array.isArray(native.content)) {
    return (native.content as { type: string; text?: string }[])
      .map((block) => (block.type === 'text' ? block.text : ''))
      .join('');
  }
  const delta = native.delta as { type?: string; text?: string } | undefined;
  return native.type === 'content_block_delta' && delta?.type === 'text_delta' ? (delta.text ?? '') : '';
}
