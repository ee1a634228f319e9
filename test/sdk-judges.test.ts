import {
  BedrockRuntimeClient,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { type Bedrock, createBedrock } from '@streambed/bedrock';
import { type Emulator, startEmulator } from '@streambed/bedrock-emulator';
import { eventsOf, type GenerationEvent } from '@streambed/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nativeText } from './support/frames.ts';
import { seededRandom } from './support/random.ts';
import { describeWithRecordings, type Recording } from './support/recordings.ts';
import { exchangeOf, type ReplayServer, startReplayServer } from './support/replay-server.ts';

/**
 * Two outside judges: what the official SDK reads off the wire and what our client reads must be the same, from the
 * emulator (which the SDK speaks h2c to, as it is) and from recorded answers of the real Bedrock.
 */

const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const region = 'us-east-1';

type Native = Record<string, unknown>;

/** The native events of a stream, as the official SDK hands them out. */
async function sdkStream(client: BedrockRuntimeClient, modelId: string, body: string): Promise<Native[]> {
  const output = await client.send(
    new InvokeModelWithResponseStreamCommand({ modelId, body, contentType: 'application/json' }),
  );
  const natives: Native[] = [];
  for await (const event of output.body ?? []) {
    if (event.chunk?.bytes !== undefined)
      natives.push(JSON.parse(Buffer.from(event.chunk.bytes).toString('utf8')));
  }
  return natives;
}

/** Our client's events for one prompt, `generation_stop` included. */
async function ourEvents(
  bedrock: Bedrock,
  model: string,
  prompt: string,
  stream = true,
): Promise<GenerationEvent[]> {
  const batches = bedrock.generate(
    { model, max_tokens: 512, messages: [{ role: 'user', content: prompt }] },
    { signal: AbortSignal.timeout(15_000), generation: 'gen_judged', stream },
  );
  const encoded = eventsOf((await Array.fromAsync(batches)).flat());
  // The JSON that readers are sent must say the same as the event it stands for.
  for (const { event, json } of encoded) expect(JSON.parse(json)).toEqual(event);
  return encoded.map(({ event }) => event);
}

/** Claude's native events as Messages events: only Bedrock's own key is gone. */
function withoutMetrics(natives: readonly Native[]): readonly Native[] {
  return natives.map(({ 'amazon-bedrock-invocationMetrics': _, ...event }) => event);
}

function textOf(events: readonly GenerationEvent[]): string {
  return events.map((event) => nativeText(event as unknown as Native)).join('');
}

describe('the official SDK and our client, from the emulator', () => {
  let emulator: Emulator;
  let official: BedrockRuntimeClient;
  let ours: Bedrock;

  beforeAll(async () => {
    emulator = await startEmulator({ pace: 'instant', seed: 7 });
    // No request handler named: the SDK opens HTTP/2 with prior knowledge, as its users' code does.
    official = new BedrockRuntimeClient({ region, endpoint: emulator.url, credentials: keys });
    ours = createBedrock({ region, endpoint: emulator.url, credentials: { kind: 'static', ...keys } });
  });
  afterAll(async () => {
    official?.destroy();
    await ours?.close();
    await emulator?.stop();
  });

  /** The body that our client sent last: the SDK sends the same, so that the same answer comes back. */
  const lastBody = () => Buffer.from(emulator.requests.at(-1)?.body as Uint8Array | string).toString('utf8');

  test('Claude: the same events, one by one', async () => {
    const model = 'us.anthropic.claude-haiku-4-5-20251001-v1:0';
    const events = await ourEvents(ours, model, 'Show me a table and some code.');
    const natives = await sdkStream(official, model, lastBody());
    expect(natives.length).toBeGreaterThan(5);
    expect(withoutIds(events.slice(0, -1))).toEqual(withoutIds(withoutMetrics(natives)));
    expect(events.at(-1)).toMatchObject({ type: 'generation_stop', state: 'completed' });
  });

  test('Llama: the same text and the same counts', async () => {
    const model = 'us.meta.llama3-3-70b-instruct-v1:0';
    const events = await ourEvents(ours, model, 'What is Streambed?');
    const natives = await sdkStream(official, model, lastBody());
    expect(textOf(events)).toBe(natives.map(nativeText).join(''));
    expect(events.at(-1)).toMatchObject({
      state: 'completed',
      usage: {
        input_tokens: natives[0]?.prompt_token_count,
        output_tokens: natives.at(-1)?.generation_token_count,
      },
    });
  });

  test.for(['us.anthropic.claude-haiku-4-5-20251001-v1:0', 'us.meta.llama3-3-70b-instruct-v1:0'])(
    'a whole answer is the same: %s',
    async (model) => {
      const events = await ourEvents(ours, model, 'Say hello.', false);
      const output = await official.send(
        new InvokeModelCommand({ modelId: model, body: lastBody(), contentType: 'application/json' }),
      );
      const native = JSON.parse(Buffer.from(output.body).toString('utf8')) as Native;
      expect(textOf(events)).toBe(nativeText(native));
      expect(textOf(events)).not.toBe('');
    },
  );

  test('an error is the same error', async () => {
    const model = 'us.anthropic.claude-nonesuch-9-v1:0';
    const events = await ourEvents(ours, model, 'Say hello.');
    const refusal = await sdkStream(official, model, lastBody()).then(
      () => undefined,
      (error: Error) => error,
    );
    expect(events.at(-1)).toMatchObject({
      state: 'failed',
      error: { upstream: { name: refusal?.name, message: refusal?.message } },
    });
  });
});

describeWithRecordings('the official SDK and our client, from recorded streams', (recordings) => {
  const streams = recordings.filter(
    ({ operation, modelId }) =>
      operation === 'InvokeModelWithResponseStream' && /anthropic\.claude|meta\.llama/.test(modelId ?? ''),
  );
  let current: Recording | undefined;
  let replay: ReplayServer;
  let official: BedrockRuntimeClient;
  let ours: Bedrock;

  beforeAll(async () => {
    replay = await startReplayServer({
      random: seededRandom('places to cut what both clients read'),
      answer: () => current && exchangeOf(current),
    });
    official = new BedrockRuntimeClient({
      region,
      endpoint: replay.url,
      credentials: keys,
      // The replay speaks HTTP/1.1 only.
      requestHandler: new NodeHttpHandler(),
    });
    ours = createBedrock({ region, endpoint: replay.url, credentials: { kind: 'static', ...keys } });
  });
  afterAll(async () => {
    official?.destroy();
    await ours?.close();
    await replay?.[Symbol.asyncDispose]();
  });

  test.for(streams.map(({ name }) => name))('%s', async (name) => {
    current = streams.find((recording) => recording.name === name);
    const model = current?.modelId as string;
    const natives = await sdkStream(official, model, '{}');
    const events = await ourEvents(ours, model, 'Anything.');
    const speaksMessages = natives[0]?.type === 'message_start';
    if (speaksMessages) expect(events.slice(0, -1)).toEqual(withoutMetrics(natives));
    expect(textOf(events)).toBe(natives.map(nativeText).join(''));
    expect(events.at(-1)).toMatchObject({ type: 'generation_stop', state: 'completed' });
  });
});

/** Ids are made anew for each answer; everything else must agree. */
function withoutIds(events: readonly unknown[]): unknown {
  return JSON.parse(JSON.stringify(events).replace(/"id":"(msg|toolu)_[^"]*"/g, '"id":"$1"'));
}
