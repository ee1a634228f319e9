import { callTool, failing, say, think } from '@streambed/bedrock-emulator';
import OpenAI, {
  APIError,
  APIUserAbortError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from 'openai';
import { zodFunction, zodResponseFormat } from 'openai/helpers/zod';
import type { ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Gateway } from '../../apps/server/test/gateway.ts';
import { feature as declare } from './matrix.ts';
import { bodiesOf, brokenOff, expectGone, lastBody, pixel, scripted, unending } from './upstream.ts';

const feature = declare.bind(undefined, 'openai (chat)');

/** One that is called natively, and one by Converse. */
const claude = 'anthropic';
const nova = 'us.amazon.nova-2-lite-v1:0';
const hello: ChatCompletionMessageParam[] = [{ role: 'user', content: 'Hello' }];

function clientOf({ url }: Gateway, prefix = '/v1'): OpenAI {
  return new OpenAI({ baseURL: url + prefix, apiKey: 'none', maxRetries: 0 });
}

const weather = zodFunction({
  name: 'weather',
  description: 'How warm it is.',
  parameters: z.object({ city: z.string().min(1) }),
  function: ({ city }) => `${city}: 12 degrees`,
});

feature('plain', 'works', async () => {
  await using gateway = await scripted(() => say('Hello.'));
  for (const model of [claude, nova, 'llama3']) {
    const { data, response } = await clientOf(gateway)
      .chat.completions.create({
        model,
        messages: [{ role: 'developer', content: 'Be brief.' }, ...hello],
        temperature: 0.5,
        seed: 7,
      })
      .withResponse();
    expect(data.choices).toMatchObject([
      { finish_reason: 'stop', message: { role: 'assistant', content: 'Hello.' } },
    ]);
    expect(data.usage?.total_tokens).toBeGreaterThan(2);
    expect(data.id).toBe(response.headers.get('x-streambed-generation')?.replace(/^gen_/, 'chatcmpl-'));
    expect(response.headers.get('x-streambed-dropped')).toBe('seed');
    expect(response.headers.get('x-streambed-defaulted')).toMatch(/^max_tokens=\d+$/);
    expect(response.headers.get('x-streambed-target')).toBeTruthy();
    expect(response.headers.get('x-request-id')).toMatch(/^req_/);
  }
  expect(bodiesOf(gateway)[0]).toMatchObject({ system: 'Be brief.', temperature: 0.5, max_tokens: 8192 });
  const answer = await clientOf(gateway, '/openai/v1').chat.completions.create({
    model: claude,
    messages: hello,
    max_completion_tokens: 9,
  });
  expect(answer.choices[0]?.message.content).toBe('Hello.');
  expect(lastBody(gateway)).toMatchObject({ max_tokens: 9 });
});

feature('stream', 'works', async () => {
  await using gateway = await scripted(() => say(['Hel', 'lo', '.']));
  for (const model of [claude, nova, 'llama3']) {
    const stream = await clientOf(gateway).chat.completions.create({ model, messages: hello, stream: true });
    const chunks = await Array.fromAsync(stream);
    expect(chunks[0]?.choices[0]?.delta).toMatchObject({ role: 'assistant' });
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe('Hello.');
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('stop');
    const helper = clientOf(gateway).chat.completions.stream({
      model,
      messages: hello,
      stream_options: { include_usage: true },
    });
    const pieces: string[] = [];
    helper.on('content', (piece) => pieces.push(piece));
    const final = await helper.finalChatCompletion();
    expect(final.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'Hello.' } });
    expect(pieces.join('')).toBe('Hello.');
    expect((await helper.totalUsage()).completion_tokens).toBeGreaterThan(0);
  }
});

