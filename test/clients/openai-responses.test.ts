import { callTool, failing, type Reply, type Script, say, think } from '@streambed/bedrock-emulator';
import OpenAI, { APIError, APIUserAbortError, NotFoundError } from 'openai';
import { zodResponsesFunction, zodTextFormat } from 'openai/helpers/zod';
import type { Response, ResponseInputItem, ResponseStreamEvent } from 'openai/resources/responses/responses';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { byHeader, type Gateway, startGateway } from '../../apps/server/test/gateway.ts';
import { feature as declare } from './matrix.ts';
import { expectGone, lastBody, pixel, scripted, unending } from './upstream.ts';

const feature = declare.bind(undefined, 'openai (responses)');

/** A model that is called natively, and one that is called by Converse. */
const claude = 'anthropic';
const nova = 'us.amazon.nova-2-lite-v1:0';

interface Setup extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly client: OpenAI;
}

async function setup(script?: Script): Promise<Setup> {
  const gateway = await scripted(script);
  return { gateway, client: clientOf(gateway), [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]() };
}

function clientOf({ url }: Gateway, headers: Record<string, string> = {}): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', defaultHeaders: headers, maxRetries: 0 });
}

async function all(stream: AsyncIterable<ResponseStreamEvent>): Promise<ResponseStreamEvent[]> {
  return Array.fromAsync(stream);
}

function ended(events: readonly ResponseStreamEvent[]): Response {
  const last = events.at(-1);
  if (last === undefined || !('response' in last)) throw new Error('the stream has no end');
  return last.response;
}

/** An answer that goes on until it is told. */
function held(): { readonly reply: Reply; readonly go: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const reply = failing(say(['one ', 'two ', 'three ', 'four']), { type: 'stall', after: 4, until: promise });
  return { reply, go: resolve };
}

for (const model of [claude, nova]) {
  test(`a whole answer of ${model}, and the same as a stream`, async () => {
    await using with_ = await setup(() => say(['Hello', ', ', 'you.']));
    const { client } = with_;
    const whole = await client.responses.create({ model, input: 'Hi', instructions: 'Be kind.' });
    expect(whole).toMatchObject({ status: 'completed', output_text: 'Hello, you.', error: null });
    expect(whole.usage?.total_tokens).toBe(
      (whole.usage?.input_tokens ?? 0) + (whole.usage?.output_tokens ?? 0),
    );
    const events = await all(await client.responses.create({ model, input: 'Hi', stream: true }));
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual([...events.keys()]);
    expect(ended(events)).toMatchObject({ status: 'completed', usage: expect.anything() });
  });
}

