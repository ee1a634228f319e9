import { type AmazonBedrockProvider, createAmazonBedrock } from '@ai-sdk/amazon-bedrock';
import { callTool, failing, type Script, say, think } from '@streambed/bedrock-emulator';
import { APICallError, embed, generateText, Output, stepCountIs, streamText, tool } from 'ai';
import { expect } from 'vitest';
import { z } from 'zod';
import type { Gateway } from '../../apps/server/test/gateway.ts';
import { feature as declare } from './matrix.ts';
import { bodiesOf, expectGone, pixel, scripted, unending } from './upstream.ts';

const feature = declare.bind(undefined, 'ai with @ai-sdk/amazon-bedrock');

interface Setup extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly bedrock: AmazonBedrockProvider;
}

async function setup(script: Script): Promise<Setup> {
  const gateway = await scripted(script);
  return {
    gateway,
    bedrock: createAmazonBedrock({ baseURL: gateway.url, apiKey: 'a-key', region: 'us-east-1' }),
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  };
}

const claude = 'claude-haiku';
const weather = tool({
  description: 'Tells the weather.',
  inputSchema: z.object({ city: z.string() }),
  execute: async ({ city }) => `12 degrees in ${city}`,
});

feature('plain', 'works', async () => {
  await using given = await setup(() => say('Hello.'));
  for (const model of [claude, 'us.amazon.nova-2-lite-v1:0']) {
    const { text, finishReason, usage } = await generateText({ model: given.bedrock(model), prompt: 'Hi' });
    expect({ text, finishReason }).toEqual({ text: 'Hello.', finishReason: 'stop' });
    expect(usage.totalTokens).toBeGreaterThan(0);
  }
});

feature('stream', 'works', async () => {
  await using given = await setup(() => say(['Hel', 'lo', '.']));
  const result = streamText({ model: given.bedrock(claude), prompt: 'Hi' });
  expect(await Array.fromAsync(result.textStream)).toEqual(['Hel', 'lo', '.']);
  expect(await result.finishReason).toBe('stop');
  expect((await result.usage).outputTokens).toBeGreaterThan(0);
});

feature('tools', 'works', async () => {
  await using given = await setup(({ turn }) =>
    turn.messages.at(-1)?.toolResults.length === 1
      ? say('It is 12 degrees.')
      : callTool('weather', { city: 'Oslo' }),
  );
  const asked = { model: given.bedrock(claude), prompt: 'Oslo?', tools: { weather } };
  const whole = await generateText({ ...asked, stopWhen: stepCountIs(3) });
  expect(whole.text).toBe('It is 12 degrees.');
  const streamed = streamText({ ...asked, stopWhen: stepCountIs(3) });
  expect(await streamed.text).toBe('It is 12 degrees.');
  expect(bodiesOf(given.gateway)).toHaveLength(4);
});

feature('objects', 'works', async () => {
  await using given = await setup(({ turn }) =>
    turn.tools.length > 0 ? callTool(turn.tools[0]?.name as string, { degrees: 12 }) : say('{"degrees":12}'),
  );
  const { output } = await generateText({
    model: given.bedrock(claude),
    prompt: 'How warm?',
    output: Output.object({ schema: z.object({ degrees: z.number() }) }),
  });
  expect(output).toEqual({ degrees: 12 });
});

feature('images', 'works', async () => {
  await using given = await setup(({ turn }) => say(turn.messages[0]?.attachments.join() ?? ''));
  const { text } = await generateText({
    model: given.bedrock(claude),
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          {
            type: 'file',
            data: Buffer.from(pixel.split(',')[1] as string, 'base64'),
            mediaType: 'image/png',
          },
        ],
      },
    ],
  });
  expect(text).toBe('image/png');
});

feature('thinking', 'works', async () => {
  await using given = await setup(() => think('Two and two.', say('Four.')));
  const result = streamText({
    model: given.bedrock('us.anthropic.claude-haiku-4-5-20251001-v1:0'),
    prompt: 'Two and two?',
    maxOutputTokens: 2000,
    providerOptions: { bedrock: { reasoningConfig: { type: 'enabled', budgetTokens: 1024 } } },
  });
  expect(await result.text).toBe('Four.');
  expect(await result.reasoningText).toBe('Two and two.');
});

feature('embeddings', 'works', async () => {
  await using given = await setup(() => say(''));
  const model = given.bedrock.embeddingModel('amazon.titan-embed-text-v2:0');
  const { embedding, usage } = await embed({ model, value: 'Hello' });
  expect(embedding).toHaveLength(1024);
  expect(usage.tokens).toBeGreaterThan(0);
});

feature('error', 'works', async () => {
  await using given = await setup(({ prompt }) =>
    failing(say('x'), { type: 'error', name: prompt as 'ThrottlingException' }),
  );
  for (const [name, status] of [
    ['ValidationException', 400],
    ['AccessDeniedException', 403],
  ] as const) {
    const asked = generateText({ model: given.bedrock(claude), prompt: name });
    const error: unknown = await asked.catch((thrown: unknown) => thrown);
    expect(APICallError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ statusCode: status, isRetryable: false });
  }
});

feature('error in mid-stream', 'works', async () => {
  await using given = await setup(({ prompt }) =>
    failing(
      say(['one ', 'two ', 'three ', 'four ']),
      prompt === 'cut'
        ? { type: 'cut', at: 'mid-frame', after: 4 }
        : { type: 'exception', name: 'modelStreamErrorException', after: 4 },
    ),
  );
  for (const prompt of ['cut', 'exception']) {
    const errors: unknown[] = [];
    const result = streamText({
      model: given.bedrock(claude),
      prompt,
      maxRetries: 0,
      onError: ({ error }) => {
        errors.push(error);
      },
    });
    await result.consumeStream();
    expect(errors, prompt).toHaveLength(1);
  }
});

feature('abort', 'works', async () => {
  await using given = await setup(() => unending);
  const leaving = new AbortController();
  const result = streamText({
    model: given.bedrock(claude),
    prompt: 'Go on.',
    abortSignal: leaving.signal,
  });
  const pieces = result.textStream[Symbol.asyncIterator]();
  await pieces.next();
  await expectGone(given.gateway, () => leaving.abort());
});
