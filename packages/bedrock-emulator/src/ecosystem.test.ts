import { createAmazonBedrock } from '@ai-sdk/amazon-bedrock';
import {
  BedrockClient,
  GetFoundationModelCommand,
  GetInferenceProfileCommand,
  ListFoundationModelsCommand,
  paginateListInferenceProfiles,
} from '@aws-sdk/client-bedrock';
import {
  ApplyGuardrailCommand,
  BedrockRuntimeClient,
  CountTokensCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { BedrockEmbeddings, ChatBedrockConverse } from '@langchain/aws';
import { HumanMessage, ToolMessage } from '@langchain/core/messages';
import { embedMany, generateText, jsonSchema, stepCountIs, streamText, tool } from 'ai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { haiku, sonnet4 } from '../test/ask.ts';
import { type Emulator, startEmulator } from './index.ts';

const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
const region = 'us-east-1';
let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({
    pace: 'instant',
    credentials: keys,
    region,
    guardrails: [{ id: 'words', words: ['forbidden'] }],
    profiles: { team: haiku },
  });
});
afterAll(() => emulator.stop());

const weather = {
  type: 'object' as const,
  properties: { city: { type: 'string' as const } },
  required: ['city'],
};

describe('ai with @ai-sdk/amazon-bedrock', () => {
  const bedrock = () =>
    createAmazonBedrock({
      region,
      ...keys,
      baseURL: emulator.url,
    });

  it('chats', async () => {
    const { text, usage, finishReason } = await generateText({
      model: bedrock()(haiku),
      prompt: '/say Grüße 👋',
    });
    expect(text).toBe('Grüße 👋');
    expect(finishReason).toBe('stop');
    expect(usage.outputTokens).toBeGreaterThan(0);
  });

  it('streams', async () => {
    const { textStream, usage } = streamText({ model: bedrock()(haiku), prompt: '/long 100' });
    const deltas: string[] = [];
    for await (const delta of textStream) deltas.push(delta);
    expect(deltas.length).toBeGreaterThan(20);
    expect(deltas.join('').split(/\s+/).length).toBeGreaterThanOrEqual(100);
    expect((await usage).inputTokens).toBeGreaterThan(0);
  });

  it('calls tools and goes on', async () => {
    const asked: unknown[] = [];
    const { text, steps } = await generateText({
      model: bedrock()(haiku),
      prompt: '/tool get_weather {"city": "Oslo"}',
      tools: {
        get_weather: tool({
          description: 'The weather in a city',
          inputSchema: jsonSchema<{ city: string }>(weather),
          execute: async (input) => {
            asked.push(input);
            return { sky: 'clear' };
          },
        }),
      },
      stopWhen: stepCountIs(3),
    });
    expect(asked).toEqual([{ city: 'Oslo' }]);
    expect(steps.length).toBe(2);
    expect(text).toContain('clear');
  });

  it('hears errors, before the stream and in it', async () => {
    await expect(
      generateText({ model: bedrock()(haiku), prompt: '/fault ValidationException', maxRetries: 0 }),
    ).rejects.toThrow('Malformed input request');
    const errors: unknown[] = [];
    const { textStream } = streamText({
      model: bedrock()(haiku),
      prompt: '/fault exception throttlingException 4\n/long 60',
      maxRetries: 0,
      onError: ({ error }) => void errors.push(error),
    });
    for await (const _ of textStream);
    expect(errors).toHaveLength(1);
  });

  it('embeds', async () => {
    const { embeddings } = await embedMany({
      model: bedrock().embedding('amazon.titan-embed-text-v2:0'),
      values: ['one', 'two'],
    });
    expect(embeddings.map(({ length }) => length)).toEqual([1024, 1024]);
  });
});

