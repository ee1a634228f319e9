import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { describe, expect, it } from 'vitest';
import {
  events,
  haiku,
  invoke,
  llama3,
  messages,
  opus48,
  post,
  said,
  streamed,
  textOf,
} from '../test/ask.ts';
import { callTool, say, startEmulator, think } from './index.ts';

describe('startEmulator', () => {
  it('starts in less than 300 ms', async () => {
    const started = performance.now();
    await using emulator = await startEmulator();
    expect(performance.now() - started).toBeLessThan(300);
    expect(emulator.url).toBe(`http://127.0.0.1:${emulator.port}`);
  });

  it('gives the same bytes for the same seed and request, and others for another seed', async () => {
    const take = async (seed: string, prompt: string) => {
      await using emulator = await startEmulator({ pace: 'instant', seed });
      const first = await streamed(emulator, haiku, messages(prompt));
      expect(await streamed(emulator, haiku, messages(prompt))).toEqual(first);
      return first;
    };
    const one = await take('a', '/long 200');
    expect(await take('a', '/long 200')).toEqual(one);
    expect(await take('b', '/long 200')).not.toEqual(one);
  });

  it('gives the same bytes at any pace', async () => {
    await using fast = await startEmulator({ pace: { firstTokenMs: 1, tokensPerSecond: 1e6, jitter: 0.5 } });
    await using again = await startEmulator({ pace: { firstTokenMs: 1, tokensPerSecond: 1e6, jitter: 0.5 } });
    const [one, other] = await Promise.all(
      [fast, again].map((emulator) => streamed(emulator, haiku, messages('/long 300'))),
    );
    expect(one).toEqual(other);
  });

  it('says the same whole as streamed', async () => {
    await using emulator = await startEmulator({ pace: 'instant' });
    for (const prompt of ['/unicode', '/markdown', '/long 100', 'Hello']) {
      const { json } = await invoke(emulator, haiku, messages(prompt));
      expect(textOf(await events(emulator, haiku, messages(prompt)))).toBe(json.content[0].text);
      const whole = await invoke(emulator, llama3, { prompt });
      expect(textOf(await events(emulator, llama3, { prompt }))).toBe(whole.json.generation);
    }
  });

  it('takes its time when it is paced', async () => {
    await using emulator = await startEmulator({
      pace: { firstTokenMs: 60, tokensPerSecond: 500, jitter: 0 },
    });
    const started = performance.now();
    const all = await events(emulator, haiku, messages('/repeat 60 go '));
    const took = performance.now() - started;
    const metrics = all.at(-1)['amazon-bedrock-invocationMetrics'];
    expect(metrics.firstByteLatency).toBe(60);
    expect(metrics.invocationLatency).toBe(60 + (metrics.outputTokenCount * 1000) / 500);
    expect(took).toBeGreaterThan(metrics.invocationLatency - 20);
  });
});

describe('what it received', () => {
  it('keeps requests as they arrived, with their end', async () => {
    await using emulator = await startEmulator({ pace: 'instant' });
    const response = await post(emulator, haiku, 'invoke', messages('/say hi'), {
      headers: { authorization: 'Bearer test', 'X-Amzn-Bedrock-Trace': 'ENABLED' },
    });
    await response.text();
    await emulator.idle();
    expect(emulator.requests).toHaveLength(1);
    expect(emulator.requests[0]).toMatchObject({
      operation: 'InvokeModel',
      modelId: haiku,
      method: 'POST',
      path: `/model/${encodeURIComponent(haiku)}/invoke`,
      httpVersion: '1.1',
      headers: { authorization: 'Bearer test', 'x-amzn-bedrock-trace': 'ENABLED' },
      body: JSON.stringify(messages('/say hi')),
      requestId: response.headers.get('x-amzn-requestid'),
      endedBy: 'done',
    });
  });

  it('keeps only so many', async () => {
    await using emulator = await startEmulator({ pace: 'instant', keepRequests: 3 });
    for (const text of ['1', '2', '3', '4', '5']) await said(emulator, `/say ${text}`);
    expect(emulator.requests.map(({ body }) => JSON.parse(body).messages[0].content)).toEqual([
      '/say 3',
      '/say 4',
      '/say 5',
    ]);
    expect(await emulator.received(5)).toHaveLength(3);
  });

  it('can be waited for', async () => {
    await using emulator = await startEmulator({ pace: 'instant' });
    const third = emulator.received(3);
    await Promise.all(['1', '2', '3'].map((text) => said(emulator, text)));
    expect(await third).toHaveLength(3);
  });

  it('tells those who wait when it stops', async () => {
    const emulator = await startEmulator();
    const waiting = expect(emulator.received(1)).rejects.toThrow('stopped after 0 of 1');
    await emulator.stop();
    await waiting;
    await expect(emulator.received(1)).rejects.toThrow('stopped');
    await emulator.stop();
  });

  it('gives each answer a request id of its own, the same ones for the same seed', async () => {
    const take = async () => {
      await using emulator = await startEmulator({ pace: 'instant' });
      const ids: (string | null)[] = [];
      for (let n = 0; n < 3; n++) {
        const { headers } = await invoke(emulator, haiku, messages('Hello'));
        ids.push(headers.get('x-amzn-requestid'));
      }
      expect(new Set(ids).size).toBe(3);
      return ids;
    };
    expect(await take()).toEqual(await take());
  });
});

