import { describe, expect, it } from 'vitest';
import { splitFrames } from '../../../test/support/frames.ts';
import { randomFrom } from '../../../test/support/random.ts';
import { describeWithRecordings, type Recording, responseBytes } from '../../../test/support/recordings.ts';
import {
  awsError,
  type Exchange,
  exchangeOf,
  type ReplayedRequest,
} from '../../../test/support/replay-server.ts';
import { startReplayed } from '../test/replayed.ts';
import type { BedrockOptions, Relay, RelayOperation } from './index.ts';

const start = (answer: Parameters<typeof startReplayed>[0], options?: Partial<BedrockOptions>) =>
  startReplayed(answer, options, randomFrom(7));
const calling = { generation: 'gen_test', signal: new AbortController().signal };

async function readAll(relay: Relay): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const chunks of relay) pieces.push(...chunks);
  return Buffer.concat(pieces);
}

const operations: Readonly<Record<string, RelayOperation>> = {
  InvokeModel: 'invoke',
  InvokeModelWithResponseStream: 'invoke-with-response-stream',
  Converse: 'converse',
  ConverseStream: 'converse-stream',
};
const midstream = 'invokestream-nova-midstream-modelStreamErrorException';

/** The recorded counts, looked for where BEDROCK says they stand: an independent reading of the same bytes. */
function countsIn(recording: Recording): Record<string, number> {
  const headers = new Map(
    Object.entries(recording.response.headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const names = {
    input_tokens: ['x-amzn-bedrock-input-token-count', 'inputTokenCount', 'inputTokens'],
    output_tokens: ['x-amzn-bedrock-output-token-count', 'outputTokenCount', 'outputTokens'],
    cache_read_input_tokens: [
      'x-amzn-bedrock-cache-read-input-token-count',
      'cacheReadInputTokenCount',
      'cacheReadInputTokens',
    ],
    cache_creation_input_tokens: [
      'x-amzn-bedrock-cache-write-input-token-count',
      'cacheWriteInputTokenCount',
      'cacheWriteInputTokens',
    ],
  };
  const place = recording.operation.startsWith('Converse') ? 2 : 1;
  const texts = [
    recording.response.bodyBase64 === undefined
      ? JSON.stringify(recording.response.body)
      : Buffer.from(responseBytes(recording)).toString('latin1'),
    ...Array.from(
      Buffer.from(responseBytes(recording))
        .toString('latin1')
        .matchAll(/"bytes":"([^"]+)"/g),
      ([, base64 = '']) => Buffer.from(base64, 'base64').toString('utf8'),
    ),
  ];
  const last = texts.filter((text) => /invocationMetrics|"usage"/.test(text)).at(-1) ?? '';
  const metrics =
    place === 1
      ? (/"amazon-bedrock-invocationMetrics":(\{[^}]*\})/.exec(last)?.[1] ?? '')
      : last.replace(/"cacheDetails": ?\[[^\]]*\]/, '');
  return Object.fromEntries(
    Object.entries(names).flatMap(([name, places]) => {
      const said =
        headers.get(places[0] as string) ?? new RegExp(`"${places[place]}": ?(\\d+)`).exec(metrics)?.[1];
      return said === undefined ? [] : [[name, Number(said)]];
    }),
  );
}