describe('@langchain/aws', () => {
  const chat = () =>
    new ChatBedrockConverse({
      model: haiku,
      region,
      credentials: keys,
      client: new BedrockRuntimeClient({ endpoint: emulator.url, region, credentials: keys }),
      maxRetries: 0,
    });

  it('chats', async () => {
    const answer = await chat().invoke('/say Hallo');
    expect(answer.text).toBe('Hallo');
    expect(answer.usage_metadata).toMatchObject({ output_tokens: expect.any(Number) });
  });

  it('streams', async () => {
    const texts: string[] = [];
    for await (const chunk of await chat().stream('/say one two three four five six seven'))
      texts.push(chunk.text);
    expect(texts.join('')).toBe('one two three four five six seven');
    expect(texts.length).toBeGreaterThan(2);
  });

  it('calls tools and goes on', async () => {
    const model = chat().bindTools([
      {
        type: 'function',
        function: { name: 'get_weather', description: 'The weather in a city', parameters: weather },
      },
    ]);
    const question = new HumanMessage('/tool get_weather {"city": "Oslo"}');
    const call = await model.invoke([question]);
    expect(call.tool_calls).toMatchObject([{ name: 'get_weather', args: { city: 'Oslo' } }]);
    const result = new ToolMessage({
      tool_call_id: call.tool_calls?.[0]?.id ?? '',
      content: 'clear in Oslo',
    });
    const answer = await model.invoke([question, call, result]);
    expect(answer.text).toContain('clear in Oslo');
  });

  it('embeds', async () => {
    const embeddings = new BedrockEmbeddings({
      region,
      credentials: keys,
      model: 'amazon.titan-embed-text-v2:0',
      client: new BedrockRuntimeClient({ endpoint: emulator.url, region, credentials: keys }),
    });
    expect(await embeddings.embedQuery('one')).toHaveLength(1024);
  });
});

describe('@aws-sdk/client-bedrock', () => {
  let client: BedrockClient;
  beforeAll(() => {
    client = new BedrockClient({ endpoint: emulator.url, region, credentials: keys, maxAttempts: 1 });
  });
  afterAll(() => client.destroy());

  it('lists and gets models', async () => {
    const { modelSummaries = [] } = await client.send(
      new ListFoundationModelsCommand({ byProvider: 'Meta', byOutputModality: 'TEXT' }),
    );
    expect(modelSummaries.length).toBeGreaterThan(5);
    const [{ modelId = '' } = {}] = modelSummaries;
    const { modelDetails } = await client.send(new GetFoundationModelCommand({ modelIdentifier: modelId }));
    expect(modelDetails).toEqual(modelSummaries[0]);
    await expect(
      client.send(new GetFoundationModelCommand({ modelIdentifier: 'no.model' })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('pages through profiles and gets each', async () => {
    const ids: string[] = [];
    const pages = paginateListInferenceProfiles({ client, pageSize: 20 }, {});
    for await (const { inferenceProfileSummaries = [] } of pages)
      for (const { inferenceProfileId = '' } of inferenceProfileSummaries) ids.push(inferenceProfileId);
    expect(ids).toContain(haiku);
    expect(ids.at(-1)).toBe('team');
    const profile = await client.send(new GetInferenceProfileCommand({ inferenceProfileIdentifier: 'team' }));
    expect(profile).toMatchObject({ type: 'APPLICATION', createdAt: expect.any(Date) });
  });
});

describe('@aws-sdk/client-bedrock-runtime', () => {
  it('counts tokens and applies guardrails', async () => {
    const client = new BedrockRuntimeClient({ endpoint: emulator.url, region, credentials: keys });
    const { inputTokens } = await client.send(
      new CountTokensCommand({
        modelId: sonnet4.replace('us.', ''),
        input: { converse: { messages: [{ role: 'user', content: [{ text: 'Hello' }] }] } },
      }),
    );
    expect(inputTokens).toBeGreaterThan(0);
    const { action, outputs } = await client.send(
      new ApplyGuardrailCommand({
        guardrailIdentifier: 'words',
        guardrailVersion: 'DRAFT',
        source: 'OUTPUT',
        content: [{ text: { text: 'This is forbidden.' } }],
      }),
    );
    expect([action, outputs?.[0]?.text]).toEqual([
      'GUARDRAIL_INTERVENED',
      'Sorry, the model cannot answer this question.',
    ]);
    client.destroy();
  });
});
