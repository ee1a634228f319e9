import { AnthropicBedrock } from '@anthropic-ai/bedrock-sdk';
import {
  BedrockRuntimeClient,
  type BedrockRuntimeServiceException,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { haiku, type Json, llama3, messages, textOf } from '../test/ask.ts';
import { awsErrors, streamExceptions } from './errors.ts';
import { type Emulator, startEmulator } from './index.ts';

const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token/with+signs=' };
let emulator: Emulator;

beforeAll(async () => {
  emulator = await startEmulator({ pace: 'instant', credentials: keys, region: 'eu-central-1' });
});
afterAll(() => emulator.stop());

/** The official SDK as people use it; it speaks HTTP/2 unless it is told otherwise. */
describe.each([
  ['its own handler, HTTP/2', '2.0'],
  ['NodeHttpHandler, HTTP/1.1', '1.1'],
] as const)('@aws-sdk/client-bedrock-runtime with %s', (_, httpVersion) => {
  let client: BedrockRuntimeClient;
  beforeAll(() => {
    client = new BedrockRuntimeClient({
      endpoint: emulator.url,
      region: 'eu-central-1',
      credentials: keys,
      maxAttempts: 1,
      ...(httpVersion === '1.1' ? { requestHandler: new NodeHttpHandler() } : {}),
    });
  });
  afterAll(() => client.destroy());

  const streaming = async (modelId: string, body: unknown): Promise<Json[]> => {
    const command = new InvokeModelWithResponseStreamCommand({ modelId, body: JSON.stringify(body) });
    const response = await client.send(command);
    const events: Json[] = [];
    for await (const event of response.body ?? [])
      events.push(JSON.parse(Buffer.from(event.chunk?.bytes ?? []).toString('utf8')));
    return events;
  };

  it('invokes Claude and Llama, whole', async () => {
    const answer = await client.send(
      new InvokeModelCommand({ modelId: haiku, body: JSON.stringify(messages('/say Grüße 👋')) }),
    );
    expect(JSON.parse(answer.body.transformToString()).content).toEqual([{ type: 'text', text: 'Grüße 👋' }]);
    expect(answer.$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.contentType).toBe('application/json');
    const llama = await client.send(
      new InvokeModelCommand({ modelId: llama3, body: JSON.stringify({ prompt: '/say hm' }) }),
    );
    expect(JSON.parse(llama.body.transformToString()).generation).toBe('hm');
    expect(emulator.requests.at(-1)?.httpVersion).toBe(httpVersion);
  });

  it('invokes Claude and Llama, streamed', async () => {
    const text = await emulatorText();
    expect(textOf(await streaming(haiku, messages('/unicode')))).toBe(text);
    expect(textOf(await streaming(llama3, { prompt: '/unicode', max_gen_len: 2048 }))).toBe(text);
  });

  it('takes an ARN', async () => {
    const arn = `arn:aws:bedrock:eu-central-1:123456789012:inference-profile/${haiku}`;
    expect(textOf(await streaming(arn, messages('/say through a profile')))).toBe('through a profile');
    expect(emulator.requests.at(-1)?.modelId).toBe(arn);
  });

  it.each(Object.entries(awsErrors))('throws its %s', async (name, { status, message }) => {
    const failure = await client
      .send(new InvokeModelCommand({ modelId: haiku, body: JSON.stringify(messages(`/fault ${name}`)) }))
      .then(() => undefined)
      .catch((error: BedrockRuntimeServiceException) => error);
    expect(failure).toMatchObject({ name, message, $metadata: { httpStatusCode: status } });
    await emulator.idle();
    expect(emulator.requests.at(-1)?.endedBy).toBe('fault');
  });

  it.each(Object.entries(streamExceptions))('throws its %s in mid-stream', async (name, type) => {
    for (const after of [0, 3]) {
      const failure = await streaming(haiku, messages(`/fault exception ${name} ${after}\n/long 50`))
        .then(() => undefined)
        .catch((error: BedrockRuntimeServiceException) => error);
      expect(failure).toMatchObject({ name: type, message: awsErrors[type].message });
    }
  });

  it('says that a signature is wrong', async () => {
    const thief = new BedrockRuntimeClient({
      endpoint: emulator.url,
      region: 'eu-central-1',
      credentials: { ...keys, secretAccessKey: 'guessed' },
      maxAttempts: 1,
    });
    await expect(
      thief.send(new InvokeModelCommand({ modelId: haiku, body: JSON.stringify(messages('hi')) })),
    ).rejects.toMatchObject({ name: 'InvalidSignatureException', $metadata: { httpStatusCode: 403 } });
    thief.destroy();
  });

  async function emulatorText(): Promise<string> {
    const { unicode } = await import('./engine/showcases/texts.ts');
    return `${unicode}\n`;
  }
});

describe('@aws-sdk/client-bedrock-runtime', () => {
  it('retries what AWS calls retryable', async () => {
    const client = new BedrockRuntimeClient({
      endpoint: emulator.url,
      region: 'eu-central-1',
      credentials: keys,
    });
    const before = emulator.requests.length;
    const answer = await client.send(
      new InvokeModelCommand({
        modelId: haiku,
        body: JSON.stringify(messages('/fault unavailable times 1\n/say at last')),
      }),
    );
    expect(JSON.parse(answer.body.transformToString()).content[0].text).toBe('at last');
    expect(emulator.requests.length - before).toBe(2);
    client.destroy();
  });

  it('works with an API key', async () => {
    await using open = await startEmulator({ pace: 'instant', apiKeys: ['bedrock-api-key-abc'] });
    const client = new BedrockRuntimeClient({
      endpoint: open.url,
      region: 'us-east-1',
      token: { token: 'bedrock-api-key-abc' },
      authSchemePreference: ['httpBearerAuth'],
    });
    await client.send(new InvokeModelCommand({ modelId: haiku, body: JSON.stringify(messages('hi')) }));
    expect(open.requests[0]?.headers.authorization).toBe('Bearer bedrock-api-key-abc');
    client.destroy();
  });

  it('aborting a stream ends it here', async () => {
    const client = new BedrockRuntimeClient({
      endpoint: emulator.url,
      region: 'eu-central-1',
      credentials: keys,
    });
    const leaving = new AbortController();
    const response = await client.send(
      new InvokeModelWithResponseStreamCommand({
        modelId: haiku,
        body: JSON.stringify(messages('/pace 20\n/long 500')),
      }),
      { abortSignal: leaving.signal },
    );
    // Breaking out of the loop alone isn't enough: over HTTP/2 the SDK then keeps the stream open.
    for await (const _ of response.body ?? []) break;
    leaving.abort();
    await emulator.idle();
    expect(emulator.requests.at(-1)?.endedBy).toBe('client');
    client.destroy();
  });
});

describe('@anthropic-ai/bedrock-sdk', () => {
  const client = () =>
    new AnthropicBedrock({
      baseURL: emulator.url,
      awsRegion: 'eu-central-1',
      awsAccessKey: keys.accessKeyId,
      awsSecretKey: keys.secretAccessKey,
      awsSessionToken: keys.sessionToken,
      maxRetries: 0,
    });
  const ask = (content: string) => ({
    model: haiku,
    max_tokens: 1000,
    messages: [{ role: 'user' as const, content }],
  });

  it('creates messages', async () => {
    const message = await client().messages.create(ask('/say Hallo'));
    expect(message).toMatchObject({ content: [{ type: 'text', text: 'Hallo' }], stop_reason: 'end_turn' });
  });

  it('streams, thinks and calls tools', async () => {
    const stream = client().messages.stream({
      ...ask('/think Where is Oslo?\n/say Asking.\n/tool get_weather {"city": "Oslo"}'),
      max_tokens: 4000,
      thinking: { type: 'enabled', budget_tokens: 1024 },
      tools: [
        { name: 'get_weather', input_schema: { type: 'object', properties: { city: { type: 'string' } } } },
      ],
    });
    const texts: string[] = [];
    stream.on('text', (text) => texts.push(text));
    const message = await stream.finalMessage();
    expect(texts.join('')).toBe('Asking.');
    expect(message.stop_reason).toBe('tool_use');
    expect(message.content).toMatchObject([
      { type: 'thinking', thinking: 'Where is Oslo?' },
      { type: 'text', text: 'Asking.' },
      { type: 'tool_use', name: 'get_weather', input: { city: 'Oslo' } },
    ]);
  });

  it('throws on errors, before the stream and in it', async () => {
    await expect(client().messages.create(ask('/fault throttle'))).rejects.toMatchObject({ status: 429 });
    await expect(client().messages.create({ ...ask('hi'), model: 'nobody' })).rejects.toThrow(
      'The provided model identifier is invalid.',
    );
    const stream = client().messages.stream(ask('/fault exception modelStreamErrorException 4\n/long 50'));
    await expect(stream.finalMessage()).rejects.toThrow('modelStreamErrorException');
  });
});