feature('plain', 'works', async () => {
  await using with_ = await setup(() => say('Hello.'));
  const { client, gateway } = with_;
  const { data, response } = await client.responses
    .create({
      model: claude,
      instructions: 'Be brief.',
      input: [
        { role: 'developer', content: 'No jokes.' },
        { role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
      ],
      max_output_tokens: 99,
      temperature: 1.5,
      truncation: 'auto',
      metadata: { team: 'search' },
    })
    .withResponse();
  expect(data.output_text).toBe('Hello.');
  expect(data.metadata).toEqual({ team: 'search' });
  expect(response.headers.get('x-streambed-generation')).toMatch(/^gen_/);
  expect(response.headers.get('x-streambed-dropped')).toBe('truncation');
  expect(response.headers.get('x-streambed-defaulted')).toBe('temperature=1');
  expect(lastBody(gateway)).toMatchObject({
    system: [{ text: 'Be brief.' }, { text: 'No jokes.' }],
    max_tokens: 99,
    temperature: 1,
  });
  const under = new OpenAI({ baseURL: `${gateway.url}/openai/v1`, apiKey: 'none' });
  expect((await under.responses.create({ model: claude, input: 'Hi' })).output_text).toBe('Hello.');
});

feature('stream', 'works', async () => {
  await using with_ = await setup(() => say(['Hel', 'lo', '.']));
  const stream = with_.client.responses.stream({ model: claude, input: 'Hi' });
  let snapshot = '';
  stream.on('response.output_text.delta', (event) => {
    snapshot = (event as unknown as { snapshot: string }).snapshot;
  });
  const final = await stream.finalResponse();
  expect(final.output_text).toBe('Hello.');
  expect(snapshot).toBe('Hello.');
});

feature('tools', 'works', async () => {
  const script: Script = ({ turn }) =>
    JSON.stringify(turn).includes('12 degrees')
      ? say('It is 12 degrees.')
      : {
          blocks: [
            ...callTool('weather', { city: 'Oslo' }).blocks,
            ...callTool('weather', { city: 'Bergen' }).blocks,
          ],
        };
  await using with_ = await setup(script);
  const { client, gateway } = with_;
  const weather = zodResponsesFunction({ name: 'weather', parameters: z.object({ city: z.string() }) });
  const input: ResponseInputItem[] = [{ role: 'user', content: 'How warm is it in Oslo and Bergen?' }];
  const asked = await client.responses.parse({
    model: claude,
    input,
    tools: [weather],
    tool_choice: 'required',
  });
  const calls = asked.output.filter((item) => item.type === 'function_call');
  expect(calls.map((call) => call.parsed_arguments)).toEqual([{ city: 'Oslo' }, { city: 'Bergen' }]);
  expect(lastBody(gateway)).toMatchObject({ tool_choice: { type: 'any' } });
  const outputs = calls.map(({ call_id }) => ({
    type: 'function_call_output' as const,
    call_id,
    output: '12 degrees',
  }));
  // The items sent back as they came; and the same by the id of the response alone.
  const back = asked.output.map(({ ...item }) => item) as ResponseInputItem[];
  const answered = await client.responses.create({
    model: claude,
    input: [...input, ...back, ...outputs],
    tools: [weather],
  });
  expect(answered.output_text).toBe('It is 12 degrees.');
  const told = lastBody(gateway).messages;
  const byId = await client.responses.create({
    model: claude,
    previous_response_id: asked.id,
    input: outputs,
    tools: [weather],
  });
  expect(byId.output_text).toBe('It is 12 degrees.');
  expect(lastBody(gateway).messages).toEqual(told);
});

feature('images', 'works', async () => {
  await using with_ = await setup(() => say('A dot.'));
  const { client, gateway } = with_;
  const content = [
    { type: 'input_text', text: 'What is this?' },
    { type: 'input_image', image_url: pixel, detail: 'auto' },
    { type: 'input_file', filename: 'a.txt', file_data: 'data:text/plain;base64,aGk=' },
  ] as const;
  const seen = await client.responses.create({
    model: claude,
    input: [{ role: 'user', content: [...content] }],
  });
  expect(seen.output_text).toBe('A dot.');
  expect(lastBody(gateway)).toMatchObject({
    messages: [
      {
        content: [
          { type: 'text' },
          { type: 'image' },
          { type: 'document', source: { type: 'text', data: 'hi' } },
        ],
      },
    ],
  });
});

feature('thinking', 'works', async () => {
  await using with_ = await setup(({ turn }) =>
    turn.messages.length > 1 ? say('As I said.') : think('Let me see.', say('Four.')),
  );
  const { client, gateway } = with_;
  const input: ResponseInputItem[] = [{ role: 'user', content: 'Two and two?' }];
  const about = { model: claude, store: false, include: ['reasoning.encrypted_content' as const] };
  const events = await all(
    await client.responses.create({
      ...about,
      input,
      reasoning: { effort: 'high', summary: 'auto' },
      stream: true,
    }),
  );
  expect(lastBody(gateway)).toMatchObject({ thinking: { type: 'enabled' } });
  const first = ended(events);
  expect(first.output[0]).toMatchObject({ type: 'reasoning', summary: [{ text: 'Let me see.' }] });
  const next = [
    ...input,
    ...(first.output as ResponseInputItem[]),
    { role: 'user' as const, content: 'Sure?' },
  ];
  const second = await client.responses.create({ ...about, input: next, reasoning: { effort: 'low' } });
  expect(second.output_text).toBe('As I said.');
  expect(lastBody(gateway)).toMatchObject({
    messages: [
      {},
      {
        content: [
          { type: 'thinking', thinking: 'Let me see.', signature: expect.stringMatching(/./) },
          { type: 'text' },
        ],
      },
      {},
    ],
  });
});

feature('structured output', 'works', async () => {
  await using with_ = await setup(() => say('{"name":"Ada","born":1815}'));
  const { client, gateway } = with_;
  const person = z.object({ name: z.string(), born: z.number().int() });
  const asked = { model: claude, input: 'Who?', text: { format: zodTextFormat(person, 'person') } };
  const parsed = await client.responses.parse(asked);
  expect(parsed.output_parsed).toEqual({ name: 'Ada', born: 1815 });
  expect(lastBody(gateway)).toMatchObject({ output_config: { format: { type: 'json_schema' } } });
  const streamed = await client.responses.stream(asked).finalResponse();
  expect(streamed.output_parsed).toEqual({ name: 'Ada', born: 1815 });
});

feature(
  'error',
  'works',
  async () => {
    await using with_ = await setup(({ prompt }) => {
      if (prompt === 'throttle') return failing(say('no'), { type: 'error', name: 'ThrottlingException' });
      return failing(say(['so ', 'far ', 'so ', 'good']), { type: 'cut', at: 'mid-frame', after: 5 });
    });
    const { client } = with_;
    const unknown = client.responses.create({ model: 'no-such-model', input: 'Hi' });
    await expect(unknown).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
    const wrong = client.responses.create({ model: claude, input: 'Hi', max_output_tokens: -1 });
    await expect(wrong).rejects.toMatchObject({ status: 400, param: 'max_output_tokens' });
    const whole = client.responses.create({ model: claude, input: 'cut' });
    await expect(whole).rejects.toMatchObject({ status: 502, type: 'server_error' });

    // In mid-stream: what was said so far, then an error that is thrown; and a response that says so.
    const seen: ResponseStreamEvent[] = [];
    const stream = await client.responses.create({ model: claude, input: 'cut', stream: true });
    const thrown = await (async () => {
      for await (const event of stream) seen.push(event);
    })().catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(APIError);
    expect((thrown as APIError).type).toBe('server_error');
    expect(seen.some(({ type }) => type === 'response.output_text.delta')).toBe(true);
    expect(seen.some(({ type }) => type === 'response.completed')).toBe(false);
    const [created] = seen;
    if (created?.type !== 'response.created') throw new Error('it has no beginning');
    const later = await client.responses.retrieve(created.response.id);
    expect(later).toMatchObject({
      status: 'failed',
      error: { message: expect.stringContaining('broke off') },
    });
    await expect(client.responses.stream({ model: claude, input: 'cut' }).finalResponse()).rejects.toThrow(
      APIError,
    );
  },
  30_000,
);

feature('abort', 'works', async () => {
  await using with_ = await setup(() => unending);
  const { client, gateway } = with_;
  const stream = await client.responses.create({ model: claude, input: 'Go on', stream: true });
  const events = stream[Symbol.asyncIterator]();
  while ((await events.next()).value?.type !== 'response.output_text.delta');
  await expectGone(gateway, () => stream.controller.abort());

  const aborting = new AbortController();
  const whole = client.responses.create({ model: claude, input: 'Go on' }, { signal: aborting.signal });
  await gateway.emulator.received(2);
  aborting.abort();
  await expect(whole).rejects.toThrow(APIUserAbortError);
  await gateway.emulator.idle();
});

feature('previous_response_id', 'works', async () => {
  await using with_ = await setup(({ prompt }) => say(`You said ${prompt}.`));
  const { client, gateway } = with_;
  const ask = (input: string, previous?: string) =>
    client.responses.create({
      model: claude,
      input,
      instructions: `About ${input}.`,
      ...(previous !== undefined && { previous_response_id: previous }),
    });
  const one = await ask('one');
  const two = await ask('two', one.id);
  const three = await ask('three', two.id);
  expect(three.previous_response_id).toBe(two.id);
  expect(lastBody(gateway)).toMatchObject({
    // Instructions are each request's own.
    system: [{ text: 'About three.' }],
    messages: ['one', 'You said one.', 'two', 'You said two.', 'three'].map((text) => ({
      content: [{ text }],
    })),
  });
  const items = await Array.fromAsync(client.responses.inputItems.list(three.id, { order: 'asc', limit: 2 }));
  expect(items.map((item) => (item as { role: string }).role)).toEqual([
    'user',
    'assistant',
    'user',
    'assistant',
    'user',
  ]);
  const unknown = ask('four', 'resp_aaaaaaaaaaaaaaaaaaaaaa');
  await expect(unknown).rejects.toMatchObject({ status: 404, code: 'previous_response_not_found' });
  const unstored = await client.responses.create({ model: claude, input: 'x', store: false });
  await expect(ask('y', unstored.id)).rejects.toMatchObject({ code: 'previous_response_not_found' });
  await expect(client.responses.retrieve(unstored.id)).rejects.toThrow(NotFoundError);
});

feature('background', 'works', async () => {
  const { reply, go } = held();
  await using with_ = await setup(() => reply);
  const { client, gateway } = with_;
  const started = await client.responses.create({ model: claude, input: 'Go on', background: true });
  expect(started.status).toBe('in_progress');
  await gateway.emulator.received(1);
  const reading = await client.responses.retrieve(started.id, { stream: true });
  const seen: ResponseStreamEvent[] = [];
  for await (const event of reading) {
    seen.push(event);
    // Who reads leaves; it goes on all the same.
    if (event.type === 'response.output_text.delta') break;
  }
  expect((await client.responses.retrieve(started.id)).status).toBe('in_progress');
  go();
  const after = seen.at(-1)?.sequence_number ?? 0;
  const rest = await all(
    await client.responses.retrieve(started.id, { stream: true, starting_after: after }),
  );
  const whole = await all(await client.responses.retrieve(started.id, { stream: true }));
  expect([...seen, ...rest]).toEqual(whole);
  const done = await client.responses.retrieve(started.id);
  expect(done).toMatchObject({ status: 'completed', output_text: 'one two three four' });
  expect(ended(whole).output).toEqual(done.output);
  const helper = client.responses.stream({ response_id: started.id, starting_after: after });
  expect((await helper.finalResponse()).output_text).toBe('one two three four');
  expect(
    await all(await client.responses.retrieve(started.id, { stream: true, starting_after: 999 })),
  ).toEqual([]);
});

feature('background, streamed', 'works', async () => {
  const { reply, go } = held();
  await using with_ = await setup(() => reply);
  const { client } = with_;
  const stream = await client.responses.create({
    model: claude,
    input: 'Go on',
    background: true,
    stream: true,
  });
  let id = '';
  for await (const event of stream) {
    if (event.type !== 'response.created') continue;
    id = event.response.id;
    break;
  }
  go();
  const rest = await all(await client.responses.retrieve(id, { stream: true, starting_after: 0 }));
  expect(rest[0]?.sequence_number).toBe(1);
  expect(ended(rest).output_text ?? '').toBe('');
  expect(ended(rest).status).toBe('completed');
});

feature('cancel', 'works', async () => {
  await using with_ = await setup(() => unending);
  const { client, gateway } = with_;
  const { id } = await client.responses.create({ model: claude, input: 'Go on', background: true });
  await gateway.emulator.received(1);
  const cancelled = await client.responses.cancel(id);
  expect(cancelled.status).toBe('cancelled');
  await gateway.emulator.idle();
  expect((await client.responses.cancel(id)).status).toBe('cancelled');
  const events = await all(await client.responses.retrieve(id, { stream: true }));
  expect(ended(events).status).toBe('cancelled');
});

feature('delete', 'works', async () => {
  await using with_ = await setup(({ prompt }) => (prompt === 'Go on' ? unending : say('Done.')));
  const { client } = with_;
  const done = await client.responses.create({ model: claude, input: 'Hi' });
  const running = await client.responses.create({ model: claude, input: 'Go on', background: true });
  for (const { id } of [done, running]) {
    await client.responses.delete(id);
    await expect(client.responses.retrieve(id)).rejects.toThrow(NotFoundError);
    await expect(client.responses.delete(id)).rejects.toThrow(NotFoundError);
  }
});

feature('hosted tools', 'refused', async () => {
  await using with_ = await setup();
  const { client } = with_;
  const asked = client.responses.create({ model: claude, input: 'Hi', tools: [{ type: 'web_search' }] });
  await expect(asked).rejects.toMatchObject({
    status: 400,
    param: 'tools[0]',
    message: expect.stringContaining('runs at OpenAI'),
  });
  // An agent that lists it beside tools of its own can do without.
  const own = { type: 'function', name: 'f', parameters: {}, strict: false } as const;
  const { response } = await client.responses
    .create({ model: claude, input: 'Hi', tools: [own, { type: 'web_search' }] })
    .withResponse();
  expect(response.headers.get('x-streambed-dropped')).toBe('tools[1] (web_search)');
});

feature('logprobs', 'refused', async () => {
  await using with_ = await setup();
  const asked = with_.client.responses.create({ model: claude, input: 'Hi', top_logprobs: 2 });
  await expect(asked).rejects.toMatchObject({ status: 400, param: 'top_logprobs' });
});

test('nobody else sees a response, its items, or goes on from it', async () => {
  await using gateway = await startGateway({ tuning: byHeader });
  const [one, two] = ['one', 'two'].map((user) => clientOf(gateway, { 'x-user': user })) as [OpenAI, OpenAI];
  const { id } = await one.responses.create({ model: claude, input: 'A secret' });
  expect((await one.responses.retrieve(id)).id).toBe(id);
  for (const refused of [
    two.responses.retrieve(id),
    two.responses.cancel(id),
    two.responses.delete(id),
    two.responses.inputItems.list(id).then(),
    two.responses.create({ model: claude, input: 'What was it?', previous_response_id: id }),
    two.responses.create({
      model: claude,
      input: [{ type: 'item_reference', id: id.replace('resp', 'msg').concat('_0') }],
    }),
  ]) {
    await expect(refused).rejects.toMatchObject({ status: 404 });
  }
});