describeWithRecordings('passthrough, as recorded', (recordings) => {
  const good = recordings.filter(
    ({ operation, response, name, request }) =>
      operations[operation] !== undefined && response.status === 200 && name !== midstream && request.path,
  );
  const one = (name: string) => recordings.find((recording) => recording.name === name) as Recording;

  it('is asked of every kind of body there is', () => {
    const names = good.map(({ name }) => name).join(' ');
    for (const kind of ['nova', 'mistral', 'titan', 'cohere', 'jamba', 'j2', 'gptoss', 'embed', 'rerank']) {
      expect(names).toContain(kind);
    }
  });

  it.each(good.filter(({ fidelity }) => fidelity !== 'reported').map(({ name }) => name))(
    '%s: byte for byte both ways, with the counts it has',
    async (name) => {
      const recording = one(name);
      const { server, bedrock } = await start(() => exchangeOf(recording));
      const body = Buffer.from(JSON.stringify(recording.request.body));
      const relay = await bedrock.passthrough(
        operations[recording.operation] as RelayOperation,
        recording.modelId as string,
        body,
        { 'content-type': 'application/json', authorization: 'none of AWS’s business'.slice(0, 4) },
        calling,
      );
      expect(relay.stop).toBeUndefined();
      expect((await readAll(relay)).equals(responseBytes(recording))).toBe(true);
      expect(relay.head.status).toBe(200);
      const [sent] = server.requests;
      expect(sent?.body.equals(body)).toBe(true);
      // A bare id that needs a profile gets one here too.
      const path = decodeURIComponent(sent?.path ?? '').replace('/us.', '/');
      expect(path).toBe(decodeURIComponent(recording.request.path as string).replace('/us.', '/'));
      expect(sent?.headers.authorization).toMatch(/^AWS4-HMAC-SHA256 /);
      expect(relay.stop).toMatchObject({ type: 'generation_stop', state: 'completed' });
      expect(relay.stop?.usage).toMatchObject(countsIn(recording));
      expect(Object.keys(relay.stop?.usage ?? {}).length > 0).toBe(
        Object.keys(countsIn(recording)).length > 0,
      );
    },
  );

  it(`${midstream}: the exception is relayed, and is how it ended`, async () => {
    const recording = one(midstream);
    const { bedrock, server } = await start(() => exchangeOf(recording));
    const model = recording.modelId as string;
    const relay = await bedrock.passthrough('invoke-with-response-stream', model, '{}', {}, calling);
    expect((await readAll(relay)).equals(responseBytes(recording))).toBe(true);
    expect(relay.stop).toMatchObject({
      state: 'failed',
      error: { code: 'SB_MODEL_ERROR', message: expect.stringMatching(/unexpected error during processing/) },
    });
    expect(server.requests).toHaveLength(1);
    expect(bedrock.open).toBe(0);
  });

  it('a stream without its end is no success, and what came of it is relayed', async () => {
    const whole = exchangeOf(one('invokestream-mistral-small'));
    const frames = splitFrames(whole.body);
    for (const ending of ['whole', 'cut'] as const) {
      const { bedrock } = await start(() => ({
        ...whole,
        body: Buffer.concat(frames.slice(0, 5)),
        ending,
      }));
      const relay = await bedrock.passthrough(
        'invoke-with-response-stream',
        'mistral.mistral-small-2402-v1:0',
        '{}',
        {},
        calling,
      );
      expect((await readAll(relay)).equals(Buffer.concat(frames.slice(0, 5)))).toBe(true);
      expect(relay.stop).toMatchObject({ state: 'failed', error: { code: 'SB_UPSTREAM_CUT' } });
    }
  });

  it('a damaged stream ends in an error', async () => {
    const whole = exchangeOf(one('invokestream-nova-pro-text'));
    const body = Buffer.from(whole.body);
    const at = (splitFrames(whole.body)[0]?.length ?? 0) + 60;
    body.writeUInt8(body.readUInt8(at) ^ 1, at);
    const { bedrock } = await start(() => ({ ...whole, body }));
    const relay = await bedrock.passthrough(
      'invoke-with-response-stream',
      'amazon.nova-pro-v1:0',
      '{}',
      {},
      calling,
    );
    await readAll(relay);
    expect(relay.stop).toMatchObject({ state: 'failed', error: { code: 'SB_UPSTREAM_CORRUPT' } });
  });

  it('an exception that is the first frame is thrown, not relayed: nothing has begun', async () => {
    const recording = one('reported-stream-serviceUnavailableException');
    const { bedrock, server } = await start(() => exchangeOf(recording), { retry: { attempts: 2 } });
    await expect(
      bedrock.passthrough('invoke-with-response-stream', 'amazon.nova-pro-v1:0', '{}', {}, calling),
    ).rejects.toMatchObject({ code: 'SB_UPSTREAM_UNAVAILABLE' });
    expect(server.requests).toHaveLength(2);
    expect(bedrock.open).toBe(0);
  });

  it('cancelling closes the upstream at once; so does a reader that leaves', async () => {
    const whole = exchangeOf(one('invokestream-nova-pro-text'));
    const first = splitFrames(whole.body)[0] as Uint8Array;
    const held = () => ({ ...whole, body: first, ending: 'open' as const });
    const { bedrock, server } = await start(held);
    const open = (signal: AbortSignal) =>
      bedrock.passthrough(
        'invoke-with-response-stream',
        'amazon.nova-pro-v1:0',
        '{}',
        {},
        { ...calling, signal },
      );

    const stop = new AbortController();
    const relay = await open(stop.signal);
    const reading = readAll(relay);
    stop.abort();
    await reading;
    expect(relay.stop).toMatchObject({ state: 'cancelled' });
    await server.idle();

    const another = await open(calling.signal);
    for await (const _ of another) break;
    expect(another.stop).toMatchObject({ state: 'cancelled' });
    await server.idle();

    const unread = new AbortController();
    const third = await open(unread.signal);
    unread.abort();
    expect(third.stop).toMatchObject({ state: 'cancelled' });
    expect(await readAll(third)).toHaveLength(0);
    await server.idle();
    expect(bedrock.open).toBe(0);
  });

  it('tries again before the first event only, and throws what it was in the end', async () => {
    const whole = exchangeOf(one('invokestream-nova-pro-text'));
    const { bedrock, server } = await start(() =>
      server.requests.length < 3 ? awsError(503, 'ServiceUnavailableException', 'busy') : whole,
    );
    const relay = await bedrock.passthrough(
      'invoke-with-response-stream',
      'amazon.nova-pro-v1:0',
      '{}',
      {},
      calling,
    );
    expect((await readAll(relay)).equals(whole.body)).toBe(true);
    expect(relay).toMatchObject({ attempts: 3, stop: { state: 'completed', bedrock: { attempts: 3 } } });
    const refusing = await start(() => awsError(400, 'ValidationException', 'extraneous key [x]'));
    await expect(
      refusing.bedrock.passthrough('invoke', 'amazon.nova-pro-v1:0', '{"x":1}', {}, calling),
    ).rejects.toMatchObject({ code: 'SB_UPSTREAM_REFUSED', upstream: { name: 'ValidationException' } });
    expect(refusing.bedrock.open).toBe(0);
  });
});

