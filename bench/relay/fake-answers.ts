import { encodeMessage } from '@streambed/event-stream';
import { answerOf, mark, stampedToken, token } from './tokens.ts';

/** How an operation says an answer: its event-stream messages, and the body of a whole answer. */
export interface Speech {
  readonly head: readonly Uint8Array[];
  token(text: string): Uint8Array;
  tail(tokens: number): readonly Uint8Array[];
  whole(tokens: number): string;
}

const padding = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/**
 * One message, padded as Bedrock pads, to hide the length of what is said. A checksum may happen to look like the mark
 * that readers count: then with other padding.
 */
function message(type: string, body: object, marks = 0): Uint8Array {
  for (;;) {
    padded = (padded + 17) % padding.length;
    const bytes = encodeMessage({
      headers: {
        ':event-type': { type: 'string', value: type },
        ':content-type': { type: 'string', value: 'application/json' },
        ':message-type': { type: 'string', value: 'event' },
      },
      body: Buffer.from(JSON.stringify({ ...body, p: padding.slice(0, padded + 1) })),
    });
    if (marksIn(bytes) === marks) return bytes;
  }
}
let padded = 0;

function marksIn(bytes: Uint8Array): number {
  return Buffer.from(bytes).toString('latin1').split(mark.toString()).length - 1;
}

/** Claude's own stream, wrapped as InvokeModelWithResponseStream wraps it. */
const claude: Speech = {
  head: [
    chunk({
      type: 'message_start',
      message: {
        model: 'claude-haiku-4-5-20251001',
        id: 'msg_bdrk_01BenchBenchBenchBenchBe',
        type: 'message',
        role: 'assistant',
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
    }),
    chunk({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
  ],
  token: (text) => chunk({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }),
  tail: (tokens) => [
    chunk({ type: 'content_block_stop', index: 0 }),
    chunk({
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: tokens },
    }),
    chunk({
      type: 'message_stop',
      'amazon-bedrock-invocationMetrics': {
        inputTokenCount: 12,
        outputTokenCount: tokens,
        invocationLatency: 1000,
        firstByteLatency: 100,
      },
    }),
  ],
  whole: (tokens) =>
    JSON.stringify({
      model: 'claude-haiku-4-5-20251001',
      id: 'msg_bdrk_01BenchBenchBenchBenchBe',
      type: 'message',
      role: 'assistant',
      content: [{ type: 'text', text: answerOf(tokens) }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: { input_tokens: 12, output_tokens: tokens },
    }),
};

function chunk(event: object): Uint8Array {
  return message('chunk', { bytes: Buffer.from(JSON.stringify(event)).toString('base64') });
}

/** ConverseStream's. */
const converse: Speech = {
  head: [message('messageStart', { role: 'assistant' })],
  token: (text) => message('contentBlockDelta', { contentBlockIndex: 0, delta: { text } }, 1),
  tail: (tokens) => [
    message('contentBlockStop', { contentBlockIndex: 0 }),
    message('messageStop', { stopReason: 'end_turn' }),
    message('metadata', {
      metrics: { latencyMs: 1000 },
      usage: { inputTokens: 12, outputTokens: tokens, totalTokens: 12 + tokens },
    }),
  ],
  whole: (tokens) =>
    JSON.stringify({
      metrics: { latencyMs: 1000 },
      output: { message: { role: 'assistant', content: [{ text: answerOf(tokens) }] } },
      stopReason: 'end_turn',
      usage: { inputTokens: 12, outputTokens: tokens, totalTokens: 12 + tokens },
    }),
};

/** What the operation of a path says; undefined for a path that isn't served. */
export function speechOf(path: string): { readonly speech: Speech; readonly streams: boolean } | undefined {
  const [, operation] = /\/model\/[^/]+\/([a-z-]+)$/.exec(path) ?? [];
  switch (operation) {
    case 'invoke':
    case 'invoke-with-response-stream':
      return { speech: claude, streams: operation !== 'invoke' };
    case 'converse':
    case 'converse-stream':
      return { speech: converse, streams: operation !== 'converse' };
    default:
      return undefined;
  }
}

/** One HTTP chunk. */
function httpChunk(bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
}

const lastChunk = Buffer.from('0\r\n\r\n');

/** Before the first token, and after the last: each message in an HTTP chunk of its own, as Bedrock sends them. */
export function headChunks(speech: Speech): Buffer {
  return Buffer.concat(speech.head.map(httpChunk));
}

export function tailChunks(speech: Speech, tokens: number): Buffer {
  return Buffer.concat([...speech.tail(tokens).map(httpChunk), lastChunk]);
}

/** A token that says when it was written, made now. */
export function stampedChunk(speech: Speech): Buffer {
  return httpChunk(speech.token(stampedToken()));
}

export function tokenChunk(speech: Speech, index: number): Buffer {
  return httpChunk(speech.token(token(index)));
}

/** About what one TCP write of a busy server holds. */
const writeBytes = 16 * 1024;

/** A whole stream, made once, in writes of many chunks. */
export function flatWrites(speech: Speech, tokens: number): readonly Buffer[] {
  const chunks = [
    headChunks(speech),
    ...Array.from({ length: tokens }, (_, index) => tokenChunk(speech, index)),
    tailChunks(speech, tokens),
  ];
  const writes: Buffer[] = [];
  let gathered: Buffer[] = [];
  let size = 0;
  for (const bytes of chunks) {
    gathered.push(bytes);
    size += bytes.length;
    if (size < writeBytes) continue;
    writes.push(Buffer.concat(gathered));
    gathered = [];
    size = 0;
  }
  return [...writes, Buffer.concat(gathered)];
}
