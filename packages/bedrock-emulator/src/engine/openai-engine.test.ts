import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { readFrames } from '../../../../test/support/frames.ts';
import { events, haiku, invoke, type Json, llama3, messages, post, said, textOf } from '../../test/ask.ts';
import { openAiEngine, startEmulator } from '../index.ts';

/** A real server of the chat-completions API; `play` writes its answer. */
async function startServer(play: (response: ServerResponse, body: Json) => void | Promise<void>) {
  const bodies: Json[] = [];
  let left: () => void = () => {};
  const gone = new Promise<void>((resolve) => {
    left = resolve;
  });
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = JSON.parse(Buffer.concat(parts).toString());
    bodies.push({ path: request.url, ...body });
    response.once('close', left);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    await play(response, body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const engine = openAiEngine({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    model: 'small',
  });
  return {
    engine,
    bodies,
    gone,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function send(response: ServerResponse, delta: Json, finish: string | null = null): void {
  response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`);
}

function sayIt(response: ServerResponse, deltas: readonly string[], finish = 'stop'): void {
  for (const content of deltas) send(response, { content });
  send(response, {}, finish);
  response.end('data: [DONE]\n\n');
}

const deltas = ['Der', ' Mond', ' ist', ' aufgegangen', ', 🌙', '.'];

describe('another engine', () => {
  it('answers through every wire, whole and streamed', async () => {
    await using server = await startServer((response) => sayIt(response, deltas));
    await using emulator = await startEmulator({ engine: server.engine });
    const text = deltas.join('');
    expect(await said(emulator, 'Sing!')).toBe(text);
    const streamed = await events(emulator, haiku, messages('Sing!'));
    expect(streamed.flatMap((event) => event.delta?.text ?? [])).toEqual(deltas);
    expect(streamed.at(-1)['amazon-bedrock-invocationMetrics']).toMatchObject({ outputTokenCount: 6 });
    expect((await invoke(emulator, llama3, { prompt: 'Sing!' })).json.generation).toBe(text);
    expect(textOf(await events(emulator, llama3, { prompt: 'Sing!' }))).toBe(text);

    const ask = {
      messages: [{ role: 'user', content: [{ text: 'Sing!' }] }],
      inferenceConfig: { maxTokens: 99 },
    };
    const whole = await post(emulator, haiku, 'converse', ask);
    expect(((await whole.json()) as Json).output.message.content).toEqual([{ text }]);
    const stream = await post(emulator, haiku, 'converse-stream', ask);
    const frames = readFrames(Buffer.from(await stream.arrayBuffer())) as readonly Json[];
    expect(frames.flatMap(({ payload }) => payload.delta?.text ?? []).join('')).toBe(text);
    expect(frames.at(-1)?.type).toBe('metadata');
  });

  it('is asked with the conversation as it stands', async () => {
    await using server = await startServer((response) => sayIt(response, ['ok']));
    await using emulator = await startEmulator({ engine: server.engine });
    await invoke(emulator, haiku, {
      ...messages('And now?', { system: 'Be brief.', max_tokens: 50, stop_sequences: ['END'] }),
      tools: [{ name: 'look', description: 'Looks', input_schema: { type: 'object' } }],
      messages: [
        { role: 'user', content: 'Look!' },
        {
          role: 'assistant',
          content: [{ type: 'tool_use', id: 'toolu_1', name: 'look', input: { at: 'it' } }],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'toolu_1', content: 'a moon' },
            { type: 'text', text: 'And now?' },
          ],
        },
      ],
    });
    expect(server.bodies).toEqual([
      {
        path: '/v1/chat/completions',
        model: 'small',
        stream: true,
        max_tokens: 50,
        stop: ['END'],
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'Look!' },
          {
            role: 'assistant',
            content: '',
            tool_calls: [
              { id: 'toolu_1', type: 'function', function: { name: 'look', arguments: '{"at":"it"}' } },
            ],
          },
          { role: 'tool', tool_call_id: 'toolu_1', content: 'a moon' },
          { role: 'user', content: 'And now?' },
        ],
        tools: [
          {
            type: 'function',
            function: { name: 'look', description: 'Looks', parameters: { type: 'object' } },
          },
        ],
        tool_choice: 'auto',
      },
    ]);
  });

  it('streams while it writes: its text is here before it has ended', async () => {
    const gate = Promise.withResolvers<void>();
    await using server = await startServer(async (response) => {
      for (const content of ['one', ' two', ' three']) send(response, { content });
      await gate.promise;
      sayIt(response, [' four']);
    });
    await using emulator = await startEmulator({ engine: server.engine });
    const response = await post(emulator, haiku, 'invoke-with-response-stream', messages('Count!'));
    const reader = response.body?.getReader();
    const parts: Uint8Array[] = [];
    while (!textSoFar(parts).includes('one two')) {
      const { value } = (await reader?.read()) ?? {};
      if (value !== undefined) parts.push(value);
    }
    expect(textSoFar(parts)).not.toContain('four');
    gate.resolve();
    for (let part = await reader?.read(); part?.done === false; part = await reader?.read())
      parts.push(part.value);
    expect(textSoFar(parts)).toBe('one two three four');
  });

  it('thinks and calls tools', async () => {
    await using server = await startServer((response) => {
      for (const reasoning_content of ['Where ', 'is ', 'Oslo?']) send(response, { reasoning_content });
      send(response, { content: 'Asking.' });
      send(response, {
        tool_calls: [{ index: 0, id: 'call_1', function: { name: 'get_weather', arguments: '{"ci' } }],
      });
      send(response, { tool_calls: [{ index: 0, function: { arguments: 'ty":"Oslo"}' } }] });
      send(response, {}, 'tool_calls');
      response.end('data: [DONE]\n\n');
    });
    await using emulator = await startEmulator({ engine: server.engine });
    const ask = messages('Weather?', {
      thinking: { type: 'enabled', budget_tokens: 1024 },
      tools: [{ name: 'get_weather', input_schema: { type: 'object' } }],
    });
    const content = [
      { type: 'thinking', thinking: 'Where is Oslo?' },
      { type: 'text', text: 'Asking.' },
      { type: 'tool_use', id: 'call_1', name: 'get_weather', input: { city: 'Oslo' } },
    ];
    expect((await invoke(emulator, haiku, ask)).json).toMatchObject({ content, stop_reason: 'tool_use' });
    const all = await events(emulator, haiku, ask);
    const pieces = (kind: string) => all.map((event) => event.delta?.[kind] ?? '').join('');
    expect([pieces('thinking'), pieces('text'), pieces('partial_json')]).toEqual([
      'Where is Oslo?',
      'Asking.',
      expect.stringMatching(/^\{"city": ?"Oslo"\}$/),
    ]);
    expect(all.filter(({ type }) => type === 'content_block_start')).toHaveLength(3);
  });

  it('is ended by max_tokens and stop sequences, also in the middle of its deltas', async () => {
    await using server = await startServer((response) => sayIt(response, ['a', ' b', ' S', 'TOP', ' c']));
    await using emulator = await startEmulator({ engine: server.engine });
    const stopped = await events(emulator, haiku, messages('Go', { stop_sequences: ['STOP'] }));
    expect(textOf(stopped)).toBe('a b ');
    expect(stopped.at(-2).delta).toMatchObject({ stop_reason: 'stop_sequence', stop_sequence: 'STOP' });
    const short = await events(emulator, haiku, messages('Go', { max_tokens: 2 }));
    expect(textOf(short)).toBe('a b');
    expect(short.at(-2).delta).toMatchObject({ stop_reason: 'max_tokens' });
  });

  it('leaves directives to the demo model', async () => {
    await using server = await startServer((response) => sayIt(response, ['mine']));
    await using emulator = await startEmulator({ engine: server.engine, pace: 'instant' });
    expect(await said(emulator, '/say exactly this')).toBe('exactly this');
    expect((await invoke(emulator, haiku, messages('/fault throttle'))).status).toBe(429);
    expect(server.bodies).toEqual([]);
  });

  it('that fails is a model that failed, before the stream and in it', async () => {
    await using server = await startServer((response) => {
      for (const content of ['one', ' two', ' three']) send(response, { content });
      response.end();
    });
    await using emulator = await startEmulator({ engine: server.engine });
    expect(await invoke(emulator, haiku, messages('hi'))).toMatchObject({
      status: 424,
      json: { message: expect.stringContaining('in the middle of its answer'), originalStatusCode: 500 },
    });
    const response = await post(emulator, haiku, 'invoke-with-response-stream', messages('hi'));
    const frames = readFrames(Buffer.from(await response.arrayBuffer()));
    expect(frames.at(-1)).toMatchObject({ kind: 'exception', type: 'modelStreamErrorException' });

    await using nobody = await startEmulator({
      engine: openAiEngine({ url: 'http://127.0.0.1:1/v1', model: 'x' }),
    });
    expect((await post(nobody, haiku, 'invoke-with-response-stream', messages('hi'))).status).toBe(424);
  });

  it('is left alone when the client leaves', async () => {
    await using server = await startServer((response) => send(response, { content: 'one' }));
    await using emulator = await startEmulator({ engine: server.engine });
    const leaving = new AbortController();
    const asked = post(emulator, haiku, 'invoke', messages('hi'), { signal: leaving.signal });
    await emulator.received(1);
    while (server.bodies.length === 0) await new Promise((resolve) => setImmediate(resolve));
    leaving.abort();
    await expect(asked).rejects.toThrow();
    await server.gone;
    await emulator.idle();
    expect(emulator.requests[0]?.endedBy).toBe('client');
  });

  it('is left alone when the client leaves in the middle of its stream', async () => {
    let written = 0;
    await using server = await startServer(async (response) => {
      while (!response.destroyed) {
        send(response, { content: ` word ${written++}` });
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
    await using emulator = await startEmulator({ engine: server.engine });
    const leaving = new AbortController();
    const response = await post(
      emulator,
      haiku,
      'invoke-with-response-stream',
      messages('hi', { max_tokens: 60_000 }),
      { signal: leaving.signal },
    );
    await response.body?.getReader().read();
    leaving.abort();
    await server.gone;
    await emulator.idle();
    expect(emulator.requests[0]?.endedBy).toBe('client');
  });
});

/** The text of the whole frames so far. */
function textSoFar(parts: readonly Uint8Array[]): string {
  const all = Buffer.concat(parts);
  let end = 0;
  while (end + 4 <= all.length && end + all.readUInt32BE(end) <= all.length) end += all.readUInt32BE(end);
  const natives = readFrames(all.subarray(0, end)).map(({ payload }) =>
    JSON.parse(Buffer.from((payload as Json).bytes, 'base64').toString()),
  );
  return textOf(natives);
}
