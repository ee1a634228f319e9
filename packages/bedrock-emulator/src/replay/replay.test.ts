import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ApplyGuardrailCommand,
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  CountTokensCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  describeWithRecordings,
  type Recording,
  responseBytes,
} from '../../../../test/support/recordings.ts';
import { haiku, type Json, llama3, messages, post } from '../../test/ask.ts';
import { type Emulator, startEmulator } from '../index.ts';
import { requestKey } from './same-request.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emulator-recordings-'));
});
afterAll(() => rm(folder, { recursive: true }));

const names = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding', 'content-length']);
const kept = (headers: Headers) => [...headers].filter(([name]) => !names.has(name));

describe('an exchange that was recorded', () => {
  const asked: readonly (readonly [string, string, unknown])[] = [
    [haiku, 'invoke', messages('/unicode')],
    [haiku, 'invoke-with-response-stream', messages('/long 80')],
    [llama3, 'invoke-with-response-stream', { prompt: '/long 30' }],
    [haiku, 'converse-stream', { messages: [{ role: 'user', content: [{ text: '/say hi' }] }] }],
    [haiku, 'invoke', messages('/fault throttle')],
    ['nobody', 'invoke', {}],
  ];

  it('is replayed byte for byte', async () => {
    await using upstream = await startEmulator({ pace: 'instant' });
    const written: string[] = [];
    const direct: { status: number; headers: (readonly [string, string])[]; bytes: Buffer }[] = [];
    {
      await using recorder = await startEmulator({
        record: { folder, upstream: upstream.url, onWritten: (file) => written.push(file) },
      });
      for (const [model, action, body] of asked) {
        const response = await post(recorder, model, action, body);
        direct.push({
          status: response.status,
          headers: kept(response.headers),
          bytes: Buffer.from(await response.arrayBuffer()),
        });
      }
    }
    expect(written).toHaveLength(asked.length);
    expect((await readdir(folder)).sort()[1]).toBe(
      '0002-invokemodelwithresponsestream-us-anthropic-claude-haiku-4-5-20251001-v1-0.json',
    );

    for (const timing of ['instant', 'recorded'] as const) {
      await using replay = await startEmulator({ replay: { folder, timing } });
      for (const [place, [model, action, body]] of asked.entries()) {
        const response = await post(replay, model, action, body);
        expect({
          status: response.status,
          headers: kept(response.headers),
          bytes: Buffer.from(await response.arrayBuffer()),
        }).toEqual(direct[place]);
      }
    }
  });

  it('holds no secret, and says when its bytes came', async () => {
    const texts = await Promise.all(
      (await readdir(folder)).map((file) => readFile(join(folder, file), 'utf8')),
    );
    for (const text of texts) expect(text.toLowerCase()).not.toMatch(/authorization|bearer|amz-date|cookie/);
    const stream = JSON.parse(texts[1] ?? '') as Json;
    expect(stream).toMatchObject({
      operation: 'InvokeModelWithResponseStream',
      modelId: haiku,
      fidelity: 'wire',
      request: { method: 'POST', body: messages('/long 80') },
      response: { status: 200, bodyBase64: expect.any(String) },
    });
    expect(stream.response.timings[0]).toEqual([0, expect.any(Number)]);
  });
});

describe('a recorder', () => {
  it('signs anew with the credentials it is given, for the region of the caller', async () => {
    const real = { accessKeyId: 'REAL', secretAccessKey: 'real secret', sessionToken: 'real+token=' };
    await using upstream = await startEmulator({ pace: 'instant', credentials: real, region: 'eu-west-1' });
    const own = await mkdtemp(join(folder, 'signed-'));
    await using recorder = await startEmulator({
      record: { folder: own, upstream: upstream.url, credentials: real },
    });
    const client = new BedrockRuntimeClient({
      endpoint: recorder.url,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'FAKE', secretAccessKey: 'fake' },
      maxAttempts: 1,
    });
    const body = JSON.stringify(messages('/say signed'));
    const arn = `arn:aws:bedrock:eu-west-1:123456789012:inference-profile/${haiku}`;
    for (const modelId of [haiku, arn]) {
      const answer = await client.send(new InvokeModelCommand({ modelId, body }));
      expect(answer.body.transformToString()).toContain('signed');
    }
    client.destroy();
    await recorder.stop();
    expect(await readdir(own)).toHaveLength(2);
    for (const file of await readdir(own))
      expect(await readFile(join(own, file), 'utf8')).not.toMatch(/REAL|FAKE|Signature|security-token/);
  });

  it('leaves the real endpoint when its client leaves', async () => {
    await using upstream = await startEmulator({ pace: 'instant' });
    const own = await mkdtemp(join(folder, 'left-'));
    await using recorder = await startEmulator({ record: { folder: own, upstream: upstream.url } });
    const leaving = new AbortController();
    const response = await post(
      recorder,
      haiku,
      'invoke-with-response-stream',
      messages('/fault stall 3\n/long 50'),
      { signal: leaving.signal },
    );
    await response.body?.getReader().read();
    leaving.abort();
    await upstream.idle();
    expect(upstream.requests[0]?.endedBy).toBe('client');
    await recorder.idle();
    expect(await readdir(own)).toEqual([]);
  });

  it('does not keep what was cut, and says when it reaches nobody', async () => {
    await using upstream = await startEmulator({ pace: 'instant' });
    const own = await mkdtemp(join(folder, 'cut-'));
    await using recorder = await startEmulator({ record: { folder: own, upstream: upstream.url } });
    const response = await post(
      recorder,
      haiku,
      'invoke-with-response-stream',
      messages('/fault cut before-stop\n/long 50'),
    );
    await expect(response.arrayBuffer()).rejects.toThrow();
    await recorder.idle();
    expect(await readdir(own)).toEqual([]);

    await using lost = await startEmulator({ record: { folder: own, upstream: 'http://127.0.0.1:1' } });
    const failed = await post(lost, haiku, 'invoke', {});
    expect(failed.status).toBe(503);
    expect(((await failed.json()) as Json).message).toContain("can't reach http://127.0.0.1:1");
  });
});

