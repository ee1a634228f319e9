import {
  type AssistantMessage,
  type EncodedEvent,
  type EventItem,
  emptyMessage,
  eventsOf,
  fold,
  type GenerationStop,
  type MessagesRequest,
} from '@streambed/protocol';
import type { Exchange } from '../../../test/support/replay-server.ts';
import { type Bedrock, type BedrockOptions, createBedrock } from '../src/index.ts';

/** What a generation came to. */
export interface Outcome {
  readonly batches: readonly (readonly EncodedEvent[])[];
  readonly message: AssistantMessage;
  readonly text: string;
  readonly stop: GenerationStop;
}

/** A client for a test server: fixed keys, no waiting between retries. */
export function clientAt(url: string, more: Partial<BedrockOptions> = {}): Bedrock {
  return createBedrock({
    region: 'us-east-1',
    credentials: { kind: 'static', accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    endpoint: url,
    random: () => 0,
    ...more,
  });
}

export const hello: MessagesRequest = {
  model: 'anthropic',
  max_tokens: 64,
  messages: [{ role: 'user', content: 'Hi' }],
};

/** How the tests call `generate`, unless they say more. */
export const calling = { generation: 'gen_test', signal: new AbortController().signal };

/** Reads a generation to its end; `onBatch` is called for each batch as it comes. */
export async function collect(
  generation: AsyncIterable<readonly EventItem[]>,
  onBatch: (batch: readonly EncodedEvent[]) => void = () => {},
): Promise<Outcome> {
  const batches: (readonly EncodedEvent[])[] = [];
  for await (const items of generation) {
    const batch = eventsOf(items);
    batches.push(batch);
    onBatch(batch);
  }
  const events = batches.flat().map(({ event }) => event);
  const stops = events.filter((event) => event.type === 'generation_stop');
  const stop = stops[0];
  if (stop === undefined || stops.length > 1 || stop !== events.at(-1)) {
    throw new Error(`expected exactly one generation_stop, at the end: ${events.map(({ type }) => type)}`);
  }
  const message = events.reduce((so_far, event) => fold(so_far, event), emptyMessage);
  const text = message.content.map((block) => (typeof block.text === 'string' ? block.text : '')).join('');
  return { batches, message, text, stop };
}

/** An event stream as an answer. */
export function streamAnswer(body: Uint8Array, more: Partial<Exchange> = {}): Exchange {
  const headers = {
    'Content-Type': 'application/vnd.amazon.eventstream',
    'x-amzn-RequestId': '11111111-1111-4111-8111-111111111111',
  };
  return { status: 200, headers, body, ...more };
}
