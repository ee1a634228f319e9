import { BedrockEmbeddings, ChatBedrockConverse } from '@langchain/aws';
import { HumanMessage, ToolMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { callTool, failing, say, think } from '@streambed/bedrock-emulator';
import { expect } from 'vitest';
import { z } from 'zod';
import type { Gateway } from '../../apps/server/test/gateway.ts';
import { feature as declare } from './matrix.ts';
import { expectGone, pixel, scripted, unending } from './upstream.ts';

const feature = declare.bind(undefined, '@langchain/aws');

/** Nothing but AWS's own variables says where and with which key to go. */
function pointAt({ url }: Gateway): void {
  process.env.AWS_ENDPOINT_URL_BEDROCK_RUNTIME = url;
  process.env.AWS_BEARER_TOKEN_BEDROCK = 'a-key';
}

function modelAt(gateway: Gateway, more: object = {}): ChatBedrockConverse {
  pointAt(gateway);
  return new ChatBedrockConverse({
    region: 'us-east-1',
    model: 'us.anthropic.claude-haiku-4-5-20251001-v1:0',
    maxTokens: 4000,
    maxRetries: 0,
    ...more,
  });
}

const weather = tool(async ({ city }: { city: string }) => `12 degrees in ${city}`, {
  name: 'weather',
  description: 'Tells the weather.',
  schema: z.object({ city: z.string() }),
});

feature('plain', 'works', async () => {
  await using gateway = await scripted(() => say('Hello.'));
  for (const model of ['claude-haiku', 'us.amazon.nova-2-lite-v1:0']) {
    const answer = await modelAt(gateway, { model }).invoke('Hi');
    expect(answer.content).toBe('Hello.');
    expect(answer).toMatchObject({ usage_metadata: { output_tokens: expect.any(Number) } });
  }
});

feature('stream', 'works', async () => {
  await using gateway = await scripted(() => say(['Hel', 'lo', '.']));
  const chunks = await Array.fromAsync(await modelAt(gateway).stream('Hi'));
  expect(chunks.map(({ text }) => text).join('')).toBe('Hello.');
  expect(chunks.filter(({ text }) => text !== '')).toHaveLength(3);
});

feature('tools', 'works', async () => {
  await using gateway = await scripted(({ turn }) =>
    turn.messages.at(-1)?.toolResults.length === 1
      ? say('It is 12 degrees.')
      : callTool('weather', { city: 'Oslo' }),
  );
  const model = modelAt(gateway).bindTools([weather]);
  const question = new HumanMessage('How warm is it in Oslo?');
  const called = await model.invoke([question]);
  const [call] = called.tool_calls ?? [];
  expect(call).toMatchObject({ name: 'weather', args: { city: 'Oslo' } });
  const result = new ToolMessage({ content: '12 degrees', tool_call_id: call?.id ?? '' });
  const answered = await model.invoke([question, called, result]);
  expect(answered.content).toBe('It is 12 degrees.');
});

feature('structured output', 'works', async () => {
  await using gateway = await scripted(({ turn }) =>
    callTool(turn.tools[0]?.name as string, { degrees: 12 }),
  );
  const model = modelAt(gateway).withStructuredOutput(z.object({ degrees: z.number() }));
  expect(await model.invoke('How warm?')).toEqual({ degrees: 12 });
});

feature('images', 'works', async () => {
  await using gateway = await scripted(({ turn }) => say(turn.messages[0]?.attachments.join() ?? ''));
  const content = [
    { type: 'text', text: 'What is this?' },
    { type: 'image_url', image_url: { url: pixel } },
  ];
  const answer = await modelAt(gateway).invoke([new HumanMessage({ content })]);
  expect(answer.content).toBe('image/png');
});

feature('thinking', 'works', async () => {
  await using gateway = await scripted(() => think('Two and two.', say('Four.')));
  const model = modelAt(gateway, {
    additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 1024 } },
  });
  const answer = await model.invoke('Two and two?');
  expect(answer.text).toBe('Four.');
  expect(JSON.stringify(answer.content)).toContain('Two and two.');
  // What was thought goes back unchanged.
  const next = [new HumanMessage('Two and two?'), answer, new HumanMessage('Sure?')];
  expect((await model.invoke(next)).text).toBe('Four.');
});

feature('embeddings', 'works', async () => {
  await using gateway = await scripted();
  pointAt(gateway);
  const model = new BedrockEmbeddings({ region: 'us-east-1', model: 'amazon.titan-embed-text-v2:0' });
  const [one, two] = await model.embedDocuments(['Hello', 'Goodbye']);
  expect(one).toHaveLength(1024);
  expect(two).not.toEqual(one);
});

feature('error', 'works', async () => {
  await using gateway = await scripted(({ prompt }) =>
    failing(say('x'), { type: 'error', name: prompt as 'ValidationException' }),
  );
  for (const name of ['ValidationException', 'AccessDeniedException']) {
    await expect(modelAt(gateway).invoke(name)).rejects.toMatchObject({ name });
  }
});

feature('error in mid-stream', 'works', async () => {
  await using gateway = await scripted(() =>
    failing(say(['one ', 'two ', 'three ', 'four ']), { type: 'cut', at: 'mid-frame', after: 4 }),
  );
  const reading = async () => Array.fromAsync(await modelAt(gateway).stream('Go on.'));
  await expect(reading()).rejects.toThrow(/broke off/);
});

feature('abort', 'works', async () => {
  await using gateway = await scripted(() => unending);
  const leaving = new AbortController();
  const stream = await modelAt(gateway).stream('Go on.', { signal: leaving.signal });
  const chunks = stream[Symbol.asyncIterator]();
  await chunks.next();
  await expectGone(gateway, () => leaving.abort());
  await stream.cancel().catch(() => {});
});