describe('a replay', () => {
  const write = async (own: string, name: string, body: unknown, response: object) =>
    writeFile(
      join(own, `${name}.json`),
      JSON.stringify({
        request: { method: 'POST', host: null, path: '/model/a%3A1/invoke', headers: {}, body },
        response,
      }),
    );

  it('keeps the recorded time where it is asked to', async () => {
    const own = await mkdtemp(join(folder, 'timed-'));
    await write(own, 'a', null, {
      status: 200,
      headers: { 'Transfer-Encoding': 'chunked' },
      bodyText: 'one two',
      timings: [
        [0, 20],
        [3, 90],
      ],
    });
    await using emulator = await startEmulator({ replay: { folder: own, timing: 'recorded' } });
    const started = performance.now();
    const response = await post(emulator, 'a:1', 'invoke', '');
    const pieces: string[] = [];
    for await (const piece of response.body as ReadableStream<Uint8Array>) {
      pieces.push(Buffer.from(piece).toString());
      expect(performance.now() - started).toBeGreaterThan(pieces[0] === 'one' ? 15 : 85);
    }
    // A reader that is late finds both in one.
    expect(pieces.join('')).toBe('one two');
    expect(performance.now() - started).toBeGreaterThan(85);
  });

  it('takes requests that mean the same, in the order they were recorded', async () => {
    const own = await mkdtemp(join(folder, 'same-'));
    for (const name of ['1', '2'])
      await write(own, name, { a: 1, b: { c: 2, d: [3] } }, { status: 200, headers: {}, body: { name } });
    await using emulator = await startEmulator({ replay: { folder: own } });
    const answers: string[] = [];
    for (let n = 0; n < 3; n++) {
      const response = await post(emulator, 'a:1', 'invoke', ' {"b":{"d":[3],"c":2}, "a":1} ');
      answers.push(((await response.json()) as Json).name);
    }
    expect(answers).toEqual(['1', '2', '1']);
  });

  it('says clearly what it has no recording of', async () => {
    const own = await mkdtemp(join(folder, 'none-'));
    await write(own, 'only', { a: 1 }, { status: 200, headers: {} });
    await using emulator = await startEmulator({ replay: { folder: own } });
    const other = await post(emulator, 'a:1', 'invoke', { a: 2 });
    expect(other.status).toBe(404);
    expect(((await other.json()) as Json).message).toContain(
      'answers POST /model/a%3A1/invoke. Recorded for this path, with another body: only.',
    );
    const nowhere = await post(emulator, 'b', 'invoke', {});
    expect(((await nowhere.json()) as Json).message).toContain(
      'Nothing was recorded for this method and path.',
    );
  });

  it('does not start without recordings', async () => {
    const own = await mkdtemp(join(folder, 'empty-'));
    await expect(startEmulator({ replay: { folder: own } })).rejects.toThrow('holds no recorded exchanges');
    await expect(startEmulator({ replay: { folder: join(own, 'no') } })).rejects.toThrow('ENOENT');
    await writeFile(join(own, 'x.json'), '{}');
    await expect(startEmulator({ replay: { folder: own } })).rejects.toThrow('is no recorded exchange');
  });
});

describe('requests', () => {
  it('mean the same whatever the escapes, the order of keys and of the query', () => {
    const key = requestKey('POST', '/model/a%3A0/invoke?b=2&a=1', '{"x":1,"y":[{"p":1,"q":2}]}');
    expect(requestKey('post', '/model/a:0/invoke?a=1&b=2', ' {"y":[{"q":2,"p":1}],"x":1}')).toBe(key);
    expect(requestKey('POST', '/model/a:0/invoke?a=1&b=2', '{"x":2}')).not.toBe(key);
  });
});

