import { createAnthropic } from '@ai-sdk/anthropic';
import { callTool, failing, type Script, say, think } from '@streambed/bedrock-emulator';
import { APICallError, generateText, Output, stepCountIs, streamText, tool } from 'ai';
import { expect } from 'vitest';
import { z } from 'zod';
import { type Gateway, startGateway, upstreamGone } from '../../apps/server/test/gateway.ts';
import { feature as declare } from './matrix.ts';

const feature = declare.bind(undefined, 'ai with @ai-sdk/anthropic');

const claude = 'claude-haiku-4-5-20251001';
const nova = 'nova-lite';
const models = [claude, nova];

const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

// It warns of models that it doesn't know.
globalThis.AI_SDK_LOG_WARNINGS = false;

interface Setup extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly provider: ReturnType<typeof createAnthropic>;
}

async function setup(script?: Script): Promise<Setup> {
  const gateway = await startGateway({ emulator: script === undefined ? {} : { script } });
  const provider = createAnthropic({ baseURL: `${gateway.url}/v1`, apiKey: 'none' });
  return { gateway, provider, [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]() };
}

const weatherOnce: Script = ({ body }) =>
  /tool_?result/i.test(body) ? say('It is 7 degrees.') : callTool('weather', { city: 'Oslo' });

const tools = {
  weather: tool({
    description: 'The weather of a place',
    inputSchema: z.object({ city: z.string() }),
    execute: async ({ city }) => ({ city, degrees: 7 }),
  }),
};

feature('plain', 'works', async () => {
  await using with_ = await setup(() => say(['Hello', ', ', 'you.']));
  for (const model of models) {
    const { text, finishReason, usage } = await generateText({
      model: with_.provider(model),
      system: 'Be kind.',
      prompt: 'Hi',
      maxRetries: 0,
    });
    expect([text, finishReason, usage.outputTokens]).toEqual(['Hello, you.', 'stop', 3]);
    expect(usage.inputTokens).toBeGreaterThan(0);
  }
});

feature('stream', 'works', async () => {
  await using with_ = await setup(() => say(['one ', 'two ', 'three']));
  for (const model of models) {
    const answer = streamText({ model: with_.provider(model), prompt: 'Hi', maxRetries: 0 });
    expect(await Array.fromAsync(answer.textStream)).toEqual(['one ', 'two ', 'three']);
    expect(await answer.finishReason).toBe('stop');
    expect((await answer.usage).outputTokens).toBe(3);
  }
});

feature('tools', 'works', async () => {
  await using with_ = await setup(weatherOnce);
  for (const model of models) {
    const settings = { model: with_.provider(model), tools, stopWhen: stepCountIs(3), prompt: 'Weather?' };
    const whole = await generateText({ ...settings, maxRetries: 0 });
    expect(whole.steps[0]?.toolCalls).toMatchObject([{ toolName: 'weather', input: { city: 'Oslo' } }]);
    expect(whole.text).toBe('It is 7 degrees.');
    const streamed = streamText({ ...settings, maxRetries: 0 });
    await streamed.consumeStream();
    expect((await streamed.steps)[0]?.toolResults).toMatchObject([{ output: { degrees: 7 } }]);
    expect(await streamed.text).toBe('It is 7 degrees.');
  }
});

feature('objects', 'works', async () => {
  const script: Script = ({ turn }) =>
    turn.tools.length > 0
      ? callTool('json', { city: 'Oslo', degrees: 7 })
      : say('{"city":"Oslo","degrees":7}');
  await using with_ = await setup(script);
  const output = Output.object({ schema: z.object({ city: z.string(), degrees: z.number() }) });
  const settings = { model: with_.provider(claude), prompt: 'Weather?', output, maxRetries: 0 };
  expect((await generateText(settings)).output).toEqual({ city: 'Oslo', degrees: 7 });
  const streamed = streamText(settings);
  expect((await Array.fromAsync(streamed.partialOutputStream)).at(-1)).toEqual({ city: 'Oslo', degrees: 7 });
});

feature('images', 'works', async () => {
  await using with_ = await setup(() => say('A pixel.'));
  for (const model of models) {
    const { text } = await generateText({
      model: with_.provider(model),
      maxRetries: 0,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is it?' },
            { type: 'file', data: Buffer.from(pixel, 'base64'), mediaType: 'image/png' },
          ],
        },
      ],
    });
    expect(text).toBe('A pixel.');
    expect(with_.gateway.emulator.requests.at(-1)?.body).toContain(pixel);
  }
});

feature('thinking', 'works', async () => {
  await using with_ = await setup(() => think('Let me see.', say('Yes.')));
  const settings = {
    model: with_.provider(claude),
    prompt: 'Hi',
    maxRetries: 0,
    providerOptions: { anthropic: { thinking: { type: 'enabled', budgetTokens: 2000 } } },
  } as const;
  const { reasoningText, text } = await generateText(settings);
  expect([reasoningText, text]).toEqual(['Let me see.', 'Yes.']);
  const streamed = streamText(settings);
  await streamed.consumeStream();
  expect([await streamed.reasoningText, await streamed.text]).toEqual(['Let me see.', 'Yes.']);
});

feature('error', 'works', async () => {
  await using with_ = await setup();
  const thrown = await generateText({ model: with_.provider('nobody'), prompt: 'Hi', maxRetries: 0 }).catch(
    (error: unknown) => error,
  );
  expect(APICallError.isInstance(thrown)).toBe(true);
  expect(thrown).toMatchObject({
    statusCode: 404,
    isRetryable: false,
    message: expect.stringContaining('nobody'),
  });
});

feature('error in mid-stream', 'works', async () => {
  const cut = failing(say(['one ', 'two ']), { type: 'cut', at: 'mid-frame', after: 3 });
  await using with_ = await setup(() => cut);
  const errors: unknown[] = [];
  const answer = streamText({
    model: with_.provider(claude),
    prompt: 'Hi',
    maxRetries: 0,
    onError: ({ error }) => void errors.push(error),
  });
  await answer.consumeStream();
  expect(errors).toHaveLength(1);
  expect(JSON.stringify(errors[0], Object.getOwnPropertyNames(errors[0]))).toContain('api_error');
});

feature('abort', 'works', async () => {
  const stalled = failing(say(['one ', 'two ', 'three ']), { type: 'stall', after: 4 });
  await using with_ = await setup(() => stalled);
  for (const model of models) {
    const leaving = new AbortController();
    const answer = streamText({
      model: with_.provider(model),
      prompt: 'Hi',
      maxRetries: 0,
      abortSignal: leaving.signal,
    });
    for await (const text of answer.textStream) {
      expect(text).toBe('one ');
      leaving.abort();
      break;
    }
    await upstreamGone(with_.gateway);
  }
});
