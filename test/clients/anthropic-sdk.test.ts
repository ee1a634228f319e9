import Anthropic, {
  APIError,
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from '@anthropic-ai/sdk';
import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod';
import { callTool, failing, type Script, say, think } from '@streambed/bedrock-emulator';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { type Gateway, startGateway, upstreamGone } from '../../apps/server/test/gateway.ts';
import { feature as declare } from './matrix.ts';

const feature = declare.bind(undefined, '@anthropic-ai/sdk');

/** A model whose native body is Anthropic's own format, and one that is called by Converse. */
const claude = 'claude-haiku-4-5-20251001';
const nova = 'nova-lite';

const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const hi = [{ role: 'user' as const, content: 'Hi' }];

interface Setup extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly client: Anthropic;
}

async function setup(script?: Script, path = ''): Promise<Setup> {
  const gateway = await startGateway({ emulator: script === undefined ? {} : { script } });
  const client = new Anthropic({ baseURL: `${gateway.url}${path}`, apiKey: 'none', maxRetries: 0 });
  return { gateway, client, [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]() };
}

/** The body that the upstream was sent last. */
function lastBody({ emulator }: Gateway): Record<string, unknown> {
  return JSON.parse(emulator.requests.at(-1)?.body ?? '{}');
}

const weather = {
  name: 'get_weather',
  description: 'The weather of a place',
  input_schema: { type: 'object' as const, properties: { city: { type: 'string' } }, required: ['city'] },
};

/** Asks for two tools, and then says what they came to. */
const twoTools: Script = ({ body }) =>
  body.includes('tool_result') || body.includes('toolResult')
    ? say('It is 7 degrees in Oslo.')
    : {
        blocks: [
          ...callTool('get_weather', { city: 'Oslo' }).blocks,
          ...callTool('get_weather', { city: 'Rome' }).blocks,
        ],
      };

feature('plain', 'works', async () => {
  for (const path of ['', '/anthropic']) {
    for (const model of [claude, nova]) {
      await using with_ = await setup(() => say(['Hello', ', ', 'you.']), path);
      const message = await with_.client.messages.create({
        model,
        max_tokens: 100,
        system: 'Be kind.',
        messages: hi,
        metadata: { user_id: 'someone' },
      });
      expect(message).toMatchObject({
        type: 'message',
        role: 'assistant',
        content: [{ type: 'text', text: 'Hello, you.' }],
        stop_reason: 'end_turn',
        stop_sequence: null,
      });
      expect(message.usage.input_tokens).toBeGreaterThan(0);
      expect(message.usage.output_tokens).toBe(3);
      expect(message._request_id).toMatch(/^req_/);
    }
  }
});

feature('stream', 'works', async () => {
  await using with_ = await setup(() => say(['one ', 'two ', 'three']));
  for (const model of [claude, nova]) {
    const stream = await with_.client.messages.create({ model, max_tokens: 100, messages: hi, stream: true });
    const events = await Array.fromAsync(stream);
    expect(events.map(({ type }) => type)).toEqual([
      'message_start',
      'content_block_start',
      ...Array.from({ length: 3 }, () => 'content_block_delta'),
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
    const delta = events.find(({ type }) => type === 'message_delta');
    expect(delta).toMatchObject({ delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 3 } });
  }
});

feature('stream helper', 'works', async () => {
  await using with_ = await setup(() => say(['one ', 'two ', 'three']));
  for (const model of [claude, nova]) {
    const texts: string[] = [];
    const stream = with_.client.messages
      .stream({ model, max_tokens: 100, messages: hi })
      .on('text', (text) => texts.push(text));
    const message = await stream.finalMessage();
    expect(texts).toEqual(['one ', 'two ', 'three']);
    expect(message.content).toMatchObject([{ type: 'text', text: 'one two three' }]);
    expect(message.usage.output_tokens).toBe(3);
    expect(message.usage.input_tokens).toBeGreaterThan(0);
  }
});

feature('tools', 'works', async () => {
  await using with_ = await setup(twoTools);
  const { client } = with_;
  for (const model of [claude, nova]) {
    const params = { model, max_tokens: 500, tools: [weather], messages: hi };
    const asked = await client.messages.stream(params).finalMessage();
    expect(asked.stop_reason).toBe('tool_use');
    const calls = asked.content.filter((block) => block.type === 'tool_use');
    expect(calls.map(({ input }) => input)).toEqual([{ city: 'Oslo' }, { city: 'Rome' }]);
    const answered = await client.messages.create({
      ...params,
      messages: [
        ...hi,
        { role: 'assistant', content: asked.content },
        {
          role: 'user',
          content: calls.map(({ id }) => ({ type: 'tool_result', tool_use_id: id, content: '7 degrees' })),
        },
      ],
    });
    expect(answered.content).toMatchObject([{ type: 'text', text: 'It is 7 degrees in Oslo.' }]);
  }
});

feature('tool runner', 'works', async () => {
  await using with_ = await setup(twoTools);
  const asked: string[] = [];
  const tool = betaZodTool({
    name: 'get_weather',
    description: 'The weather of a place',
    inputSchema: z.object({ city: z.string() }),
    run: ({ city }) => {
      asked.push(city);
      return '7 degrees';
    },
  });
  for (const stream of [false, true]) {
    asked.length = 0;
    const runner = with_.client.beta.messages.toolRunner({
      model: claude,
      max_tokens: 500,
      messages: hi,
      tools: [tool],
      stream,
    });
    const last = await runner.runUntilDone();
    expect(asked).toEqual(['Oslo', 'Rome']);
    expect(last.content).toMatchObject([{ type: 'text', text: 'It is 7 degrees in Oslo.' }]);
  }
});

feature('structured output', 'works', async () => {
  await using with_ = await setup(() => say('{"city":"Oslo","degrees":7}'));
  const message = await with_.client.messages.parse({
    model: claude,
    max_tokens: 100,
    messages: hi,
    output_config: { format: zodOutputFormat(z.object({ city: z.string(), degrees: z.number() })) },
  });
  expect(message.parsed_output).toEqual({ city: 'Oslo', degrees: 7 });
  expect(lastBody(with_.gateway)).toMatchObject({ output_config: { format: { type: 'json_schema' } } });
});

feature('images', 'works', async () => {
  await using with_ = await setup(() => say('A pixel.'));
  const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: pixel } } as const;
  for (const model of [claude, nova]) {
    const content = [image, { type: 'text', text: 'What is it?' }] as const;
    const message = await with_.client.messages.create({
      model,
      max_tokens: 100,
      messages: [{ role: 'user', content: [...content] }],
    });
    expect(message.content).toMatchObject([{ type: 'text', text: 'A pixel.' }]);
    expect(JSON.stringify(lastBody(with_.gateway))).toContain(pixel);
  }
});

