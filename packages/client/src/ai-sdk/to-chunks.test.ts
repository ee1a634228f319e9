import { emptyMessage, type GenerationEvent } from '@streambed/protocol';
import { readUIMessageStream, type UIMessage, type UIMessageChunk } from 'ai';
import { expect, test } from 'vitest';
import type { ReadEvent } from '../event-queue.ts';
import { chunksOf } from './to-chunks.ts';
import { toMessages } from './to-messages.ts';

/** What the SDK itself makes of our chunks. */
async function read(events: readonly ReadEvent[]): Promise<UIMessage | undefined> {
  const toChunks = chunksOf('m1');
  const stream = new ReadableStream<UIMessageChunk>({
    start(controller) {
      for (const event of events) for (const chunk of toChunks(event)) controller.enqueue(chunk);
      controller.close();
    },
  });
  let last: UIMessage | undefined;
  for await (const message of readUIMessageStream({ stream, terminateOnError: true })) last = message;
  return last;
}

const start: GenerationEvent = { type: 'message_start', message: emptyMessage };
const block = (index: number, content_block: object, ...deltas: object[]): GenerationEvent[] => [
  { type: 'content_block_start', index, content_block } as GenerationEvent,
  ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta }) as GenerationEvent),
  { type: 'content_block_stop', index },
];
const text = (index: number, ...pieces: string[]) =>
  block(index, { type: 'text', text: '' }, ...pieces.map((piece) => ({ type: 'text_delta', text: piece })));
const stop: GenerationEvent = {
  type: 'generation_stop',
  state: 'completed',
  stop_reason: 'end_turn',
  usage: { output_tokens: 3 },
  cost: { status: 'unknown' },
  timing: { total_ms: 1 },
};

test('thinking, text and a tool call become the SDK’s parts, and go back as what they were', async () => {
  const message = await read([
    start,
    ...block(
      0,
      { type: 'thinking', thinking: '' },
      { type: 'thinking_delta', thinking: 'hm' },
      { type: 'signature_delta', signature: 'sig' },
    ),
    ...text(1, 'Hel', 'lo'),
    ...block(
      2,
      { type: 'tool_use', id: 't1', name: 'clock', input: {} },
      { type: 'input_json_delta', partial_json: '{"zone":' },
      { type: 'input_json_delta', partial_json: '"UTC"}' },
    ),
    stop,
  ]);
  expect(message).toMatchObject({
    id: 'm1',
    metadata: { usage: { output_tokens: 3 } },
    parts: [
      { type: 'step-start' },
      { type: 'reasoning', text: 'hm' },
      { type: 'text', text: 'Hello', state: 'done' },
      { type: 'tool-clock', toolCallId: 't1', state: 'input-available', input: { zone: 'UTC' } },
    ],
  });
  const answered = {
    ...message,
    parts: message?.parts.map((part) =>
      part.type === 'tool-clock' ? { ...part, state: 'output-available', output: { now: 12 } } : part,
    ),
  } as UIMessage;
  const question: UIMessage = { id: 'q', role: 'user', parts: [{ type: 'text', text: 'When?' }] };
  expect(toMessages([question, answered]).messages).toEqual([
    { role: 'user', content: [{ type: 'text', text: 'When?' }] },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'hm', signature: 'sig' },
        { type: 'text', text: 'Hello' },
        { type: 'tool_use', id: 't1', name: 'clock', input: { zone: 'UTC' } },
      ],
    },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content: '{"now":12}' }] },
  ]);
});

test('after a reset the SDK shows the answer once', async () => {
  const message = await read([start, ...text(0, 'old'), { type: 'reset' }, start, ...text(0, 'new'), stop]);
  expect(message?.parts.filter((part) => part.type === 'text').map((part) => part.text)).toEqual(['new']);
});

test('pictures, documents and instructions find their places', () => {
  const file = (mediaType: string, url: string) => ({ type: 'file' as const, mediaType, url });
  const messages: UIMessage[] = [
    { id: 's', role: 'system', parts: [{ type: 'text', text: 'Be short.' }] },
    {
      id: 'u',
      role: 'user',
      parts: [
        file('image/png', 'data:image/png;base64,AAAA'),
        file('application/pdf', 'https://x.test/a.pdf'),
        { type: 'text', text: 'What is this?' },
      ],
    },
  ];
  expect(toMessages(messages)).toEqual({
    system: 'Be short.',
    messages: [
      {
        role: 'user',
        content: [
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
          { type: 'document', source: { type: 'url', url: 'https://x.test/a.pdf' } },
          { type: 'text', text: 'What is this?' },
        ],
      },
    ],
  });
});
