import { encodeMessage } from '@streambed/event-stream';
import { emptyMessage, eventsOf, fold, type GenerationEvent, type GenerationStop } from '@streambed/protocol';
import { describe, expect, it } from 'vitest';
import { splitFrames } from '../../../../test/support/frames.ts';
import { randomFrom } from '../../../../test/support/random.ts';
import {
  describeWithRecordings,
  type Recording,
  responseBytes,
} from '../../../../test/support/recordings.ts';
import {
  awsError,
  type Exchange,
  exchangeOf,
  type ReplayedRequest,
} from '../../../../test/support/replay-server.ts';
import { startReplayed } from '../../test/replayed.ts';
import { collect } from '../../test/run.ts';
import type { Bedrock, BedrockOptions, Relay, RelayOperation } from '../index.ts';

const start = (answer: Parameters<typeof startReplayed>[0], options?: Partial<BedrockOptions>) =>
  startReplayed(answer, options, randomFrom(7));
const calling = { generation: 'gen_test', signal: new AbortController().signal };

interface Relayed {
  readonly bytes: Buffer;
  readonly events: readonly GenerationEvent[];
  readonly stop: GenerationStop;
}

/** Everything a relay gives; throws unless its last event is the only end. */
async function readAll(relay: TestRelay): Promise<Relayed> {
  const all: GenerationEvent[] = [];
  for await (const items of relay) all.push(...eventsOf(items).map(({ event }) => event));
  const stop = all.pop();
  if (stop?.type !== 'generation_stop') throw new Error('there is no end');
  if (all.some(({ type }) => type === 'generation_stop')) throw new Error('there are two ends');
  return { bytes: Buffer.concat(relay.delivered), events: all, stop };
}

/** A relay, and what it has delivered. */
type TestRelay = Relay & { readonly delivered: readonly Uint8Array[] };

function relayed(
  bedrock: Bedrock,
  operation: RelayOperation,
  model: string,
  more: {
    body?: string | Uint8Array;
    headers?: Record<string, string>;
    signal?: AbortSignal;
    project?: string;
  } = {},
): TestRelay {
  const { body = '{}', headers = {}, ...options } = more;
  const delivered: Uint8Array[] = [];
  const deliver = (bytes: readonly Uint8Array[]) => void delivered.push(...bytes);
  const relay = bedrock.passthrough(
    { operation, model, body, headers },
    { ...calling, ...options, deliver: deliver as () => undefined },
  );
  return Object.assign(relay, { delivered });
}

/** A Converse body without what we add for AWS's invocation log. */
function withoutMetadata(body: Buffer): string {
  return body.toString('utf8').replace(/"requestMetadata":\{"streambed_generation":"gen_test"\},/, '');
}