feature('thinking', 'works', async () => {
  await using with_ = await setup(() => think('Let me see.', say('Yes.')));
  const { client, gateway } = with_;
  const params = {
    model: claude,
    max_tokens: 4000,
    thinking: { type: 'enabled', budget_tokens: 2000 },
    messages: hi,
  } as const;
  const message = await client.messages.stream(params).finalMessage();
  expect(message.content).toMatchObject([
    { type: 'thinking', thinking: 'Let me see.', signature: expect.stringMatching(/.+/) },
    { type: 'text', text: 'Yes.' },
  ]);
  // Its signature goes back as it came: Claude takes no other.
  await client.messages.create({
    ...params,
    messages: [...hi, { role: 'assistant', content: message.content }, { role: 'user', content: 'Sure?' }],
  });
  expect(lastBody(gateway)).toMatchObject({ messages: [{}, { content: message.content }, {}] });
});

feature('prompt caching', 'works', async () => {
  await using with_ = await setup(() => say('Hello.'));
  const { client, gateway } = with_;
  const long = {
    type: 'text',
    text: 'word '.repeat(8000),
    cache_control: { type: 'ephemeral', ttl: '1h' },
  } as const;
  const params = { model: claude, max_tokens: 100, system: [long], messages: hi };
  const first = await client.messages.create(params);
  const second = await client.messages.create(params);
  expect(first.usage.cache_creation?.ephemeral_1h_input_tokens).toBeGreaterThan(0);
  expect(second.usage.cache_read_input_tokens).toBe(first.usage.cache_creation_input_tokens);
  expect(lastBody(gateway)).toMatchObject({ system: [{ cache_control: { type: 'ephemeral', ttl: '1h' } }] });
});

feature('beta features', 'works', async () => {
  await using with_ = await setup(() => say('Hello.'));
  const { client, gateway } = with_;
  const { response } = await client.beta.messages
    .create({
      model: claude,
      max_tokens: 100,
      messages: hi,
      betas: ['context-management-2025-06-27', 'files-api-2025-04-14'],
      context_management: { edits: [{ type: 'clear_tool_uses_20250919' }] },
    })
    .withResponse();
  expect(lastBody(gateway)).toMatchObject({
    anthropic_beta: ['context-management-2025-06-27'],
    context_management: { edits: [{ type: 'clear_tool_uses_20250919' }] },
  });
  expect(response.headers.get('x-streambed-dropped')).toBe('anthropic-beta=files-api-2025-04-14');
});

feature('count tokens', 'works', async () => {
  await using with_ = await setup(() => say('Hello.'));
  const { client } = with_;
  const { input_tokens } = await client.messages.countTokens({
    model: claude,
    messages: hi,
    system: 'Be kind.',
  });
  const { usage } = await client.messages.create({
    model: claude,
    max_tokens: 9,
    messages: hi,
    system: 'Be kind.',
  });
  expect(input_tokens).toBe(usage.input_tokens);
});