feature('tools', 'works', async () => {
  await using gateway = await scripted(({ turn }) => {
    if (JSON.stringify(turn.messages.at(-1)).includes('degrees')) return say('It is 12 degrees in both.');
    const [one, two] = [callTool('weather', { city: 'Oslo' }), callTool('weather', { city: 'Bergen' })];
    return { blocks: [...one.blocks, ...two.blocks] };
  });
  const about = { messages: [{ role: 'user' as const, content: 'Oslo and Bergen?' }], tools: [weather] };
  for (const model of [claude, nova]) {
    const whole = clientOf(gateway).chat.completions.runTools({ ...about, model });
    expect(await whole.finalContent()).toBe('It is 12 degrees in both.');
    const streamed = clientOf(gateway).chat.completions.runTools({ ...about, model, stream: true });
    expect(await streamed.finalContent()).toBe('It is 12 degrees in both.');
  }
  const [asked, answered, ...again] = bodiesOf(gateway);
  expect(asked).toMatchObject({
    tools: [{ name: 'weather', strict: true, input_schema: { additionalProperties: false } }],
  });
  const calls = (answered as { messages: { content: { id?: string; tool_use_id?: string }[] }[] }).messages;
  expect(calls[2]?.content).toMatchObject([
    { type: 'tool_result', tool_use_id: calls[1]?.content[0]?.id, content: 'Oslo: 12 degrees' },
    { type: 'tool_result', tool_use_id: calls[1]?.content[1]?.id, content: 'Bergen: 12 degrees' },
  ]);
  expect(again[0]).toEqual(asked);
});

feature('tool_choice', 'works', async () => {
  await using gateway = await scripted();
  const tools = ['first', 'second'].map((name) => ({
    type: 'function' as const,
    function: { name, parameters: { type: 'object', properties: {} } },
  }));
  const ask = async (more: object) => {
    const answer = await clientOf(gateway).chat.completions.create({
      model: claude,
      messages: hello,
      tools,
      ...more,
    });
    return answer.choices[0]?.message.tool_calls?.map(
      (call) => call.type === 'function' && call.function.name,
    );
  };
  expect(await ask({ tool_choice: { type: 'function', function: { name: 'second' } } })).toEqual(['second']);
  expect(await ask({ tool_choice: 'required', parallel_tool_calls: false })).toHaveLength(1);
  expect(lastBody(gateway).tool_choice).toEqual({ type: 'any', disable_parallel_tool_use: true });
  expect(await ask({ tool_choice: 'none' })).toBeUndefined();
  const allowed_tools = { mode: 'required', tools: [{ type: 'function', function: { name: 'first' } }] };
  expect(await ask({ tool_choice: { type: 'allowed_tools', allowed_tools } })).toEqual(['first']);
});

feature('images', 'works', async () => {
  await using gateway = await scripted(() => say('A dot.'));
  const seen = await clientOf(gateway).chat.completions.create({
    model: claude,
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image_url', image_url: { url: pixel } },
          { type: 'file', file: { filename: 'a.txt', file_data: 'data:text/plain;base64,aGk=' } },
        ],
      },
    ],
  });
  expect(seen.choices[0]?.message.content).toBe('A dot.');
  expect(lastBody(gateway)).toMatchObject({
    messages: [
      {
        content: [
          { type: 'text' },
          { type: 'image', source: { media_type: 'image/png', data: pixel.split(',')[1] } },
          { type: 'document', title: 'a.txt', source: { type: 'text', data: 'hi' } },
        ],
      },
    ],
  });
});

feature('images by address', 'refused', async () => {
  await using gateway = await scripted();
  const image_url = { url: 'http://169.254.169.254/latest/meta-data' };
  const refused = clientOf(gateway).chat.completions.create({
    model: claude,
    messages: [{ role: 'user', content: [{ type: 'image_url', image_url }] }],
  });
  await expect(refused).rejects.toThrow(BadRequestError);
  await expect(refused).rejects.toMatchObject({ param: 'messages[0].content[0].image_url.url' });
  expect(gateway.emulator.requests).toEqual([]);
});

