import { findModel } from '@streambed/model-facts';
import { type MessagesRequest, messagesRequestSchema, parseWith } from '@streambed/protocol';
import { describe, expect, it } from 'vitest';
import { describeWithRecordings } from '../../../test/support/recordings.ts';
import {
  awsError,
  type Exchange,
  exchangeOf,
  type ReplayedRequest,
} from '../../../test/support/replay-server.ts';
import { startReplayed } from '../test/replayed.ts';
import { hello } from '../test/run.ts';
import { fromConverseRequest } from './converse/from-converse-request.ts';

const { signal } = new AbortController();
const counted = (inputTokens: number): Exchange => ({
  status: 200,
  headers: { 'Content-Type': 'application/json' },
  body: Buffer.from(JSON.stringify({ inputTokens })),
});
const bodyOf = (request: ReplayedRequest | undefined) => JSON.parse(request?.body.toString() ?? '{}');

describeWithRecordings('countTokens, as recorded', (recordings) => {
  const some = recordings.filter(
    ({ operation, response }) => operation === 'CountTokens' && response.status === 200,
  );

  it.each(some.map((recording) => [recording.name, recording] as const))('%s', async (_name, recording) => {
    const { server, bedrock } = await startReplayed(() => exchangeOf(recording));
    const id = recording.modelId as string;
    const { input } = recording.request.body as { input: Record<string, { body: string }> };
    const native = input.invokeModel && JSON.parse(Buffer.from(input.invokeModel.body, 'base64').toString());
    const request: MessagesRequest = native
      ? parseWith(messagesRequestSchema, { model: id, ...native })
      : { ...fromConverseRequest(input.converse, id), bedrock: { api: 'converse' } };
    const count = await bedrock.countTokens(request, { signal });
    const { inputTokens } = recording.response.body as { inputTokens: number };
    expect(count).toEqual({ inputTokens, model: id, region: 'us-east-1' });
    const [sent] = server.requests;
    expect(decodeURIComponent(sent?.path ?? '')).toBe(decodeURIComponent(recording.request.path ?? ''));
    const written = bodyOf(sent).input;
    if (native) {
      expect(JSON.parse(Buffer.from(written.invokeModel.body, 'base64').toString())).toEqual(native);
    } else {
      // An empty list of system texts is left out.
      const { system: _, ...asked } = input.converse as unknown as Record<string, unknown>;
      expect(written).toEqual({ converse: asked });
    }
  });
});

describe('countTokens', () => {
  it('counts by the base id, whatever profile a request would go to', async () => {
    const { server, bedrock } = await startReplayed(() => counted(7));
    for (const model of ['anthropic', 'eu.anthropic.claude-sonnet-5', 'global.anthropic.claude-sonnet-5']) {
      const { model: id } = await bedrock.countTokens({ ...hello, model }, { signal });
      expect(findModel(id)?.id).toBe(id);
    }
    expect(server.requests.map(({ path }) => path)).toEqual([
      '/model/anthropic.claude-haiku-4-5-20251001-v1%3A0/count-tokens',
      '/model/anthropic.claude-sonnet-5/count-tokens',
      '/model/anthropic.claude-sonnet-5/count-tokens',
    ]);
  });

  it('sends the words of others by Converse, and nothing but words', async () => {
    const { server, bedrock } = await startReplayed(() => counted(7));
    for (const model of ['llama3', 'nova-pro']) {
      await bedrock.countTokens({ ...hello, model, system: 'Be brief.', temperature: 0 }, { signal });
    }
    for (const request of server.requests) {
      expect(bodyOf(request)).toEqual({
        input: {
          converse: {
            messages: [{ role: 'user', content: [{ text: 'Hi' }] }],
            system: [{ text: 'Be brief.' }],
          },
        },
      });
    }
  });

  it("passes on AWS's refusal, and tries again where that makes sense", async () => {
    let refused = 0;
    const { bedrock, server } = await startReplayed(() =>
      refused++ === 0
        ? awsError(429, 'ThrottlingException', 'Too many requests, please wait before trying again.')
        : awsError(400, 'ValidationException', "The provided model doesn't support counting tokens."),
    );
    await expect(bedrock.countTokens(hello, { signal })).rejects.toMatchObject({
      code: 'SB_UPSTREAM_REFUSED',
      message: expect.stringMatching(/counting tokens/),
    });
    expect(server.requests).toHaveLength(2);
  });

  it('names what is wrong before anything is sent', async () => {
    const { bedrock, server } = await startReplayed(() => counted(1));
    await expect(bedrock.countTokens({ ...hello, model: 'nonsense' }, { signal })).rejects.toMatchObject({
      code: 'SB_UNKNOWN_MODEL',
    });
    const arn = 'arn:aws:bedrock:us-east-1:123456789012:prompt/ABC:1';
    await expect(bedrock.countTokens({ ...hello, model: arn }, { signal })).rejects.toMatchObject({
      code: 'SB_UNSUPPORTED',
    });
    expect(server.requests).toEqual([]);
  });

  it('ends with its signal, and with its deadline', async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const held = () => ({ ...counted(1), hold: { after: 3, gate } });
    const { bedrock, server } = await startReplayed(held, { deadlines: { totalMs: 50 } });
    await expect(bedrock.countTokens(hello, { signal })).rejects.toMatchObject({ code: 'SB_TIMEOUT_TOTAL' });
    const stop = new AbortController();
    const counting = bedrock.countTokens(hello, { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(counting).rejects.toThrow('enough');
    await server.idle();
    expect(bedrock.open).toBe(0);
    open();
  });
});