describe('passthrough', () => {
  const fine: Exchange = {
    status: 200,
    headers: { 'Content-Type': 'application/json', 'X-Amzn-Bedrock-Input-Token-Count': '3' },
    body: Buffer.from('{ "any":  "thing" }'),
  };
  const guarded = {
    aliases: {
      safe: { guardrail: { id: 'gr', version: '1' }, targets: [{ model: 'amazon.nova-pro-v1:0' }] },
    },
  };

  it("passes on Bedrock's own headers, ours beside them, and none that belong to a connection", async () => {
    const { bedrock, server } = await start(() => fine);
    const relay = await bedrock.passthrough(
      'invoke',
      'amazon.nova-pro-v1:0',
      '{}',
      {
        'content-type': 'application/octet-stream',
        'x-amzn-bedrock-service-tier': 'flex',
        'x-amzn-bedrock-request-metadata': '{"team":"a"}',
        cookie: 'secret',
        'x-api-key': 'secret',
        host: 'elsewhere',
      },
      { ...calling, project: 'search' },
    );
    expect((await readAll(relay)).toString()).toBe('{ "any":  "thing" }');
    const { headers } = server.requests[0] as ReplayedRequest;
    expect(headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'x-amzn-bedrock-service-tier': 'flex',
      host: expect.stringMatching(/^127/),
    });
    expect(JSON.parse(headers['x-amzn-bedrock-request-metadata'] ?? '')).toEqual({
      team: 'a',
      streambed_generation: 'gen_test',
      streambed_project: 'search',
    });
    expect(headers).not.toHaveProperty('cookie');
    expect(headers).not.toHaveProperty('x-api-key');
    // The counts are there, the price of the tier isn't.
    expect(relay.stop).toMatchObject({ usage: { input_tokens: 3 }, cost: { status: 'estimated' } });
  });

  it('resolves names, and takes the profile where AWS wants one', async () => {
    const { bedrock, server } = await start(({ path }) =>
      path.includes('us.')
        ? fine
        : awsError(
            400,
            'ValidationException',
            'Invocation of model ID x with on-demand throughput isn’t supported.',
          ),
    );
    const relay = await bedrock.passthrough('invoke', 'nova-pro', '{}', {}, calling);
    await readAll(relay);
    expect(relay.target).toBe('us.amazon.nova-pro-v1:0');
    expect(server.requests.map(({ path }) => path)).toEqual([
      '/model/amazon.nova-pro-v1%3A0/invoke',
      '/model/us.amazon.nova-pro-v1%3A0/invoke',
    ]);
    await expect(bedrock.passthrough('invoke', 'nonsense', '{}', {}, calling)).rejects.toMatchObject({
      code: 'SB_UNKNOWN_MODEL',
    });
  });

  it('relays to an ARN that nobody can look up: its price is unknown, that is all', async () => {
    const { bedrock } = await start(() => fine);
    const arn = 'arn:aws:bedrock:us-east-1:123456789012:imported-model/abc';
    const relay = await bedrock.passthrough('invoke', arn, '{}', {}, calling);
    await readAll(relay);
    expect(relay).toMatchObject({ target: arn, stop: { state: 'completed', cost: { status: 'unknown' } } });
  });

  it('adds the guardrail of an alias', async () => {
    const { bedrock, server } = await start(() => fine, guarded);
    await readAll(await bedrock.passthrough('invoke', 'safe', '{}', {}, calling));
    expect(server.requests[0]?.headers).toMatchObject({
      'x-amzn-bedrock-guardrailidentifier': 'gr',
      'x-amzn-bedrock-guardrailversion': '1',
    });
  });

  it.each<[string, RelayOperation, string, Record<string, string>]>([
    ['another guardrail', 'invoke', '{}', { 'x-amzn-bedrock-guardrailidentifier': 'mine' }],
    ['a body that bends it', 'invoke', '{"amazon-bedrock-guardrailConfig":{"tagSuffix":"x"}}', {}],
    ['the same, spelt in escapes', 'invoke', '{"\\u0061mazon-bedrock-guardrailConfig":{}}', {}],
    ['a body that it cannot be put into', 'converse', '{"messages":[]}', {}],
  ])('refuses %s to an alias that has one', async (_what, operation, body, headers) => {
    const { bedrock, server } = await start(() => fine, guarded);
    await expect(bedrock.passthrough(operation, 'safe', body, headers, calling)).rejects.toMatchObject({
      code: 'SB_BAD_REQUEST',
    });
    expect(server.requests).toEqual([]);
  });

  it('never calls upstream when it was cancelled before', async () => {
    const { bedrock, server } = await start(() => fine);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(bedrock.passthrough('invoke', 'nova-pro', '{}', {}, { ...calling, signal })).rejects.toThrow(
      'enough',
    );
    expect(server.requests).toEqual([]);
    expect(bedrock.open).toBe(0);
  });
});
