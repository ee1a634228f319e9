import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { StreambedError } from '@streambed/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import {
  chunkFrame,
  claudeEvents,
  claudeWhole,
  exceptionFrame,
  llamaEvents,
  llamaWhole,
  streamBody,
} from '../../../test/support/frames.ts';
import {
  awsError,
  type Exchange,
  type ReplayedRequest,
  type ReplayServer,
  startReplayServer,
} from '../../../test/support/replay-server.ts';
import { calling, clientAt, collect, hello, streamAnswer } from '../test/run.ts';
import { type BedrockOptions, hopHeader, type LogEvent } from './index.ts';

const deltas = ['One', ' two', ' three'];
const claudeBody = streamBody(claudeEvents(deltas));
const llamaRequest = { ...hello, model: 'llama3' };
/** message_start, the block's start and one piece of text. */
const started = streamBody(claudeEvents(deltas).slice(0, 3));

const throttled = awsError(429, 'ThrottlingException', 'Too many requests, please wait before trying again.');

describe('generate', () => {
  const closing: (() => PromiseLike<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  /** A server that gives these answers one after another, the last one ever after, and a client for it. */
  async function upstream(answers: readonly Exchange[], options: Partial<BedrockOptions> = {}) {
    let next = 0;
    return answering(() => answers[Math.min(next++, answers.length - 1)], options);
  }

  async function answering(
    answer: (request: ReplayedRequest) => Exchange | undefined,
    options: Partial<BedrockOptions> = {},
  ) {
    const server: ReplayServer = await startReplayServer({ answer });
    const logged: LogEvent[] = [];
    const bedrock = clientAt(server.url, { log: (event) => logged.push(event), ...options });
    closing.push(
      () => server[Symbol.asyncDispose](),
      () => bedrock.close(),
    );
    return { server, bedrock, logged };
  }

  describe('a good answer', () => {
    it("streams Claude's events and ends with what it came to", async () => {
      const { bedrock, server } = await upstream([streamAnswer(claudeBody)], { hop: 'node-1' });
      const generation = bedrock.generate(hello, { ...calling, project: 'search é', hops: ['node-0'] });
      expect(generation).toMatchObject({
        target: 'us.anthropic.claude-haiku-4-5-20251001-v1:0',
        region: 'us-east-1',
        dropped: [],
        defaulted: [],
      });
      const { text, message, stop } = await collect(generation);
      expect(text).toBe('One two three');
      expect(message).toMatchObject({ id: 'msg_bdrk_handmade', stop_reason: 'end_turn' });
      expect(stop).toMatchObject({
        state: 'completed',
        stop_reason: 'end_turn',
        usage: { input_tokens: 12, output_tokens: 9 },
        cost: { status: 'exact', usd: '0.00006270' },
        timing: { first_event_ms: expect.any(Number), total_ms: expect.any(Number) },
        bedrock: {
          target: 'us.anthropic.claude-haiku-4-5-20251001-v1:0',
          region: 'us-east-1',
          attempts: 1,
          request_id: '11111111-1111-4111-8111-111111111111',
          metrics: { invocationLatency: 800 },
        },
      });
      expect(stop).not.toHaveProperty('error');

      const [request] = server.requests;
      expect(request?.path).toBe(
        '/model/us.anthropic.claude-haiku-4-5-20251001-v1%3A0/invoke-with-response-stream',
      );
      expect(request?.headers).toMatchObject({
        'content-type': 'application/json',
        'x-amzn-bedrock-accept': 'application/json',
        'x-amzn-bedrock-request-metadata':
          '{"streambed_generation":"gen_test","streambed_project":"search _"}',
        [hopHeader]: 'node-0, node-1',
      });
      expect(JSON.parse(request?.body.toString('utf8') ?? '')).toEqual({
        anthropic_version: 'bedrock-2023-05-31',
        max_tokens: 64,
        messages: hello.messages,
      });
    });

    it('fills in max_tokens and says so', async () => {
      const { max_tokens: _, ...open } = hello;
      const aliases = { small: { maxTokens: 100, targets: [{ model: 'anthropic.claude-v2' }] } };
      const { bedrock } = await upstream([streamAnswer(claudeBody)], { aliases });
      const defaulted = (model: string) => bedrock.generate({ ...open, model }, calling).defaulted;
      expect(defaulted('anthropic')).toEqual(['max_tokens=8192']);
      expect(defaulted('anthropic.claude-3-haiku-20240307-v1:0')).toEqual(['max_tokens=4096']);
      expect(defaulted('small')).toEqual(['max_tokens=100']);
      expect(defaulted('llama3')).toEqual(['max_tokens=2048']);
    });

    it('comes whole from InvokeModel with the same events', async () => {
      const headers = {
        'Content-Type': 'application/json',
        'X-Amzn-Bedrock-Invocation-Latency': '506',
        'X-Amzn-Bedrock-Output-Token-Count': '9',
      };
      const body = Buffer.from(JSON.stringify(claudeWhole('One two')));
      const { bedrock, server } = await upstream([{ status: 200, headers, body }]);
      const { text, stop, batches } = await collect(bedrock.generate(hello, { ...calling, stream: false }));
      expect(text).toBe('One two');
      expect(batches).toHaveLength(2);
      expect(stop).toMatchObject({
        state: 'completed',
        usage: { input_tokens: 12, output_tokens: 9 },
        bedrock: { metrics: { invocationLatency: 506, outputTokenCount: 9 } },
      });
      expect(server.requests[0]?.path).toMatch(/v1%3A0\/invoke$/);
    });

    it("streams Llama's in the same vocabulary", async () => {
      const { bedrock } = await upstream([streamAnswer(streamBody(llamaEvents(deltas)))]);
      const { text, message, stop } = await collect(bedrock.generate(llamaRequest, calling));
      expect(text).toBe('One two three');
      expect(message).toMatchObject({ id: 'msg_test', model: 'meta.llama3-3-70b-instruct-v1:0' });
      expect(stop).toMatchObject({ state: 'completed', stop_reason: 'end_turn', raw_stop_reason: 'stop' });
    });

    it('is complete once its own end was seen, however the connection ends', async () => {
      const { bedrock } = await upstream([streamAnswer(claudeBody, { ending: 'cut' })]);
      expect((await collect(bedrock.generate(hello, calling))).stop.state).toBe('completed');
    });

    it('brings all events of one read in one batch', async () => {
      const server = createServer((_request, response) => {
        response.setHeader('content-type', 'application/vnd.amazon.eventstream');
        response.cork();
        // As AWS does: each frame is a chunk of the HTTP body.
        for (const event of claudeEvents(deltas)) response.write(chunkFrame(event));
        response.end();
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const bedrock = clientAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      closing.push(
        async () => server.close(),
        () => bedrock.close(),
      );
      const { batches } = await collect(bedrock.generate(hello, calling));
      expect(batches.map((batch) => batch.length)).toEqual([claudeEvents(deltas).length, 1]);
    });
  });

  describe('what is wrong before anything is sent', () => {
    it.each([
      ['an unknown model', { ...hello, model: 'anthropix' }, 'SB_UNKNOWN_MODEL'],
      [
        'a field the model has no place for',
        { ...hello, model: 'meta.llama3-8b-instruct-v1:0', tools: [{ name: 'f' }] },
        'SB_UNSUPPORTED',
      ],
      ['a model without a profile here', { ...hello, model: 'claude-fable-5' }, 'SB_PROFILE_REQUIRED'],
    ])('is thrown at once: %s', async (_what, request, code) => {
      const { bedrock, server } = await upstream([throttled], { region: 'ap-northeast-1' });
      expect(() => bedrock.generate(request, calling)).toThrow(expect.objectContaining({ code }));
      expect(server.requests).toHaveLength(0);
    });
  });

  describe('a failure before the first event', () => {
    it('is tried again, and the reader cannot tell', async () => {
      const { bedrock, server, logged } = await upstream([throttled, throttled, streamAnswer(claudeBody)]);
      const { text, stop } = await collect(bedrock.generate(hello, calling));
      expect(text).toBe('One two three');
      expect(stop).toMatchObject({ state: 'completed', bedrock: { attempts: 3 } });
      expect(server.requests).toHaveLength(3);
      expect(logged).toMatchObject([
        { type: 'retry', attempt: 1, delayMs: 0, error: { code: 'SB_THROTTLED' } },
        { type: 'retry', attempt: 2 },
      ]);
    });

    it('is told after three attempts in all', async () => {
      const { bedrock, server } = await upstream([throttled]);
      const { stop, batches } = await collect(bedrock.generate(hello, calling));
      expect(stop).toMatchObject({
        state: 'failed',
        error: {
          code: 'SB_THROTTLED',
          retryable: true,
          upstream: { name: 'ThrottlingException', status: 429 },
        },
        cost: { status: 'unknown' },
        bedrock: { attempts: 3, request_id: '00000000-0000-4000-8000-000000000000' },
      });
      expect(batches).toHaveLength(1);
      expect(server.requests).toHaveLength(3);
    });

    it('is told at once when AWS says so', async () => {
      const invalid = awsError(400, 'ValidationException', 'messages: at least one message is required');
      const { bedrock, server } = await upstream([invalid]);
      expect((await collect(bedrock.generate(hello, calling))).stop.error?.code).toBe('SB_UPSTREAM_REFUSED');
      expect(server.requests).toHaveLength(1);
    });

    it('is tried once more, not twice, when the model itself failed', async () => {
      const { bedrock, server } = await upstream([awsError(424, 'ModelErrorException', 'Oh')]);
      expect((await collect(bedrock.generate(hello, calling))).stop.error?.code).toBe('SB_MODEL_ERROR');
      expect(server.requests).toHaveLength(2);
    });

    it('waits as long as Retry-After says, and gives up when that is too long', async () => {
      const after = (seconds: string): Exchange => ({
        ...throttled,
        headers: { ...throttled.headers, 'Retry-After': seconds },
      });
      const short = await upstream([after('0.05'), streamAnswer(claudeBody)]);
      expect((await collect(short.bedrock.generate(hello, calling))).stop.state).toBe('completed');
      expect(short.logged).toMatchObject([{ delayMs: 50 }]);
      const long = await upstream([after('3600')]);
      const { stop } = await collect(long.bedrock.generate(hello, calling));
      expect(stop.error).toMatchObject({ code: 'SB_THROTTLED', retry_after_seconds: 3600 });
      expect(long.server.requests).toHaveLength(1);
    });

    it('is not tried again when the budget of retries is used up', async () => {
      const { bedrock, server } = await upstream([throttled], { retry: { budget: 5 } });
      await collect(bedrock.generate(hello, calling));
      await collect(bedrock.generate(hello, calling));
      expect(server.requests).toHaveLength(3);
    });

    it('may be an exception frame, after a 200', async () => {
      const busy = streamAnswer(exceptionFrame('throttlingException', 'Too many requests'));
      const invalid = streamAnswer(exceptionFrame('validationException', 'The image is too small.'));
      const again = await upstream([busy, streamAnswer(claudeBody)]);
      expect((await collect(again.bedrock.generate(hello, calling))).stop).toMatchObject({
        state: 'completed',
        bedrock: { attempts: 2 },
      });
      const never = await upstream([invalid]);
      expect((await collect(never.bedrock.generate(hello, calling))).stop.error).toMatchObject({
        code: 'SB_UPSTREAM_REFUSED',
        message: expect.stringContaining('The image is too small.'),
        upstream: { name: 'ValidationException', request_id: '11111111-1111-4111-8111-111111111111' },
      });
      expect(never.server.requests).toHaveLength(1);
    });

    it('may be a connection that breaks', async () => {
      const { bedrock } = await upstream([
        streamAnswer(new Uint8Array(0), { ending: 'cut' }),
        streamAnswer(new Uint8Array(0)),
        streamAnswer(claudeBody),
      ]);
      expect((await collect(bedrock.generate(hello, calling))).stop).toMatchObject({
        state: 'completed',
        bedrock: { attempts: 3 },
      });
    });

    it('may be nobody there', async () => {
      const server = await startReplayServer({ answer: () => undefined });
      await server[Symbol.asyncDispose]();
      const bedrock = clientAt(server.url);
      closing.push(() => bedrock.close());
      const { stop } = await collect(bedrock.generate(hello, calling));
      expect(stop).toMatchObject({
        state: 'failed',
        error: {
          code: 'SB_UPSTREAM_UNREACHABLE',
          message: expect.stringMatching(/127\.0\.0\.1:\d+ .*ECONNREFUSED/),
        },
        bedrock: { attempts: 3 },
      });
    });

    it.each<[string, Exchange, string]>([
      [
        'a page',
        { status: 200, headers: { 'Content-Type': 'text/html' }, body: Buffer.from('<html>') },
        'SB_UPSTREAM_UNEXPECTED',
      ],
      [
        'a redirect',
        { status: 302, headers: { Location: '/' }, body: Buffer.from('') },
        'SB_UPSTREAM_UNEXPECTED',
      ],
      ['our own refusal of a loop', { status: 508, headers: {}, body: Buffer.from('{}') }, 'SB_LOOP'],
    ])('may be %s', async (_what, exchange, code) => {
      const { bedrock, server } = await upstream([exchange]);
      expect((await collect(bedrock.generate(hello, calling))).stop.error?.code).toBe(code);
      expect(server.requests).toHaveLength(1);
    });

    it('goes on at the next target of an alias, without waiting', async () => {
      const model = 'anthropic.claude-sonnet-4-5-20250929-v1:0';
      const aliases = {
        both: {
          targets: [
            { model, region: 'eu-west-1' },
            { model, region: 'us-west-2' },
          ],
        },
      };
      const answer = ({ path }: ReplayedRequest) =>
        path.includes('/us.') ? streamAnswer(claudeBody) : throttled;
      const { bedrock, logged } = await answering(answer, { aliases, random: () => 0.99 });
      const { stop } = await collect(bedrock.generate({ ...hello, model: 'both' }, calling));
      expect(stop).toMatchObject({
        state: 'completed',
        bedrock: { target: `us.${model}`, region: 'us-west-2', attempts: 2 },
      });
      expect(logged).toMatchObject([{ target: `eu.${model}`, delayMs: 0 }]);
    });

    it('may be that the region wants a profile after all: then it gets the one of its geography', async () => {
      const wanted = awsError(
        400,
        'ValidationException',
        'Invocation of model ID x with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.',
      );
      const answer = ({ path }: ReplayedRequest) =>
        path.includes('/eu.') ? streamAnswer(claudeBody) : wanted;
      const { bedrock, server } = await answering(answer, { region: 'eu-north-1' });
      const request = { ...hello, model: 'anthropic.claude-3-haiku-20240307-v1:0' };
      expect((await collect(bedrock.generate(request, calling))).stop).toMatchObject({
        state: 'completed',
        bedrock: { target: 'eu.anthropic.claude-3-haiku-20240307-v1:0', attempts: 2 },
      });
      const never = await answering(() => wanted, { region: 'eu-north-1' });
      expect((await collect(never.bedrock.generate(request, calling))).stop.error?.code).toBe(
        'SB_PROFILE_REQUIRED',
      );
      expect(server.requests).toHaveLength(2);
      expect(never.server.requests).toHaveLength(2);
    });

    it('keeps keys that AWS calls expired from being tried in vain', async () => {
      const expired = awsError(
        403,
        'ExpiredTokenException',
        'The security token included in the request is expired',
      );
      const { bedrock, server } = await upstream([expired]);
      expect((await collect(bedrock.generate(hello, calling))).stop.error?.code).toBe(
        'SB_CREDENTIALS_EXPIRED',
      );
      expect(server.requests).toHaveLength(1);
    });
  });

  describe('a failure after the first event', () => {
    const broken: [string, Exchange, string][] = [
      [
        'an exception',
        streamAnswer(Buffer.concat([started, exceptionFrame('modelStreamErrorException', 'Oh.')])),
        'SB_MODEL_ERROR',
      ],
      ['a cut between frames', streamAnswer(started, { ending: 'cut' }), 'SB_UPSTREAM_CUT'],
      [
        'a cut in a frame',
        streamAnswer(claudeBody.subarray(0, started.length + 30), { ending: 'cut' }),
        'SB_UPSTREAM_CUT',
      ],
      ['a clean end of the body too soon', streamAnswer(started), 'SB_UPSTREAM_CUT'],
      [
        'a clean end of the body in a frame',
        streamAnswer(claudeBody.subarray(0, started.length + 30)),
        'SB_UPSTREAM_CUT',
      ],
      ['a damaged frame', streamAnswer(damage(claudeBody, started.length + 60)), 'SB_UPSTREAM_CORRUPT'],
      [
        'something else than events',
        streamAnswer(Buffer.concat([started, Buffer.from('HTTP/1.1 500 Internal Server Error')])),
        'SB_UPSTREAM_CORRUPT',
      ],
      [
        'an event that is no JSON',
        streamAnswer(Buffer.concat([started, chunkFrame('just text')])),
        'SB_UPSTREAM_UNEXPECTED',
      ],
    ];
    it.each(broken)('is told and never tried again; what came is kept: %s', async (_what, exchange, code) => {
      const { bedrock, server } = await upstream([exchange]);
      const { text, stop } = await collect(bedrock.generate(hello, calling));
      expect(text).toBe('One');
      expect(stop).toMatchObject({
        state: 'failed',
        error: { code },
        usage: { input_tokens: 12, output_tokens: 1 },
        cost: { status: 'estimated', usd: '0.00001870' },
      });
      expect(server.requests).toHaveLength(1);
      await server.idle();
    });
  });

  describe('cancelling', () => {
    it('before it starts sends nothing', async () => {
      const { bedrock, server } = await upstream([streamAnswer(claudeBody)]);
      const { stop } = await collect(bedrock.generate(hello, { ...calling, signal: AbortSignal.abort() }));
      expect(stop).toMatchObject({ state: 'cancelled', usage: {}, cost: { status: 'unknown' } });
      expect(stop).not.toHaveProperty('error');
      expect(server.requests).toHaveLength(0);
    });

    it('while it waits for the answer closes the request at once', async () => {
      const cancel = new AbortController();
      const { bedrock, server } = await answering(() => {
        cancel.abort();
        return streamAnswer(new Uint8Array(0), { ending: 'open' });
      });
      const { stop } = await collect(bedrock.generate(hello, { ...calling, signal: cancel.signal }));
      expect(stop.state).toBe('cancelled');
      await server.idle();
      expect(bedrock.open).toBe(0);
    });

    it('while it waits between two attempts ends the waiting', async () => {
      const cancel = new AbortController();
      const { bedrock } = await upstream([throttled], { random: () => 0.999, log: () => cancel.abort() });
      const { stop } = await collect(bedrock.generate(hello, { ...calling, signal: cancel.signal }));
      expect(stop).toMatchObject({ state: 'cancelled', bedrock: { attempts: 1 } });
    });

    it('in mid-stream closes the request at once, and what came is kept and priced', async () => {
      const { bedrock, server } = await upstream([streamAnswer(started, { ending: 'open' })]);
      const cancel = new AbortController();
      const { text, stop } = await collect(
        bedrock.generate(hello, { ...calling, signal: cancel.signal }),
        (batch) => {
          if (batch.some(({ event }) => event.type === 'content_block_delta')) cancel.abort();
        },
      );
      expect(text).toBe('One');
      expect(stop).toMatchObject({ state: 'cancelled', stop_reason: null, cost: { status: 'estimated' } });
      await server.idle();
    });

    it('closes the request also while its reader does something else', async () => {
      const { bedrock, server } = await upstream([streamAnswer(started, { ending: 'open' })]);
      const cancel = new AbortController();
      const reading = bedrock.generate(hello, { ...calling, signal: cancel.signal })[Symbol.asyncIterator]();
      await reading.next();
      cancel.abort();
      await server.idle();
      await reading.return?.();
      expect(bedrock.open).toBe(0);
    });

    it('happens by itself when the reader leaves', async () => {
      const { bedrock, server } = await upstream([streamAnswer(started, { ending: 'open' })]);
      for await (const _ of bedrock.generate(hello, calling)) break;
      await server.idle();
      expect(bedrock.open).toBe(0);
    });

    it('because the server stops is an interruption', async () => {
      const { bedrock } = await upstream([streamAnswer(started, { ending: 'open' })]);
      const leave = new AbortController();
      const { text, stop } = await collect(
        bedrock.generate(hello, { ...calling, signal: leave.signal }),
        () => leave.abort(new StreambedError('SB_INTERRUPTED')),
      );
      expect(stop).toMatchObject({ state: 'interrupted', error: { code: 'SB_INTERRUPTED' } });
      expect('One'.startsWith(text)).toBe(true);
    });

    it('because of a fault on our side is a failure', async () => {
      const { bedrock } = await upstream([streamAnswer(started, { ending: 'open' })]);
      const full = new AbortController();
      const { stop } = await collect(bedrock.generate(hello, { ...calling, signal: full.signal }), () =>
        full.abort(new StreambedError('SB_LOG_FULL')),
      );
      expect(stop).toMatchObject({ state: 'failed', error: { code: 'SB_LOG_FULL' } });
    });

    it('after the end changes nothing', async () => {
      const { bedrock } = await upstream([streamAnswer(claudeBody)]);
      const cancel = new AbortController();
      const { stop } = await collect(bedrock.generate(hello, { ...calling, signal: cancel.signal }));
      cancel.abort();
      expect(stop.state).toBe('completed');
    });
  });

  describe('deadlines', () => {
    it('bound the wait for the first event, also after a 200', async () => {
      const { bedrock, server } = await upstream([streamAnswer(new Uint8Array(0), { ending: 'open' })], {
        deadlines: { firstEventMs: 50 },
      });
      const { stop } = await collect(bedrock.generate(hello, calling));
      expect(stop).toMatchObject({
        state: 'failed',
        error: { code: 'SB_TIMEOUT_FIRST_EVENT' },
        bedrock: { attempts: 1 },
      });
      await server.idle();
    });

    it('bound the silence between two events', async () => {
      const { bedrock, server } = await upstream([streamAnswer(started, { ending: 'open' })], {
        deadlines: { idleMs: 50, firstEventMs: 5_000 },
      });
      const { text, stop } = await collect(bedrock.generate(hello, calling));
      expect(text).toBe('One');
      expect(stop).toMatchObject({ state: 'failed', error: { code: 'SB_TIMEOUT_IDLE' } });
      await server.idle();
    });

    it('count silence from the first event on only', async () => {
      const gate = Promise.withResolvers<void>();
      const held = streamAnswer(claudeBody, { hold: { after: 0, gate: gate.promise } });
      const { bedrock } = await upstream([held], { deadlines: { idleMs: 20, firstEventMs: 10_000 } });
      setTimeout(gate.resolve, 100);
      expect((await collect(bedrock.generate(hello, calling))).stop.state).toBe('completed');
    });

    it('bound the whole, as an alias says', async () => {
      const aliases = { quick: { deadlines: { totalMs: 50 }, targets: [{ model: 'anthropic.claude-v2' }] } };
      const { bedrock, server } = await upstream([streamAnswer(started, { ending: 'open' })], { aliases });
      const { stop } = await collect(bedrock.generate({ ...hello, model: 'quick' }, calling));
      expect(stop).toMatchObject({ state: 'failed', error: { code: 'SB_TIMEOUT_TOTAL' } });
      await server.idle();
    });

    it('bound an answer that comes whole by the total alone', async () => {
      const open: Exchange = {
        status: 200,
        headers: { 'Content-Type': 'application/json' },
        body: Buffer.from('{"generation"'),
        hold: { after: 5, gate: new Promise(() => {}) },
      };
      const { bedrock, server } = await upstream([open], {
        deadlines: { firstEventMs: 1, idleMs: 1, totalMs: 80 },
      });
      const { stop } = await collect(bedrock.generate(hello, { ...calling, stream: false }));
      expect(stop.error?.code).toBe('SB_TIMEOUT_TOTAL');
      await server.idle();
    });

    it('bound the making of a connection, and try again', async () => {
      const sockets = new Set<{ destroy(): void }>();
      // It takes connections and never says a word of TLS.
      const mute = createTcpServer((socket) => void sockets.add(socket));
      mute.listen(0, '127.0.0.1');
      await once(mute, 'listening');
      const bedrock = clientAt(`https://127.0.0.1:${(mute.address() as AddressInfo).port}`, {
        deadlines: { connectMs: 40 },
      });
      closing.push(
        async () => {
          for (const socket of sockets) socket.destroy();
          mute.close();
        },
        () => bedrock.close(),
      );
      const { stop } = await collect(bedrock.generate(hello, calling));
      expect(stop).toMatchObject({
        state: 'failed',
        error: { code: 'SB_TIMEOUT_CONNECT' },
        bedrock: { attempts: 3 },
      });
    });
  });

  describe('bounds', () => {
    it('refuse one generation more than there are connections', async () => {
      const { bedrock } = await upstream([streamAnswer(started, { ending: 'open' })], { maxConnections: 1 });
      const first = bedrock.generate(hello, calling)[Symbol.asyncIterator]();
      await first.next();
      expect(bedrock.open).toBe(1);
      const { stop } = await collect(bedrock.generate(hello, calling));
      expect(stop).toMatchObject({
        state: 'failed',
        error: { code: 'SB_TOO_MANY_GENERATIONS' },
        bedrock: { attempts: 0 },
      });
      await first.return?.();
      expect(bedrock.open).toBe(0);
    });
  });

  describe('stop sequences that are met here', () => {
    it('close the upstream, and what AWS bills is an estimate', async () => {
      const body = streamBody(llamaEvents(['One, E', 'ND two', ' three']).slice(0, 2));
      const { bedrock, server } = await upstream([streamAnswer(body, { ending: 'open' })]);
      const { text, stop } = await collect(
        bedrock.generate({ ...llamaRequest, stop_sequences: ['END'] }, calling),
      );
      expect(text).toBe('One, ');
      expect(stop).toMatchObject({
        state: 'completed',
        stop_reason: 'stop_sequence',
        cost: { status: 'estimated' },
      });
      await server.idle();
    });

    it('cost what AWS says when the answer came whole', async () => {
      const body = Buffer.from(JSON.stringify(llamaWhole('One, END two')));
      const { bedrock } = await upstream([
        { status: 200, headers: { 'Content-Type': 'application/json' }, body },
      ]);
      const request = { ...llamaRequest, stop_sequences: ['END'] };
      const { text, stop } = await collect(bedrock.generate(request, { ...calling, stream: false }));
      expect(text).toBe('One, ');
      expect(stop).toMatchObject({ state: 'completed', cost: { status: 'exact' } });
    });
  });

  it('never takes the process down when it is closed under a running generation', async () => {
    const { bedrock } = await upstream([streamAnswer(started, { ending: 'open' })]);
    const { stop } = await collect(bedrock.generate(hello, calling), () => void bedrock.close());
    expect(stop).toMatchObject({ state: 'failed' });
  });
});

/** The body with one bit turned over. */
function damage(body: Uint8Array, at: number): Uint8Array {
  const damaged = Buffer.from(body);
  damaged[at] = (damaged[at] ?? 0) ^ 1;
  return damaged;
}