feature('thinking', 'works', async () => {
  await using gateway = await scripted(({ turn }) =>
    JSON.stringify(turn.messages.at(-1)).includes('degrees')
      ? think('Twelve.', say('It is 12 degrees.'))
      : think('I need the weather.', callTool('weather', { city: 'Oslo' })),
  );
  const about = {
    model: claude,
    reasoning_effort: 'low' as const,
    messages: [{ role: 'user' as const, content: 'How warm?' }],
    tools: [weather],
  };
  const client = clientOf(gateway);
  const thoughts = [{ type: 'reasoning.text', text: 'I need the weather.', signature: expect.any(String) }];
  const wentBack = {
    thinking: { type: 'enabled', budget_tokens: 1638 },
    messages: [
      {},
      {
        content: [
          { type: 'thinking', thinking: 'I need the weather.', signature: expect.stringMatching(/./) },
          { type: 'tool_use' },
        ],
      },
      {},
    ],
  };
  for (const stream of [false, true]) {
    // A message sent back as it came brings its thoughts along.
    const asked = stream
      ? await client.chat.completions.stream(about).finalMessage()
      : (await client.chat.completions.create(about)).choices[0]?.message;
    expect(asked).toMatchObject({ reasoning_details: thoughts });
    const result = {
      role: 'tool' as const,
      tool_call_id: asked?.tool_calls?.[0]?.id ?? '',
      content: '12 degrees',
    };
    await client.chat.completions.create({
      ...about,
      messages: [...about.messages, asked as ChatCompletionMessageParam, result],
    });
    expect(lastBody(gateway)).toMatchObject(wentBack);
    // The client's own loop leaves out what OpenAI's types don't have: the id of the call brings the thoughts back.
    const runner = stream
      ? client.chat.completions.runTools({ ...about, stream: true })
      : client.chat.completions.runTools(about);
    expect(await runner.finalContent()).toBe('It is 12 degrees.');
    expect(lastBody(gateway)).toMatchObject(wentBack);
  }
});

feature('thinking in a tool loop without its thoughts', 'works', async () => {
  await using gateway = await scripted(() => say('It is 12 degrees.'));
  const call = { id: 'call_1', type: 'function' as const, function: { name: 'weather', arguments: '{}' } };
  const { data, response } = await clientOf(gateway)
    .chat.completions.create({
      model: claude,
      reasoning_effort: 'low',
      messages: [
        ...hello,
        { role: 'assistant', tool_calls: [call] },
        { role: 'tool', tool_call_id: 'call_1', content: '12 degrees' },
      ],
      tools: [weather],
    })
    .withResponse();
  expect(data.choices[0]?.message.content).toBe('It is 12 degrees.');
  expect(response.headers.get('x-streambed-dropped')).toBe('reasoning_effort');
  expect(lastBody(gateway)).not.toHaveProperty('thinking');
});

const Answer = z.object({ city: z.string(), degrees: z.number().min(-100), sunny: z.boolean().nullable() });

feature('parse with zod', 'works', async () => {
  await using gateway = await scripted(() => say('{"city":"Oslo","degrees":12,"sunny":null}'));
  const response_format = zodResponseFormat(Answer, 'weather');
  const expected = { city: 'Oslo', degrees: 12, sunny: null };
  for (const model of [claude, 'gpt-oss']) {
    const parsed = await clientOf(gateway).chat.completions.parse({
      model,
      messages: hello,
      response_format,
    });
    expect(parsed.choices[0]?.message.parsed).toEqual(expected);
    const stream = clientOf(gateway).chat.completions.stream({ model, messages: hello, response_format });
    expect((await stream.finalChatCompletion()).choices[0]?.message.parsed).toEqual(expected);
  }
  expect(bodiesOf(gateway)[0]).toMatchObject({
    output_config: {
      format: {
        type: 'json_schema',
        schema: {
          additionalProperties: false,
          required: ['city', 'degrees', 'sunny'],
          properties: { degrees: { type: 'number', description: expect.stringContaining('-100') } },
        },
      },
    },
  });
});

feature('response_format json_object', 'works', async () => {
  await using gateway = await scripted(() => say('{"ok": true}'));
  const { data, response } = await clientOf(gateway)
    .chat.completions.create({ model: 'llama3', messages: hello, response_format: { type: 'json_object' } })
    .withResponse();
  expect(JSON.parse(data.choices[0]?.message.content ?? '')).toEqual({ ok: true });
  expect(response.headers.get('x-streambed-dropped')).toBe('response_format');
  expect(lastBody(gateway).prompt).toMatch(/one valid JSON object/);
});