describe('a client that leaves', () => {
  const slow = { firstTokenMs: 1, tokensPerSecond: 20, jitter: 0 };

  it('ends its stream at once over HTTP/1.1', async () => {
    await using emulator = await startEmulator({ pace: slow });
    const leaving = new AbortController();
    const response = await post(emulator, haiku, 'invoke-with-response-stream', messages('/long 500'), {
      signal: leaving.signal,
    });
    await response.body?.getReader().read();
    expect(emulator.open).toBe(1);
    leaving.abort();
    await emulator.idle();
    expect(emulator.requests[0]?.endedBy).toBe('client');
  });

  it('ends its stream at once over HTTP/2, and the session lives on', async () => {
    await using emulator = await startEmulator({ pace: slow });
    const session = connectHttp2(emulator.url);
    const request = () =>
      session.request({
        ':method': 'POST',
        ':path': `/model/${haiku}/invoke-with-response-stream`,
        authorization: 'Bearer x',
      });
    const stream = request();
    stream.end(JSON.stringify(messages('/long 500')));
    await once(stream, 'data');
    stream.close();
    await emulator.idle();
    expect(emulator.requests[0]?.endedBy).toBe('client');

    const next = request();
    next.end(JSON.stringify(messages('/pace instant\n/say still here')));
    next.resume();
    await once(next, 'end');
    session.close();
    await emulator.idle();
    expect(emulator.requests[1]?.endedBy).toBe('done');
  });

  it('ends the wait for a whole answer, and an upload', async () => {
    await using emulator = await startEmulator({ pace: slow });
    const leaving = new AbortController();
    const answer = post(emulator, haiku, 'invoke', messages('/long 500'), { signal: leaving.signal });
    await emulator.received(1);
    leaving.abort();
    await expect(answer).rejects.toThrow();
    await emulator.idle();
    expect(emulator.requests[0]?.endedBy).toBe('client');

    const session = connectHttp2(emulator.url);
    const upload = session.request({
      ':method': 'POST',
      ':path': `/model/${haiku}/invoke`,
      authorization: 'Bearer x',
    });
    upload.on('error', () => {});
    upload.write('{"half":');
    await once(session, 'remoteSettings');
    session.destroy();
    await emulator.idle();
    expect(emulator.requests).toHaveLength(1);
  });

  it('is cut when the emulator stops', async () => {
    const emulator = await startEmulator({ pace: slow });
    const response = await post(emulator, haiku, 'invoke-with-response-stream', messages('/long 500'));
    const reading = expect(response.arrayBuffer()).rejects.toThrow();
    const started = performance.now();
    await emulator.stop();
    expect(performance.now() - started).toBeLessThan(1000);
    await reading;
    expect(emulator.open).toBe(0);
    expect(emulator.requests[0]?.endedBy).toBe('stop');
  });

  it('that reads slowly holds a stream back, and gets all of it', async () => {
    await using emulator = await startEmulator({ pace: 'instant' });
    const response = await post(
      emulator,
      haiku,
      'invoke-with-response-stream',
      messages('/long 30000', { max_tokens: 60_000 }),
    );
    const reader = response.body?.getReader();
    await reader?.read();
    // Nobody reads now: some 10 MB can't be in flight, so the request must still be open.
    await new Promise((resolve) => setImmediate(resolve));
    expect(emulator.open).toBe(1);
    let bytes = 0;
    for (let part = await reader?.read(); part?.done === false; part = await reader?.read())
      bytes += part.value.length;
    expect(bytes).toBeGreaterThan(1_000_000);
    await emulator.idle();
    expect(emulator.requests[0]?.endedBy).toBe('done');
  });
});