describeWithRecordings('the shared recordings, replayed', (all) => {
  let emulator: Emulator;
  const known = all.filter(({ request }) => request.path !== null);
  beforeAll(async () => {
    emulator = await startEmulator({ replay: { folder: process.env.STREAMBED_RECORDINGS ?? '' } });
  });
  afterAll(() => emulator.stop());

  it('come as they are', async () => {
    for (const recording of known) {
      const { method, path, body } = recording.request;
      const response = await fetch(`${emulator.url}${path}`, {
        method,
        ...(body === null ? {} : { body: JSON.stringify(body) }),
      });
      expect(response.status, recording.name).toBe(recording.response.status);
      expect(Buffer.from(await response.arrayBuffer()).equals(responseBytes(recording)), recording.name).toBe(
        true,
      );
    }
  });

  const runtime = known.filter(({ operation }) => operation in commands);

  it('are enough', () => expect(runtime.length).toBeGreaterThan(140));

  it.each(runtime.map((recording) => [recording.name, recording] as const))(
    'mean to the official SDK what they say: %s',
    async (name, recording) => {
      const client = new BedrockRuntimeClient({
        endpoint: emulator.url,
        region: 'us-east-1',
        credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
        maxAttempts: 1,
        requestHandler: new NodeHttpHandler(),
      });
      // The recorded request goes out as it was; what comes back is the SDK's to read.
      client.middlewareStack.add(
        (next) => (args) => {
          const request = args.request as Json;
          request.path = recording.request.path;
          request.body = recording.request.body === null ? '' : JSON.stringify(recording.request.body);
          request.headers['content-length'] = String(Buffer.byteLength(request.body));
          return next(args);
        },
        { step: 'finalizeRequest', priority: 'low' },
      );
      try {
        const answer = await ask(client, recording).catch((error: Json) => error);
        const { status, headers } = recording.response;
        if (status >= 400) {
          expect(answer.$metadata.httpStatusCode).toBe(status);
          const type = new Headers(headers).get('x-amzn-errortype')?.split(':')[0];
          if (type !== undefined) expect(answer.name).toBe(type);
          expect(answer.message).toContain(
            String((recording.response.body as Json).message ?? '').slice(0, 40),
          );
        } else if (recording.verify !== undefined) {
          const exceptions = Object.entries(recording.verify.types).filter(([type]) =>
            type.startsWith('exception'),
          );
          const thrown = exceptions.reduce((sum, [, count]) => sum + count, 0);
          expect([answer.events.length, answer.thrown], name).toEqual([
            recording.verify.frames - thrown,
            thrown,
          ]);
        } else {
          expect(answer.$metadata.httpStatusCode).toBe(200);
          check(recording, answer);
        }
      } finally {
        client.destroy();
      }
    },
  );
});

const commands = {
  InvokeModel: InvokeModelCommand,
  InvokeModelWithResponseStream: InvokeModelWithResponseStreamCommand,
  Converse: ConverseCommand,
  ConverseStream: ConverseStreamCommand,
  CountTokens: CountTokensCommand,
  ApplyGuardrail: ApplyGuardrailCommand,
} as const;

/** Sends a recording's request with a stand-in of the right type; of a stream its events, or how it broke. */
async function ask(client: BedrockRuntimeClient, { operation }: Recording): Promise<Json> {
  const modelId = 'stand-in';
  switch (operation) {
    case 'InvokeModel':
      return client.send(new InvokeModelCommand({ modelId, body: '{}' }));
    case 'InvokeModelWithResponseStream':
      return drained(
        (await client.send(new InvokeModelWithResponseStreamCommand({ modelId, body: '{}' }))).body,
      );
    case 'Converse':
      return client.send(new ConverseCommand({ modelId, messages: [] }));
    case 'ConverseStream':
      return drained((await client.send(new ConverseStreamCommand({ modelId, messages: [] }))).stream);
    case 'CountTokens':
      return client.send(new CountTokensCommand({ modelId, input: { converse: { messages: [] } } }));
    default:
      return client.send(
        new ApplyGuardrailCommand({
          guardrailIdentifier: 'a',
          guardrailVersion: '1',
          source: 'INPUT',
          content: [],
        }),
      );
  }
}

async function drained(stream: AsyncIterable<unknown> | undefined): Promise<Json> {
  const events: unknown[] = [];
  try {
    for await (const event of stream ?? []) events.push(event);
    return { events, thrown: 0 };
  } catch {
    return { events, thrown: 1 };
  }
}

function check({ operation, response }: Recording, answer: Json): void {
  const theirs = response.body as Json;
  switch (operation) {
    case 'InvokeModel':
      expect(JSON.parse(answer.body.transformToString())).toEqual(theirs);
      return;
    case 'Converse':
      expect(answer.stopReason).toBe(theirs.stopReason);
      expect(answer.usage.outputTokens).toBe(theirs.usage.outputTokens);
      expect(answer.output.message.content.length).toBe(theirs.output.message.content.length);
      return;
    case 'CountTokens':
      expect(answer.inputTokens).toBe(theirs.inputTokens);
      return;
    default:
      expect(answer.action).toBe(theirs.action);
  }
}
