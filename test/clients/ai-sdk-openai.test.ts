import { createOpenAI } from '@ai-sdk/openai';
import { callTool, say, think } from '@streambed/bedrock-emulator';
import { APICallError, embedMany, generateText, isStepCount, Output, streamText, tool } from 'ai';
import { expect } from 'vitest';
import { z } from 'zod';
import type { Gateway } from '../../apps/server/test/gateway.ts';
import { feature as declare } from './matrix.ts';
import { brokenOff, expectGone, lastBody, pixel, scripted, unending } from './upstream.ts';

const feature = declare.bind(undefined, 'ai with @ai-sdk/openai .chat()');

function openai({ url }: Gateway) {
  return createOpenAI({ baseURL: `${url}/v1`, apiKey: 'none' });
}

const weather = tool({
  description: 'How warm it is.',
  inputSchema: z.object({ city: z.string() }),
  execute: async ({ city }) => `${city}: 12 degrees`,
});

feature('plain', 'works', async () => {
  await using gateway = await scripted(() => say('Hello.'));
  const { text, usage, finishReason } = await generateText({
    model: openai(gateway).chat('anthropic'),
    system: 'Be brief.',
    prompt: 'Hi',
    maxOutputTokens: 99,
  });
  expect({ text, finishReason }).toEqual({ text: 'Hello.', finishReason: 'stop' });
  expect(usage.inputTokens).toBeGreaterThan(0);
  expect(usage.outputTokens).toBeGreaterThan(0);
  expect(lastBody(gateway)).toMatchObject({ system: 'Be brief.', max_tokens: 99 });
});

feature('stream', 'works', async () => {
  await using gateway = await scripted(() => say(['Hel', 'lo', '.']));
  for (const model of ['anthropic', 'nova-pro', 'llama3']) {
    const { textStream, usage, finishReason } = streamText({
      model: openai(gateway).chat(model),
      prompt: 'Hi',
    });
    expect((await Array.fromAsync(textStream)).join('')).toBe('Hello.');
    expect(await finishReason).toBe('stop');
    expect((await usage).totalTokens).toBeGreaterThan(1);
  }
});

feature('tools', 'works', async () => {
  await using gateway = await scripted(({ turn }) =>
    JSON.stringify(turn.messages.at(-1)).includes('degrees')
      ? say('It is 12 degrees.')
      : callTool('weather', { city: 'Oslo' }),
  );
  const about = {
    model: openai(gateway).chat('anthropic'),
    prompt: 'How warm is it in Oslo?',
    tools: { weather },
    stopWhen: isStepCount(3),
  };
  const whole = await generateText(about);
  expect(whole.text).toBe('It is 12 degrees.');
  expect(whole.steps[0]?.toolResults).toMatchObject([
    { input: { city: 'Oslo' }, output: 'Oslo: 12 degrees' },
  ]);
  const streamed = streamText(about);
  expect(await streamed.text).toBe('It is 12 degrees.');
  expect((await streamed.steps)[0]?.finishReason).toBe('tool-calls');
});

feature('thinking', 'works', async () => {
  await using gateway = await scripted(({ turn }) =>
    JSON.stringify(turn.messages.at(-1)).includes('degrees')
      ? think('Twelve.', say('It is 12 degrees.'))
      : think('I need the weather.', callTool('weather', { city: 'Oslo' })),
  );
  const { text } = await generateText({
    model: openai(gateway).chat('anthropic'),
    prompt: 'How warm is it in Oslo?',
    tools: { weather },
    stopWhen: isStepCount(3),
    providerOptions: { openai: { reasoningEffort: 'low' } },
  });
  expect(text).toBe('It is 12 degrees.');
  // This client knows no thinking: the id of the call brings it back to the model.
  expect(lastBody(gateway)).toMatchObject({
    thinking: { type: 'enabled' },
    messages: [{}, { content: [{ type: 'thinking', thinking: 'I need the weather.' }, {}] }, {}],
  });
});

feature('objects', 'works', async () => {
  await using gateway = await scripted(() => say('{"city":"Oslo","degrees":12}'));
  const about = {
    model: openai(gateway).chat('anthropic'),
    prompt: 'The weather?',
    output: Output.object({ schema: z.object({ city: z.string(), degrees: z.number().max(60) }) }),
  };
  expect((await generateText(about)).output).toEqual({ city: 'Oslo', degrees: 12 });
  expect(await streamText(about).output).toEqual({ city: 'Oslo', degrees: 12 });
  expect(lastBody(gateway)).toMatchObject({ output_config: { format: { type: 'json_schema' } } });
});

feature('images', 'works', async () => {
  await using gateway = await scripted(() => say('A dot.'));
  const { text } = await generateText({
    model: openai(gateway).chat('anthropic'),
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image', image: pixel },
        ],
      },
    ],
  });
  expect(text).toBe('A dot.');
  expect(lastBody(gateway)).toMatchObject({ messages: [{ content: [{}, { type: 'image' }] }] });
});

feature('error', 'works', async () => {
  await using gateway = await scripted(() => brokenOff);
  const unknown = generateText({ model: openai(gateway).chat('gpt-9'), prompt: 'Hi' });
  expect(await unknown.catch((thrown) => APICallError.isInstance(thrown))).toBe(true);
  await expect(unknown).rejects.toMatchObject({ statusCode: 404, isRetryable: false });
  const errors: unknown[] = [];
  const broken = streamText({
    model: openai(gateway).chat('anthropic'),
    prompt: 'Hi',
    maxRetries: 0,
    onError: ({ error }) => {
      errors.push(error);
    },
  });
  expect((await Array.fromAsync(broken.textStream)).join('')).toMatch(/^Half/);
  expect(errors).toHaveLength(1);
  expect(await broken.finishReason).toBe('error');
});

feature('abort', 'works', async () => {
  await using gateway = await scripted(() => unending);
  const aborting = new AbortController();
  const { textStream } = streamText({
    model: openai(gateway).chat('anthropic'),
    prompt: 'Go on',
    abortSignal: aborting.signal,
  });
  const reader = textStream.getReader();
  await reader.read();
  await expectGone(gateway, () => aborting.abort());
});

feature('embeddings', 'works', async () => {
  await using gateway = await scripted();
  const { embeddings, usage } = await embedMany({
    model: openai(gateway).embedding('amazon.titan-embed-text-v2:0'),
    values: ['a cat', 'a dog'],
    providerOptions: { openai: { dimensions: 256 } },
  });
  expect(embeddings.map(({ length }) => length)).toEqual([256, 256]);
  expect(usage.tokens).toBeGreaterThan(0);
});