feature('stop and length', 'works', async () => {
  await using gateway = await scripted(() => say(['One', ' two', ' three', ' four']));
  const ask = async (more: object) => {
    const about = { model: claude, messages: hello, ...more };
    return (await clientOf(gateway).chat.completions.create(about)).choices[0];
  };
  expect(await ask({ stop: ' three' })).toMatchObject({
    finish_reason: 'stop',
    message: { content: 'One two' },
  });
  expect(await ask({ max_tokens: 2 })).toMatchObject({
    finish_reason: 'length',
    message: { content: 'One two' },
  });
});

feature('refusals of the model', 'works', async () => {
  await using gateway = await scripted(() => ({ ...say('No.'), stopReason: 'refusal' }));
  const answer = await clientOf(gateway).chat.completions.create({ model: claude, messages: hello });
  expect(answer.choices[0]).toMatchObject({ finish_reason: 'content_filter', message: { content: 'No.' } });
});

feature('logprobs', 'refused', async () => {
  await using gateway = await scripted();
  const refused = clientOf(gateway).chat.completions.create({
    model: claude,
    messages: hello,
    logprobs: true,
  });
  await expect(refused).rejects.toThrow(BadRequestError);
  await expect(refused).rejects.toMatchObject({ param: 'logprobs', type: 'invalid_request_error' });
});

feature('error', 'works', async () => {
  const spent = failing(say('x'), { type: 'error', name: 'ServiceQuotaExceededException' });
  await using gateway = await scripted(({ prompt }) => (prompt === 'break' ? brokenOff : spent));
  const client = clientOf(gateway);
  const ask = (more: object, content = 'Hello') =>
    client.chat.completions.create({ model: claude, messages: [{ role: 'user', content }], ...more });
  const unknown = ask({ model: 'gpt-9' });
  await expect(unknown).rejects.toThrow(NotFoundError);
  await expect(unknown).rejects.toMatchObject({
    status: 404,
    code: 'model_not_found',
    param: 'model',
    requestID: expect.stringMatching(/^req_/),
  });
  await expect(ask({ temperature: 'hot' })).rejects.toMatchObject({ status: 400, param: 'temperature' });
  await expect(ask({ model: 'llama3', tools: [weather] })).rejects.toMatchObject({
    status: 400,
    param: 'tools',
  });
  await expect(client.get('/nothing')).rejects.toMatchObject({ status: 404, type: 'invalid_request_error' });
  await expect(client.post('/chat/completions', { body: '{' })).rejects.toThrow(BadRequestError);

  const stream = (await ask({ stream: true }, 'break')) as unknown as AsyncIterable<{
    choices: { delta: { content?: string }; finish_reason: string | null }[];
  }>;
  const seen: string[] = [];
  const read = async () => {
    for await (const { choices } of stream) {
      seen.push(choices[0]?.delta.content ?? '');
      expect(choices[0]?.finish_reason).toBeNull();
    }
  };
  const broken = read();
  await expect(broken).rejects.toThrow(APIError);
  await expect(broken).rejects.toMatchObject({ code: 'SB_UPSTREAM_INTERNAL', type: 'server_error' });
  expect(seen.join('')).toMatch(/^Half/);
  await expect(ask({}, 'break')).rejects.toThrow(InternalServerError);
  await expect(ask({})).rejects.toThrow(RateLimitError);
  await expect(ask({})).rejects.toMatchObject({ code: 'insufficient_quota' });
});

feature('retries', 'works', async () => {
  let asked = 0;
  await using gateway = await scripted(({ prompt }) => {
    asked += 1;
    if (prompt === 'once')
      return asked > 1 ? say('Back.') : failing(say('x'), { type: 'error', name: 'ModelErrorException' });
    return failing(say('x'), { type: 'error', name: 'ValidationException' });
  });
  const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'none', maxRetries: 2 });
  const ask = (content: string) =>
    client.chat.completions.create({ model: claude, messages: [{ role: 'user', content }] });
  // Whoever tries again, the server or the client: what can't get better is asked once.
  expect((await ask('once')).choices[0]?.message.content).toBe('Back.');
  asked = 0;
  await expect(ask('never')).rejects.toThrow(BadRequestError);
  expect(asked).toBe(1);
});