describe('a script', () => {
  it('decides the answer, or leaves it to the demo model', async () => {
    await using emulator = await startEmulator({
      pace: 'instant',
      script: ({ prompt, operation }) => {
        if (prompt === 'exact') return say(['one', ' two', '', ' three']);
        if (prompt === 'think') return think('Let me see.', say('Seen.'));
        if (prompt === 'call') return callTool('get_weather', { city: 'Oslo' });
        return prompt === 'name' ? operation : undefined;
      },
    });
    const deltas = (await events(emulator, haiku, messages('exact'))).flatMap(
      (event) => event.delta?.text ?? [],
    );
    expect(deltas).toEqual(['one', ' two', ' three']);
    expect((await invoke(emulator, haiku, messages('think'))).json.content).toMatchObject([
      {
        type: 'thinking',
        thinking: 'Let me see.',
        signature: expect.stringMatching(/^Et[A-Za-z0-9+/]{294}$/),
      },
      { type: 'text', text: 'Seen.' },
    ]);
    expect((await invoke(emulator, haiku, messages('call'))).json).toMatchObject({
      content: [
        {
          type: 'tool_use',
          id: expect.stringMatching(/^toolu_bdrk_01\w{22}$/),
          name: 'get_weather',
          input: { city: 'Oslo' },
        },
      ],
      stop_reason: 'tool_use',
    });
    expect(await said(emulator, 'name')).toBe('InvokeModel');
    expect(await said(emulator, '/say mine')).toBe('mine');
  });

  it('that throws is answered with a 500, and the emulator lives on', async () => {
    const told: unknown[] = [];
    await using emulator = await startEmulator({
      pace: 'instant',
      onError: (error) => told.push(error),
      script: ({ prompt }) => {
        if (prompt === 'throw') throw new Error('a mistake in the script');
        return undefined;
      },
    });
    expect(await invoke(emulator, haiku, messages('throw'))).toMatchObject({
      status: 500,
      json: { message: expect.stringContaining('unexpected error') },
    });
    expect(told).toEqual([new Error('a mistake in the script')]);
    expect(await said(emulator, '/say fine')).toBe('fine');
  });
});

describe('the HTTP around it', () => {
  it('takes any content type, and none', async () => {
    await using emulator = await startEmulator({ pace: 'instant' });
    for (const type of ['application/json', 'application/octet-stream', 'text/plain', undefined]) {
      const response = await post(
        emulator,
        haiku,
        'invoke',
        new Blob([JSON.stringify(messages('hi'))]) as never,
        {
          headers: { authorization: 'Bearer x', ...(type === undefined ? {} : { 'content-type': type }) },
          body: Buffer.from(JSON.stringify(messages('hi'))),
        },
      );
      expect(response.status).toBe(200);
    }
  });

  it('takes a body of 25,000,000 bytes and refuses one more', async () => {
    await using emulator = await startEmulator({ pace: 'instant' });
    const body = JSON.stringify({ prompt: '' });
    const padded = (bytes: number) => ' '.repeat(bytes - body.length) + body;
    const full = await post(emulator, llama3, 'invoke', padded(25_000_000));
    expect((await full.json()).message).toContain('minLength');
    const over = await post(emulator, llama3, 'invoke', padded(25_000_001));
    expect(over.status).toBe(400);
    expect((await over.json()).message).toContain("Value at 'body' failed to satisfy constraint");
  });

  it('echoes the latency and tier it was asked for', async () => {
    await using emulator = await startEmulator({ pace: 'instant' });
    const response = await post(emulator, haiku, 'invoke', messages('hi'), {
      headers: {
        authorization: 'Bearer x',
        'X-Amzn-Bedrock-PerformanceConfig-Latency': 'optimized',
        'X-Amzn-Bedrock-Service-Tier': 'flex',
      },
    });
    expect(response.headers.get('x-amzn-bedrock-performanceconfig-latency')).toBe('optimized');
    expect(response.headers.get('x-amzn-bedrock-service-tier')).toBe('flex');
  });

  it('says what it is to a browser, and refuses what it does not speak', async () => {
    await using emulator = await startEmulator({ pace: 'instant' });
    expect(await (await fetch(emulator.url)).text()).toContain(emulator.url);
    const unknown = await fetch(`${emulator.url}/nowhere`, { method: 'POST' });
    expect(unknown.status).toBe(404);
    expect(await unknown.json()).toEqual({
      Output: { __type: 'com.amazon.coral.service#UnknownOperationException' },
      Version: '1.0',
    });
    const titan = await post(emulator, 'amazon.titan-text-express-v1', 'invoke', {});
    expect(titan.status).toBe(400);
    expect((await titan.json()).message).toContain(
      "doesn't speak the native body of amazon.titan-text-express-v1",
    );
  });

  it('asks for credentials, and says AccessDenied only to those who have some', async () => {
    await using emulator = await startEmulator({ pace: 'instant' });
    const response = await post(emulator, opus48, 'invoke', messages('hi'), { headers: {} });
    expect(response.status).toBe(403);
    expect(response.headers.get('x-amzn-errortype')).toMatch(/^MissingAuthenticationTokenException:http/);
    expect(response.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
  });
});
