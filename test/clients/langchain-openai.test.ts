import { HumanMessage, ToolMessage } from '@langchain/core/messages';
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai';
import { callTool, say, think } from '@streambed/bedrock-emulator';
import { expect } from 'vitest';
import { z } from 'zod';
import type { Gateway } from '../../apps/server/test/gateway.ts';
import { feature as declare } from './matrix.ts';
import { brokenOff, expectGone, lastBody, pixel, scripted, unending } from './upstream.ts';

const feature = declare.bind(undefined, '@langchain/openai');

function chat({ url }: Gateway, more: object = {}): ChatOpenAI {
  const configuration = { baseURL: `${url}/v1` };
  return new ChatOpenAI({ model: 'anthropic', apiKey: 'none', configuration, maxRetries: 0, ...more });
}

const weather = {
  name: 'weather',
  description: 'How warm it is.',
  schema: z.object({ city: z.string() }),
};

feature('plain', 'works', async () => {
  await using gateway = await scripted(() => say('Hello.'));
  const answer = await chat(gateway, { maxTokens: 99 }).invoke([
    ['system', 'Be brief.'],
    new HumanMessage('Hi'),
  ]);
  expect(answer.text).toBe('Hello.');
  expect(answer.usage_metadata).toMatchObject({ total_tokens: expect.any(Number) });
  expect(answer.response_metadata).toMatchObject({
    finish_reason: 'stop',
    model_name: expect.stringMatching(/^claude/),
  });
  expect(lastBody(gateway)).toMatchObject({ system: 'Be brief.', max_tokens: 99 });
});

feature('stream', 'works', async () => {
  await using gateway = await scripted(() => say(['Hel', 'lo', '.']));
  const chunks = await Array.fromAsync(await chat(gateway).stream('Hi'));
  expect(chunks.map(({ text }) => text).join('')).toBe('Hello.');
  expect(chunks.filter(({ usage_metadata: usage }) => usage !== undefined)).toMatchObject([
    { usage_metadata: { total_tokens: expect.any(Number) } },
  ]);
});

feature('tools', 'works', async () => {
  await using gateway = await scripted(({ turn }) =>
    JSON.stringify(turn.messages.at(-1)).includes('degrees')
      ? say('It is 12 degrees.')
      : callTool('weather', { city: 'Oslo' }),
  );
  const model = chat(gateway).bindTools([weather]);
  const question = new HumanMessage('How warm is it in Oslo?');
  const asked = await model.invoke([question]);
  expect(asked.tool_calls).toMatchObject([{ name: 'weather', args: { city: 'Oslo' } }]);
  const result = new ToolMessage({ content: '12 degrees', tool_call_id: asked.tool_calls?.[0]?.id ?? '' });
  expect((await model.invoke([question, asked, result])).text).toBe('It is 12 degrees.');
  const chunks = await Array.fromAsync(await model.stream([question]));
  const whole = chunks.reduce((so_far, chunk) => so_far.concat(chunk));
  expect(whole.tool_calls).toMatchObject([{ name: 'weather', args: { city: 'Oslo' } }]);
});

feature('thinking', 'works', async () => {
  await using gateway = await scripted(({ turn }) =>
    JSON.stringify(turn.messages.at(-1)).includes('degrees')
      ? say('It is 12 degrees.')
      : think('I need the weather.', callTool('weather', { city: 'Oslo' })),
  );
  // Its own `reasoning` is sent only to models whose names it knows.
  const model = chat(gateway, { modelKwargs: { reasoning_effort: 'low' } }).bindTools([weather]);
  const question = new HumanMessage('How warm is it in Oslo?');
  const asked = await model.invoke([question]);
  expect(asked.additional_kwargs.reasoning_content).toBe('I need the weather.');
  const result = new ToolMessage({ content: '12 degrees', tool_call_id: asked.tool_calls?.[0]?.id ?? '' });
  await model.invoke([question, asked, result]);
  expect(lastBody(gateway)).toMatchObject({
    thinking: { type: 'enabled' },
    messages: [{}, { content: [{ type: 'thinking', thinking: 'I need the weather.' }, {}] }, {}],
  });
});

feature('objects', 'works', async () => {
  const schema = z.object({ city: z.string(), degrees: z.number() });
  const weatherIs = { city: 'Oslo', degrees: 12 };
  await using gateway = await scripted(({ turn }) =>
    turn.tools.length > 0 ? callTool('extract', weatherIs) : say(JSON.stringify(weatherIs)),
  );
  for (const method of ['jsonSchema', 'jsonMode', 'functionCalling'] as const) {
    const model = chat(gateway).withStructuredOutput(schema, { method, name: 'extract' });
    expect(await model.invoke('The weather?'), method).toEqual(weatherIs);
  }
});

feature('images', 'works', async () => {
  await using gateway = await scripted(() => say('A dot.'));
  const content = [
    { type: 'text', text: 'What is this?' },
    { type: 'image_url', image_url: { url: pixel } },
  ];
  const answer = await chat(gateway).invoke([new HumanMessage({ content })]);
  expect(answer.text).toBe('A dot.');
  expect(lastBody(gateway)).toMatchObject({ messages: [{ content: [{}, { type: 'image' }] }] });
});

feature('error', 'works', async () => {
  await using gateway = await scripted(() => brokenOff);
  await expect(chat(gateway, { model: 'gpt-9' }).invoke('Hi')).rejects.toMatchObject({
    status: 404,
    code: 'model_not_found',
  });
  const read = async () => Array.fromAsync(await chat(gateway).stream('Hi'));
  await expect(read()).rejects.toThrow(/internal/i);
});

feature('abort', 'works', async () => {
  await using gateway = await scripted(() => unending);
  const aborting = new AbortController();
  const read = async () => {
    for await (const { text } of await chat(gateway).stream('Go on', { signal: aborting.signal })) {
      if (text !== '') await expectGone(gateway, () => aborting.abort());
    }
  };
  await expect(read()).rejects.toThrow();
});

feature('embeddings', 'works', async () => {
  await using gateway = await scripted();
  const embeddings = new OpenAIEmbeddings({
    model: 'cohere.embed-multilingual-v3',
    apiKey: 'none',
    configuration: { baseURL: `${gateway.url}/v1` },
  });
  const vectors = await embeddings.embedDocuments(['a cat', 'a dog']);
  expect(vectors).toHaveLength(2);
  expect(vectors[0]?.length).toBeGreaterThan(100);
});