feature('models', 'works', async () => {
  for (const path of ['', '/anthropic']) {
    await using with_ = await setup(undefined, path);
    const { client } = with_;
    const paged = (await Array.fromAsync(client.models.list({ limit: 7 }))).map(({ id }) => id);
    const atOnce = (await client.models.list()).data.map(({ id }) => id);
    expect(paged).toEqual(atOnce);
    expect(atOnce).toEqual(expect.arrayContaining(['claude-haiku', 'nova-lite', claude]));
    expect(new Set(atOnce).size).toBe(atOnce.length);
    expect(await client.models.retrieve(claude)).toMatchObject({
      id: claude,
      display_name: 'Claude Haiku 4.5',
    });
    const arn = 'arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0';
    expect(await client.models.retrieve(arn)).toMatchObject({ id: arn, display_name: 'Nova Lite' });
    await expect(client.models.retrieve('nobody')).rejects.toBeInstanceOf(NotFoundError);
  }
});

feature('error', 'works', async () => {
  await using with_ = await setup();
  const { client, gateway } = with_;
  const ask = (more: object) =>
    client.messages.create({ model: claude, max_tokens: 9, messages: hi, ...more });
  const unknown = await ask({ model: 'nobody' }).catch((thrown: unknown) => thrown);
  expect(unknown).toBeInstanceOf(NotFoundError);
  expect(unknown).toMatchObject({
    status: 404,
    type: 'not_found_error',
    requestID: expect.stringMatching(/^req_/),
    message: expect.stringContaining('nobody'),
  });
  await expect(ask({ messages: [] })).rejects.toBeInstanceOf(BadRequestError);
  await expect(ask({ temperature: 9 })).rejects.toBeInstanceOf(BadRequestError);
  expect(gateway.emulator.requests).toHaveLength(0);
});

test('errors of Bedrock are those that the client knows', async () => {
  const cases = [
    ['ThrottlingException', RateLimitError, 'rate_limit_error'],
    ['ServiceUnavailableException', InternalServerError, 'overloaded_error'],
    ['InternalServerException', InternalServerError, 'api_error'],
    ['ExpiredTokenException', InternalServerError, 'api_error'],
  ] as const;
  for (const [name, kind, type] of cases) {
    await using with_ = await setup(() => failing(say('no'), { type: 'error', name }));
    const thrown = await with_.client.messages
      .create({ model: claude, max_tokens: 9, messages: hi })
      .catch((error: unknown) => error);
    expect(thrown, name).toBeInstanceOf(kind);
    // The caller's own key is not what is wrong.
    expect(thrown, name).not.toBeInstanceOf(AuthenticationError);
    expect(thrown, name).toMatchObject({ type });
  }
}, 20_000);

feature('error in mid-stream', 'works', async () => {
  const cut = failing(say(['one ', 'two ']), { type: 'exception', name: 'throttlingException', after: 3 });
  await using with_ = await setup(() => cut);
  const texts: string[] = [];
  const stream = with_.client.messages
    .stream({ model: claude, max_tokens: 100, messages: hi })
    .on('text', (text) => texts.push(text));
  const thrown = await stream.finalMessage().catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(APIError);
  expect(thrown).toMatchObject({ type: 'rate_limit_error' });
  expect(texts.length).toBeGreaterThan(0);
});

feature('abort', 'works', async () => {
  const stalled = failing(say(['one ', 'two ', 'three ']), { type: 'stall', after: 4 });
  await using with_ = await setup(() => stalled);
  const { client, gateway } = with_;
  for (const model of [claude, nova]) {
    const stream = client.messages.stream({ model, max_tokens: 100, messages: hi });
    stream.on('text', () => stream.abort());
    await expect(stream.finalMessage()).rejects.toBeInstanceOf(APIUserAbortError);
    await upstreamGone(gateway);
  }
});

feature('MCP servers', 'refused', async () => {
  await using with_ = await setup();
  const asked = with_.client.beta.messages.create({
    model: claude,
    max_tokens: 9,
    messages: hi,
    mcp_servers: [{ type: 'url', url: 'https://example.com', name: 'a' }],
    betas: ['mcp-client-2025-11-20'],
  });
  await expect(asked).rejects.toThrow(/mcp_servers: Bedrock calls no MCP servers/);
});

feature('web search on the server', 'refused', async () => {
  await using with_ = await setup();
  for (const model of [claude, nova]) {
    const asked = with_.client.messages.create({
      model,
      max_tokens: 9,
      messages: hi,
      tools: [{ type: 'web_search_20250305', name: 'web_search' }],
    });
    await expect(asked).rejects.toBeInstanceOf(BadRequestError);
  }
});

feature('message threads', 'refused', async () => {
  await using with_ = await setup();
  const thread = with_.client.beta.messages.thread({ model: claude, max_tokens: 9 });
  await expect(thread.send({ role: 'user', content: 'Hi' })).rejects.toThrow(/thread: Nothing is kept/);
});

feature('batches', 'refused', async () => {
  await using with_ = await setup();
  await expect(with_.client.messages.batches.list()).rejects.toBeInstanceOf(NotFoundError);
});
