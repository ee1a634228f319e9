import { createOpenAI } from '@ai-sdk/openai';
import { callTool, failing, type Script, say, think } from '@streambed/bedrock-emulator';
import { generateText, jsonSchema, type ModelMessage, Output, stepCountIs, streamText, tool } from 'ai';
import { expect } from 'vitest';
import { z } from 'zod';
import { feature as declare } from './matrix.ts';
import { bodiesOf, expectGone, pixel, scripted, unending } from './upstream.ts';

const feature = declare.bind(undefined, 'ai with @ai-sdk/openai (responses)');

/** What Claude is told, as far as these tests look. */
interface Told {
  readonly messages: readonly {
    readonly role: string;
    readonly content: readonly { readonly type: string }[];
  }[];
}

async function setup(script: Script) {
  const gateway = await scripted(script);
  const openai = createOpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'none' });
  return {
    gateway,
    // Its default way is the Responses API.
    model: openai('anthropic'),
    bodies: () => bodiesOf(gateway) as unknown as readonly Told[],
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  };
}

feature('plain', 'works', async () => {
  await using with_ = await setup(() => say('Hello.'));
  const { text, finishReason, usage } = await generateText({
    model: with_.model,
    instructions: 'Be kind.',
    prompt: 'Hi',
  });
  expect({ text, finishReason }).toEqual({ text: 'Hello.', finishReason: 'stop' });
  expect(usage.totalTokens).toBeGreaterThan(0);
  expect(with_.bodies()[0]).toMatchObject({ system: [{ text: 'Be kind.' }] });
});

feature('stream', 'works', async () => {
  await using with_ = await setup(() => say(['Hel', 'lo', '.']));
  const result = streamText({ model: with_.model, prompt: 'Hi' });
  expect(await Array.fromAsync(result.textStream)).toEqual(['Hel', 'lo', '.']);
  expect(await result.finishReason).toBe('stop');
});

const weather = tool({
  description: 'Tells the weather.',
  inputSchema: z.object({ city: z.string() }),
  execute: async ({ city }) => `12 degrees in ${city}`,
});

feature('tools', 'works', async () => {
  await using with_ = await setup(({ turn }) =>
    JSON.stringify(turn).includes('12 degrees')
      ? say('It is 12 degrees.')
      : think('I should look.', {
          blocks: [
            { type: 'text', text: 'Let me look.' },
            ...callTool('weather', { city: 'Oslo' }).blocks,
            ...callTool('weather', { city: 'Bergen' }).blocks,
          ],
        }),
  );
  for (const store of [true, false]) {
    const asked = {
      model: with_.model,
      prompt: 'How warm is it?',
      tools: { weather },
      stopWhen: stepCountIs(3),
      providerOptions: { openai: { store, forceReasoning: true, reasoningEffort: 'low' as const } },
    };
    const whole = await generateText(asked);
    expect(whole.text).toBe('It is 12 degrees.');
    const streamed = streamText(asked);
    await streamed.consumeStream();
    expect(await streamed.text).toBe('It is 12 degrees.');
    // What the model had said and thought is told to it again, whether it was sent back or only named.
    for (const body of [with_.bodies().at(-1), with_.bodies().at(-3)]) {
      expect(body?.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
      expect(body?.messages[1]?.content.map(({ type }) => type)).toEqual([
        'thinking',
        'text',
        'tool_use',
        'tool_use',
      ]);
      expect(body?.messages[2]?.content).toHaveLength(2);
    }
  }
});

feature('objects', 'works', async () => {
  await using with_ = await setup(() => say('{"name":"Ada"}'));
  const schema = jsonSchema<{ name: string }>({
    type: 'object',
    properties: { name: { type: 'string' } },
    required: ['name'],
    additionalProperties: false,
  });
  const output = Output.object({ schema });
  const whole = await generateText({ model: with_.model, prompt: 'Who?', output });
  expect(whole.output).toEqual({ name: 'Ada' });
  const streamed = streamText({ model: with_.model, prompt: 'Who?', output });
  await streamed.consumeStream();
  expect(await streamed.output).toEqual({ name: 'Ada' });
  expect(with_.bodies()[0]).toMatchObject({ output_config: { format: { type: 'json_schema' } } });
});

feature('images', 'works', async () => {
  await using with_ = await setup(() => say('A dot.'));
  const data = Uint8Array.fromBase64(pixel.split(',')[1] ?? '');
  const messages: ModelMessage[] = [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'What?' },
        { type: 'file', data, mediaType: 'image/png' },
      ],
    },
  ];
  expect((await generateText({ model: with_.model, messages })).text).toBe('A dot.');
  expect(with_.bodies()[0]?.messages[0]?.content[1]).toMatchObject({
    type: 'image',
    source: { media_type: 'image/png' },
  });
});

feature('thinking', 'works', async () => {
  await using with_ = await setup(() => think('Let me see.', say('Four.')));
  const providerOptions = { openai: { forceReasoning: true, reasoningEffort: 'high' as const } };
  const whole = await generateText({ model: with_.model, prompt: 'Two and two?', providerOptions });
  expect(whole.reasoningText).toBe('Let me see.');
  expect(with_.bodies()[0]).toMatchObject({ thinking: { type: 'enabled' } });
  const streamed = streamText({ model: with_.model, prompt: 'Two and two?', providerOptions });
  await streamed.consumeStream();
  expect(await streamed.reasoningText).toBe('Let me see.');
});

feature('error', 'works', async () => {
  await using with_ = await setup(({ prompt }) =>
    prompt === 'refuse'
      ? failing(say('no'), { type: 'error', name: 'AccessDeniedException' })
      : failing(say(['so ', 'far ', 'so ', 'good']), { type: 'cut', at: 'mid-frame', after: 5 }),
  );
  const refused = generateText({ model: with_.model, prompt: 'refuse', maxRetries: 0 });
  await expect(refused).rejects.toMatchObject({ statusCode: 403 });
  const errors: unknown[] = [];
  const streamed = streamText({
    model: with_.model,
    prompt: 'cut',
    maxRetries: 0,
    onError: ({ error }) => {
      errors.push(error);
    },
  });
  await streamed.consumeStream();
  expect(errors).toHaveLength(1);
  expect(await streamed.finishReason).toBe('error');
});

feature('abort', 'works', async () => {
  await using with_ = await setup(() => unending);
  const aborting = new AbortController();
  const streamed = streamText({ model: with_.model, prompt: 'Go on', abortSignal: aborting.signal });
  await streamed.textStream[Symbol.asyncIterator]().next();
  await expectGone(with_.gateway, () => aborting.abort());
});
