import AnthropicBedrock from '@anthropic-ai/bedrock-sdk';
import { callTool, failing, say, think } from '@streambed/bedrock-emulator';
import { expect } from 'vitest';
import type { Gateway } from '../../apps/server/test/gateway.ts';
import { feature as declare } from './matrix.ts';
import { expectGone, lastBody, pixel, scripted, unending } from './upstream.ts';

const { APIError, BadRequestError, PermissionDeniedError, RateLimitError } = AnthropicBedrock;
const feature = declare.bind(undefined, '@anthropic-ai/bedrock-sdk');

const hello = {
  model: 'claude-haiku',
  max_tokens: 4000,
  messages: [{ role: 'user' as const, content: 'Hello' }],
};

/** What `ANTHROPIC_BEDROCK_BASE_URL` and `AWS_BEARER_TOKEN_BEDROCK` set: so does Claude Code in its Bedrock mode. */
function clientOf({ url }: Gateway): AnthropicBedrock {
  return new AnthropicBedrock({ baseURL: url, apiKey: 'a-key', awsRegion: 'us-east-1', maxRetries: 0 });
}

feature('plain', 'works', async () => {
  await using gateway = await scripted(() => say('Hello.'));
  const arn =
    'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-haiku-4-5-20251001-v1:0';
  for (const model of ['claude-haiku', 'us.anthropic.claude-haiku-4-5-20251001-v1:0', arn]) {
    const message = await clientOf(gateway).messages.create({ ...hello, model });
    expect(message.content).toEqual([{ type: 'text', text: 'Hello.' }]);
    expect(message.stop_reason).toBe('end_turn');
    expect(message.usage.output_tokens).toBeGreaterThan(0);
  }
  const { anthropic_version: _, ...body } = lastBody(gateway);
  expect(body).toEqual({ max_tokens: 4000, messages: hello.messages });
});

feature('stream', 'works', async () => {
  await using gateway = await scripted(() => say(['Hel', 'lo', '.']));
  const stream = clientOf(gateway).messages.stream(hello);
  const pieces: string[] = [];
  stream.on('text', (piece) => pieces.push(piece));
  const message = await stream.finalMessage();
  expect(pieces).toEqual(['Hel', 'lo', '.']);
  expect(message.stop_reason).toBe('end_turn');
});

feature('tools', 'works', async () => {
  await using gateway = await scripted(({ turn }) =>
    turn.messages.at(-1)?.toolResults.length === 1
      ? say('It is 12 degrees.')
      : callTool('weather', { city: 'Oslo' }),
  );
  const tools = [{ name: 'weather', input_schema: { type: 'object' as const } }];
  const client = clientOf(gateway);
  const called = await client.messages.stream({ ...hello, tools }).finalMessage();
  const [call] = called.content;
  if (call?.type !== 'tool_use') throw new Error('no tool was called');
  expect(call.input).toEqual({ city: 'Oslo' });
  const result = { type: 'tool_result' as const, tool_use_id: call.id, content: '12' };
  const answered = await client.messages.create({
    ...hello,
    tools,
    messages: [
      ...hello.messages,
      { role: 'assistant', content: called.content },
      { role: 'user', content: [result] },
    ],
  });
  expect(answered.content).toMatchObject([{ text: 'It is 12 degrees.' }]);
});

feature('images', 'works', async () => {
  await using gateway = await scripted(({ turn }) => say(turn.messages[0]?.attachments.join() ?? ''));
  const source = {
    type: 'base64' as const,
    media_type: 'image/png' as const,
    data: pixel.split(',')[1] as string,
  };
  const message = await clientOf(gateway).messages.create({
    ...hello,
    messages: [
      {
        role: 'user',
        content: [
          { type: 'image', source },
          { type: 'text', text: 'What?' },
        ],
      },
    ],
  });
  expect(message.content).toMatchObject([{ text: 'image/png' }]);
});

feature('thinking', 'works', async () => {
  await using gateway = await scripted(() => think('Two and two.', say('Four.')));
  const stream = clientOf(gateway).messages.stream({
    ...hello,
    thinking: { type: 'enabled', budget_tokens: 1024 },
  });
  const { content } = await stream.finalMessage();
  expect(content).toMatchObject([
    { type: 'thinking', thinking: 'Two and two.', signature: expect.stringMatching(/./) },
    { type: 'text', text: 'Four.' },
  ]);
});

feature('betas in the body', 'works', async () => {
  await using gateway = await scripted(() => say('Hello.'));
  await clientOf(gateway).beta.messages.create({ ...hello, betas: ['context-1m-2025-08-07'] });
  expect(lastBody(gateway).anthropic_beta).toEqual(['context-1m-2025-08-07']);
});

feature('error', 'works', async () => {
  await using gateway = await scripted(({ prompt }) =>
    failing(say('x'), { type: 'error', name: prompt as 'ThrottlingException' }),
  );
  for (const [name, kind] of [
    ['ValidationException', BadRequestError],
    ['AccessDeniedException', PermissionDeniedError],
    ['ThrottlingException', RateLimitError],
  ] as const) {
    const messages = [{ role: 'user' as const, content: name }];
    const client = clientOf(gateway);
    await expect(client.messages.create({ ...hello, messages })).rejects.toThrow(kind);
    if (kind === RateLimitError) continue;
    await expect(client.messages.stream({ ...hello, messages }).finalMessage()).rejects.toThrow(kind);
  }
  const unknown = clientOf(gateway).messages.create({ ...hello, model: 'claud-haiku' });
  await expect(unknown).rejects.toThrow(/Did you mean claude-haiku/);
});

feature('error in mid-stream', 'works', async () => {
  await using gateway = await scripted(({ prompt }) =>
    failing(
      say(['one ', 'two ', 'three ', 'four ']),
      prompt === 'cut'
        ? { type: 'cut', at: 'mid-frame', after: 4 }
        : { type: 'exception', name: 'modelStreamErrorException', after: 4 },
    ),
  );
  for (const content of ['cut', 'exception']) {
    const messages = [{ role: 'user' as const, content }];
    const stream = clientOf(gateway).messages.stream({ ...hello, messages });
    await expect(stream.finalMessage()).rejects.toThrow(APIError);
    expect(JSON.stringify(stream.currentMessage ?? stream.messages)).not.toContain('end_turn');
  }
});

feature('abort', 'works', async () => {
  await using gateway = await scripted(() => unending);
  const stream = clientOf(gateway).messages.stream(hello);
  const ended = stream.done().catch((error: unknown) => error);
  await stream.emitted('text');
  await expectGone(gateway, () => stream.abort());
  expect(await ended).toBeInstanceOf(Error);
});