const operations: Readonly<Record<string, RelayOperation>> = {
  InvokeModel: 'invoke',
  InvokeModelWithResponseStream: 'invoke-with-response-stream',
  Converse: 'converse',
  ConverseStream: 'converse-stream',
};
const opaqueEvents = ['message_start', 'message_delta', 'message_stop'];
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
      const relay = relayed(
        bedrock,
        operations[recording.operation] as RelayOperation,
        recording.modelId as string,
        { body, headers: { 'content-type': 'application/json', authorization: 'none' } },
      );
      const { bytes, stop, events } = await readAll(relay);
      expect(bytes.equals(responseBytes(recording))).toBe(true);
      expect(relay.head?.status).toBe(200);
      const [sent] = server.requests;
      expect(withoutMetadata(sent?.body ?? Buffer.alloc(0))).toBe(body.toString('utf8'));
      // A bare id that needs a profile gets one here too.
      const path = decodeURIComponent(sent?.path ?? '').replace('/us.', '/');
      expect(path).toBe(decodeURIComponent(recording.request.path as string).replace('/us.', '/'));
      expect(sent?.headers.authorization).toMatch(/^AWS4-HMAC-SHA256 /);
      expect(stop).toMatchObject({ type: 'generation_stop', state: 'completed' });
      const { output_tokens: output, ...counts } = countsIn(recording);
      expect(stop.usage).toMatchObject(counts);
      // Where Claude and Bedrock count differently, Claude's own word stands in the answer: so it does in the usage.
      if (name !== 'invokestream-claude35sonnet-tool-use') expect(stop.usage.output_tokens).toBe(output);
      expect(Object.keys(stop.usage).length > 0).toBe(Object.keys(countsIn(recording)).length > 0);
      expect(events[0]?.type).toBe('message_start');
      expect(events.at(-1)?.type).toBe('message_stop');
      if (stop.bedrock?.opaque) expect(events.map(({ type }) => type)).toEqual(opaqueEvents);
    },
  );

  // An opaque ARN tells `generate` too little.
  const spoken = good.filter(
    ({ name }) => /claude|llama|^converse/.test(name) && !/legacy|profile-arn/.test(name),
  );
  it.each(spoken.map(({ name }) => name))('%s: others can read it as Messages events', async (name) => {
    const recording = one(name);
    const { bedrock } = await start(() => exchangeOf(recording));
    const operation = operations[recording.operation] as RelayOperation;
    const model = recording.modelId as string;
    const body = JSON.stringify(recording.request.body);
    const { stop, events } = await readAll(relayed(bedrock, operation, model, { body }));
    expect(stop.bedrock?.opaque).toBeUndefined();
    const message = [...events, stop].reduce(fold, emptyMessage);
    expect(message.stop_reason).toBe(stop.stop_reason);
    // What it says is what `generate` makes of the same bytes.
    const api = operation.startsWith('converse') ? 'converse' : 'invoke';
    const asked = {
      model,
      max_tokens: 99,
      messages: [{ role: 'user', content: 'x' }],
      bedrock: { api },
    } as const;
    const stream = operation.endsWith('stream');
    const whole = await collect(bedrock.generate(asked, { ...calling, stream }));
    expect(message).toEqual(whole.message);
  });

  it(`${midstream}: the exception is relayed, and is how it ended`, async () => {
    const recording = one(midstream);
    const { bedrock, server } = await start(() => exchangeOf(recording));
    const model = recording.modelId as string;
    const relay = relayed(bedrock, 'invoke-with-response-stream', model);
    const { bytes, stop } = await readAll(relay);
    expect(bytes.equals(responseBytes(recording))).toBe(true);
    expect(relay.toldException).toBe(true);
    expect(stop).toMatchObject({
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
        // Half of the sixth frame came too: it is held back.
        body: Buffer.concat([...frames.slice(0, 5), frames[5]?.subarray(0, 40) ?? Buffer.alloc(0)]),
        ending,
      }));
      const relay = relayed(bedrock, 'invoke-with-response-stream', 'mistral.mistral-small-2402-v1:0');
      const { bytes, stop } = await readAll(relay);
      expect(bytes.equals(Buffer.concat(frames.slice(0, 5)))).toBe(true);
      expect(stop).toMatchObject({ state: 'failed', error: { code: 'SB_UPSTREAM_CUT' } });
      expect(relay.toldException).toBe(false);
    }
  });

  it.each([
    ['converse', 'empty', () => ''],
    ['converse', 'cut off', (body: string) => body.slice(0, -1)],
    ['invoke', 'cut off', (body: string) => body.slice(0, body.length >> 1)],
    ['invoke', 'damaged', (body: string) => `~${body.slice(1)}`],
  ] as const)(
    '%s: a whole answer that came %s is no success, and none of it is relayed',
    async (operation, _how, spoil) => {
      const good = JSON.stringify({ output: { message: { role: 'assistant', content: [{ text: 'Hi' }] } } });
      const answered = { status: 200, headers: { 'Content-Type': 'application/json' } };
      const broken = await start(() => ({ ...answered, body: Buffer.from(spoil(good)) }));
      const { bytes, stop } = await readAll(relayed(broken.bedrock, operation, 'amazon.nova-pro-v1:0'));
      expect(stop).toMatchObject({ state: 'failed', error: { code: 'SB_UPSTREAM_UNEXPECTED' } });
      expect(bytes).toHaveLength(0);
      expect(broken.bedrock.open).toBe(0);
    },
  );

  it('a damaged stream ends in an error', async () => {
    const whole = exchangeOf(one('invokestream-nova-pro-text'));
    const body = Buffer.from(whole.body);
    const at = (splitFrames(whole.body)[0]?.length ?? 0) + 60;
    body.writeUInt8(body.readUInt8(at) ^ 1, at);
    const { bedrock } = await start(() => ({ ...whole, body }));
    const { bytes, stop } = await readAll(
      relayed(bedrock, 'invoke-with-response-stream', 'amazon.nova-pro-v1:0'),
    );
    expect(stop).toMatchObject({ state: 'failed', error: { code: 'SB_UPSTREAM_CORRUPT' } });
    // The damaged frame is not passed on, nor what follows it.
    expect(bytes.equals(splitFrames(whole.body)[0] as Uint8Array)).toBe(true);
  });

  it('an exception that is the first frame is a refusal: nothing has begun, nothing is relayed', async () => {
    const recording = one('reported-stream-serviceUnavailableException');
    const { bedrock, server } = await start(() => exchangeOf(recording), { retry: { attempts: 2 } });
    const relay = relayed(bedrock, 'invoke-with-response-stream', 'amazon.nova-pro-v1:0');
    const { bytes, events, stop } = await readAll(relay);
    expect(stop).toMatchObject({ state: 'failed', error: { code: 'SB_UPSTREAM_UNAVAILABLE' } });
    expect(relay.head).toBeUndefined();
    expect([bytes.length, events.length]).toEqual([0, 0]);
    expect(server.requests).toHaveLength(2);
    expect(bedrock.open).toBe(0);
  });

  it('cancelling closes the upstream at once', async () => {
    const whole = exchangeOf(one('invokestream-nova-pro-text'));
    const first = splitFrames(whole.body)[0] as Uint8Array;
    const { bedrock, server } = await start(() => ({ ...whole, body: first, ending: 'open' as const }));
    const stop = new AbortController();
    const relay = relayed(bedrock, 'invoke-with-response-stream', 'amazon.nova-pro-v1:0', {
      signal: stop.signal,
    });
    const states: string[] = [];
    for await (const items of relay) {
      for (const { event } of eventsOf(items)) if (event.type === 'generation_stop') states.push(event.state);
      stop.abort();
    }
    expect(states).toEqual(['cancelled']);
    await server.idle();
    expect(bedrock.open).toBe(0);
  });

  it('tries again before the first event only, and ends with what it was in the end', async () => {
    const whole = exchangeOf(one('invokestream-nova-pro-text'));
    const { bedrock, server } = await start(() =>
      server.requests.length < 3 ? awsError(503, 'ServiceUnavailableException', 'busy') : whole,
    );
    const relay = relayed(bedrock, 'invoke-with-response-stream', 'amazon.nova-pro-v1:0');
    const { bytes, stop } = await readAll(relay);
    expect(bytes.equals(whole.body)).toBe(true);
    expect(relay.attempts).toBe(3);
    expect(stop).toMatchObject({ state: 'completed', bedrock: { attempts: 3 } });
    const refusing = await start(() => awsError(400, 'ValidationException', 'extraneous key [x]'));
    const refused = await readAll(
      relayed(refusing.bedrock, 'invoke', 'amazon.nova-pro-v1:0', { body: '{"x":1}' }),
    );
    expect(refused.stop.error).toMatchObject({
      code: 'SB_UPSTREAM_REFUSED',
      upstream: { name: 'ValidationException' },
    });
    expect(refusing.bedrock.open).toBe(0);
  });

  it('a chunk that cannot be read ends no relay: only its words are missing elsewhere', async () => {
    const whole = exchangeOf(one('invokestream-claude35sonnet-text'));
    const frames = splitFrames(whole.body);
    const odd = encodeMessage({
      headers: {
        ':event-type': { type: 'string', value: 'chunk' },
        ':content-type': { type: 'string', value: 'application/json' },
        ':message-type': { type: 'string', value: 'event' },
      },
      body: Buffer.from(JSON.stringify({ bytes: Buffer.from('{"newer":true}').toString('base64'), p: 'ab' })),
    });
    const body = Buffer.concat([...frames.slice(0, 4), odd, ...frames.slice(4)]);
    const { bedrock } = await start(() => ({ ...whole, body }));
    const model = 'anthropic.claude-3-5-sonnet-20240620-v1:0';
    const { bytes, stop, events } = await readAll(relayed(bedrock, 'invoke-with-response-stream', model));
    expect(bytes.equals(body)).toBe(true);
    expect(stop).toMatchObject({ state: 'completed', bedrock: { opaque: true } });
    expect(events.filter(({ type }) => type === 'content_block_start')).toHaveLength(
      events.filter(({ type }) => type === 'content_block_stop').length,
    );
    expect(events.at(-1)?.type).toBe('message_stop');
  });
});