test('a failure of the server’s own is an InternalServerError', async () => {
  await using gateway = await scripted(() =>
    failing(say('x'), { type: 'error', name: 'ModelNotReadyException' }),
  );
  const failed = clientOf(gateway).chat.completions.create({ model: claude, messages: hello });
  await expect(failed).rejects.toThrow(InternalServerError);
  await expect(failed).rejects.toMatchObject({ code: 'SB_MODEL_NOT_READY', type: 'server_error' });
});

feature('abort', 'works', async () => {
  await using gateway = await scripted(() => unending);
  const client = clientOf(gateway);
  const about = { model: claude, messages: hello };

  const left = await client.chat.completions.create({ ...about, stream: true });
  for await (const chunk of left) if (chunk.choices[0]?.delta.content) break;
  await gateway.emulator.idle();

  const helper = client.chat.completions.stream(about);
  const ended = expect(helper.done()).rejects.toThrow(APIUserAbortError);
  await helper.emitted('content');
  await expectGone(gateway, () => helper.abort());
  await ended;

  const aborting = new AbortController();
  const whole = client.chat.completions.create(about, { signal: aborting.signal });
  await gateway.emulator.received(3);
  await Promise.all([
    expect(whole).rejects.toThrow(APIUserAbortError),
    expectGone(gateway, () => aborting.abort()),
  ]);
});

feature('embeddings', 'works', async () => {
  await using gateway = await scripted();
  const client = clientOf(gateway);
  const model = 'amazon.titan-embed-text-v2:0';
  // The client asks for base64 by itself, and for numbers where it is told to.
  const packed = await client.embeddings.create({ model, input: ['a cat', 'a dog'], dimensions: 256 });
  const plain = await client.embeddings.create({
    model,
    input: ['a cat', 'a dog'],
    dimensions: 256,
    encoding_format: 'float',
  });
  expect(packed.data.map(({ index }) => index)).toEqual([0, 1]);
  for (const [index, { embedding }] of plain.data.entries()) {
    expect(embedding).toHaveLength(256);
    expect(packed.data[index]?.embedding).toEqual(embedding.map(Math.fround));
  }
  expect(plain.usage.prompt_tokens).toBeGreaterThan(0);
  const one = await client.embeddings.create({ model: 'cohere.embed-english-v3', input: 'a cat' });
  expect(one.data).toHaveLength(1);
});

feature('embeddings of token numbers', 'refused', async () => {
  await using gateway = await scripted();
  const client = clientOf(gateway);
  const ask = (more: object) =>
    client.embeddings.create({ model: 'amazon.titan-embed-text-v1', input: 'a', ...more });
  await expect(ask({ input: [1, 2, 3] })).rejects.toMatchObject({ status: 400, param: 'input' });
  await expect(ask({ input: [''] })).rejects.toMatchObject({ status: 400, param: 'input[0]' });
  await expect(ask({ dimensions: 256 })).rejects.toMatchObject({ status: 400, param: 'dimensions' });
  await expect(ask({ input_type: 'query' })).rejects.toMatchObject({ status: 400, param: 'input_type' });
  await expect(ask({ model: 'anthropic' })).rejects.toMatchObject({ status: 400, param: 'model' });
  await expect(ask({ model: 'text-embedding-3-small' })).rejects.toThrow(NotFoundError);
});

feature('models', 'works', async () => {
  await using gateway = await scripted();
  for (const prefix of ['/v1', '/openai/v1']) {
    const client = clientOf(gateway, prefix);
    const models = await Array.fromAsync(client.models.list());
    expect(models.map(({ id }) => id)).toContain('anthropic');
    expect(await client.models.retrieve('anthropic')).toMatchObject({ id: 'anthropic', object: 'model' });
    await expect(client.models.retrieve('gpt-9')).rejects.toMatchObject({ code: 'model_not_found' });
  }
});

feature('a running answer, watched by its id', 'works', async () => {
  await using gateway = await scripted(() => say(['Hel', 'lo.']));
  const { data } = await clientOf(gateway)
    .chat.completions.create({ model: claude, messages: hello })
    .withResponse();
  const generation = data.id.replace('chatcmpl-', 'gen_');
  const events = await fetch(`${gateway.url}/streambed/v1/generations/${generation}/events`);
  expect(await events.text()).toContain('generation_stop');
});