const converseAnswer = JSON.stringify({
  output: { message: { role: 'assistant', content: [{ text: 'Fine.' }] } },
  stopReason: 'end_turn',
  usage: { inputTokens: 3, outputTokens: 1, totalTokens: 4 },
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
    const relay = relayed(bedrock, 'invoke', 'amazon.nova-pro-v1:0', {
      headers: {
        'content-type': 'application/octet-stream',
        'x-amzn-bedrock-service-tier': 'flex',
        'x-amzn-bedrock-request-metadata': '{"team":"a"}',
        cookie: 'secret',
        'x-api-key': 'secret',
        host: 'elsewhere',
      },
      project: 'search',
    });
    const { bytes, stop } = await readAll(relay);
    expect(bytes.toString()).toBe('{ "any":  "thing" }');
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
    expect(stop).toMatchObject({ usage: { input_tokens: 3 }, cost: { status: 'estimated' } });
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
    const relay = relayed(bedrock, 'invoke', 'nova-pro');
    await readAll(relay);
    expect(relay.target).toBe('us.amazon.nova-pro-v1:0');
    expect(server.requests.map(({ path }) => path)).toEqual([
      '/model/amazon.nova-pro-v1%3A0/invoke',
      '/model/us.amazon.nova-pro-v1%3A0/invoke',
    ]);
    expect(() => relayed(bedrock, 'invoke', 'nonsense')).toThrow(
      expect.objectContaining({ code: 'SB_UNKNOWN_MODEL' }),
    );
  });

  it('relays to an ARN that nobody can look up: its price is unknown, that is all', async () => {
    const { bedrock } = await start(() => fine);
    const arn = 'arn:aws:bedrock:us-east-1:123456789012:imported-model/abc';
    const relay = relayed(bedrock, 'invoke', arn);
    const { stop } = await readAll(relay);
    expect(relay.target).toBe(arn);
    expect(stop).toMatchObject({ state: 'completed', cost: { status: 'unknown' } });
  });

  it('relays to a model of a provider that no catalogue has', async () => {
    const { bedrock, server } = await start(() => fine);
    await readAll(relayed(bedrock, 'invoke', 'stability.sd3-5-large-v1:0'));
    expect(server.requests[0]?.path).toBe('/model/stability.sd3-5-large-v1%3A0/invoke');
  });

  it('adds the guardrail of an alias', async () => {
    const { bedrock, server } = await start(() => fine, guarded);
    await readAll(relayed(bedrock, 'invoke', 'safe'));
    expect(server.requests[0]?.headers).toMatchObject({
      'x-amzn-bedrock-guardrailidentifier': 'gr',
      'x-amzn-bedrock-guardrailversion': '1',
    });
  });

  it('puts the guardrail of an alias into a Converse body, beside what the body says itself', async () => {
    const { bedrock, server } = await start(() => ({ ...fine, body: Buffer.from(converseAnswer) }), guarded);
    const body =
      '{"messages":[{"role":"user","content":[{"toolResult":{"toolUseId":"t","content":[{"json":{"id":12345678901234567890}}]}}]}],"guardrailConfig":{"guardrailIdentifier":"gr","guardrailVersion":"1","trace":"enabled"}}';
    await readAll(relayed(bedrock, 'converse', 'safe', { body }));
    const sent = server.requests[0]?.body.toString('utf8') ?? '';
    expect(sent).toContain('12345678901234567890');
    expect(JSON.parse(sent).guardrailConfig).toEqual({
      guardrailIdentifier: 'gr',
      guardrailVersion: '1',
      trace: 'enabled',
    });
  });

  it.each<[string, RelayOperation, string, Record<string, string>]>([
    ['another guardrail', 'invoke', '{}', { 'x-amzn-bedrock-guardrailidentifier': 'mine' }],
    ['a body that bends it', 'invoke', '{"amazon-bedrock-guardrailConfig":{"tagSuffix":"x"}}', {}],
    ['the same, spelt in escapes', 'invoke', '{"\\u0061mazon-bedrock-guardrailConfig":{}}', {}],
    ['another guardrail', 'converse', '{"guardrailConfig":{"guardrailIdentifier":"mine"}}', {}],
    ['answers ahead of it', 'converse', '{"guardrailConfig":{"streamProcessingMode":"async"}}', {}],
    ['a narrowed view', 'converse', '{"messages":[{"content":[{"guardContent":{}}]}]}', {}],
    ['fields that bend it', 'converse', '{"additionalModelRequestFields":{"amazon-bedrock-x":1}}', {}],
  ])('refuses %s to an alias that has one (%s)', async (_what, operation, body, headers) => {
    const { bedrock, server } = await start(() => fine, guarded);
    expect(() => relayed(bedrock, operation, 'safe', { body, headers })).toThrow(
      expect.objectContaining({ code: 'SB_BAD_REQUEST' }),
    );
    expect(server.requests).toEqual([]);
  });

  it('says in a Converse body whose call it is, whatever the body looks like', async () => {
    const { bedrock, server } = await start(() => ({ ...fine, body: Buffer.from(converseAnswer) }));
    const sent = async (body: string) => {
      await readAll(relayed(bedrock, 'converse', 'nova-pro', { body, project: 'p' }));
      return server.requests.at(-1)?.body.toString('utf8') ?? '';
    };
    const ours = { streambed_generation: 'gen_test', streambed_project: 'p' };
    expect(JSON.parse(await sent(' { "messages": [] }'))).toEqual({ messages: [], requestMetadata: ours });
    expect(JSON.parse(await sent('{"requestMetadata":{"team":"a"}}'))).toEqual({
      requestMetadata: { team: 'a', ...ours },
    });
    expect(JSON.parse(await sent('{"request\\u004detadata":{"team":"a"}}'))).toEqual({
      requestMetadata: { team: 'a', ...ours },
    });
    const full = Object.fromEntries(Array.from({ length: 15 }, (_, index) => [`k${index}`, 'v']));
    expect(JSON.parse(await sent(JSON.stringify({ requestMetadata: full })))).toEqual({
      requestMetadata: full,
    });
    // AWS says what is wrong with these.
    for (const odd of ['{}', '[]', 'nonsense', '{"requestMetadata":1}']) expect(await sent(odd)).toBe(odd);
  });

  it('never calls upstream when it was cancelled before', async () => {
    const { bedrock, server } = await start(() => fine);
    const signal = AbortSignal.abort(new Error('enough'));
    const { stop } = await readAll(relayed(bedrock, 'invoke', 'nova-pro', { signal }));
    expect(stop.state).toBe('cancelled');
    expect(server.requests).toEqual([]);
    expect(bedrock.open).toBe(0);
  });
});
