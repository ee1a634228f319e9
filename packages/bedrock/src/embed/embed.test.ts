import { describe, expect, it } from 'vitest';
import { describeWithRecordings, type Recording } from '../../../../test/support/recordings.ts';
import {
  awsError,
  type Exchange,
  exchangeOf,
  type ReplayedRequest,
} from '../../../../test/support/replay-server.ts';
import { startReplayed } from '../../test/replayed.ts';
import type { EmbeddingRequest } from '../index.ts';

const { signal } = new AbortController();
const bodyOf = (request: ReplayedRequest | undefined) => JSON.parse(request?.body.toString() ?? '{}');
const answer = (body: unknown, tokens?: number): Exchange => ({
  status: 200,
  headers: {
    'Content-Type': 'application/json',
    ...(tokens !== undefined && { 'X-Amzn-Bedrock-Input-Token-Count': String(tokens) }),
  },
  body: Buffer.from(JSON.stringify(body)),
});

/** What was asked for, in our words, and where the vectors stand in the recorded answer. */
const recorded: Readonly<Record<string, [EmbeddingRequest, (body: never) => unknown]>> = {
  'invoke-embed-titan-v1': [
    { model: 'amazon.titan-embed-text-v1', inputs: ['Hello World!'] },
    ({ embedding }: { embedding: unknown }) => [embedding],
  ],
  'invoke-embed-titan-v2': [
    {
      model: 'amazon.titan-embed-text-v2:0',
      inputs: ["Ruby is a programmer's best friend"],
      normalize: true,
    },
    ({ embedding }: { embedding: unknown }) => [embedding],
  ],
  'invoke-embed-cohere-v3': [
    { model: 'cohere.embed-english-v3', inputs: ['Hello World!', 'Goodbye cruel world!'] },
    ({ embeddings }: { embeddings: unknown }) => embeddings,
  ],
  'invoke-embed-cohere-v4-us-profile': [
    {
      model: 'us.cohere.embed-v4:0',
      inputs: ['Hello from regional endpoint!'],
      inputType: 'query',
      truncate: 'none',
    },
    ({ embeddings }: { embeddings: { float: unknown } }) => embeddings.float,
  ],
  'invoke-embed-nova2-multimodal': [
    {
      model: 'amazon.nova-2-multimodal-embeddings-v1:0',
      inputs: ["Ruby is a programmer's best friend"],
      dimensions: 256,
      truncate: 'end',
    },
    ({ embeddings }: { embeddings: { embedding: unknown }[] }) => embeddings.map((it) => it.embedding),
  ],
};

describeWithRecordings('embed, as recorded', (recordings) => {
  it('covers every recording of embeddings', () => {
    const names = recordings.map(({ name }) => name).filter((name) => name.startsWith('invoke-embed-'));
    expect(Object.keys(recorded).sort()).toEqual(names);
  });

  it.each(Object.keys(recorded))('%s', async (name) => {
    const recording = recordings.find((one) => one.name === name) as Recording;
    const [request, vectorsOf] = recorded[name] as (typeof recorded)[string];
    const { server, bedrock } = await startReplayed(() => exchangeOf(recording));
    const result = await bedrock.embed(request, { signal });
    expect(result.embeddings).toEqual(vectorsOf(recording.response.body as never));
    const tokens = Object.entries(recording.response.headers).find(
      ([header]) => header.toLowerCase() === 'x-amzn-bedrock-input-token-count',
    )?.[1];
    expect(result).toMatchObject({
      usage: { input_tokens: Number(tokens) },
      target: recording.modelId,
      region: 'us-east-1',
    });
    expect(result.cost.status).toBe(name.includes('us-profile') ? 'estimated' : 'exact');
    const [sent] = server.requests;
    expect(bodyOf(sent)).toEqual(recording.request.body);
    expect(decodeURIComponent(sent?.path ?? '')).toBe(decodeURIComponent(recording.request.path ?? ''));
  });
});

describe('embed', () => {
  const texts = (count: number) => Array.from({ length: count }, (_, index) => `text ${index}`);

  it('sends Cohere 96 texts a call, and keeps their order', async () => {
    const { server, bedrock } = await startReplayed((request) => {
      const asked: string[] = bodyOf(request).texts;
      return answer({ embeddings: asked.map((text) => [Number(text.slice(5))]) }, asked.length);
    });
    const result = await bedrock.embed(
      { model: 'cohere.embed-multilingual-v3', inputs: texts(200) },
      { signal },
    );
    expect(result.embeddings).toEqual(texts(200).map((_, index) => [index]));
    expect(result.usage).toEqual({ input_tokens: 200 });
    expect(server.requests.map((request) => bodyOf(request).texts.length).sort((a, b) => a - b)).toEqual([
      8, 96, 96,
    ]);
  });

  it('calls a model that takes one text a call for each, eight at a time', async () => {
    let most = 0;
    const { server, bedrock } = await startReplayed((request) => {
      most = Math.max(most, server.open);
      return answer({ embedding: [Number(bodyOf(request).inputText.slice(5))], inputTextTokenCount: 2 });
    });
    const result = await bedrock.embed(
      { model: 'amazon.titan-embed-text-v2:0', inputs: texts(30), dimensions: 256 },
      { signal },
    );
    expect(result.embeddings).toEqual(texts(30).map((_, index) => [index]));
    // Counts stand in the body where no header has them.
    expect(result.usage).toEqual({ input_tokens: 60 });
    expect(result.cost).toMatchObject({ status: 'exact', usd: '0.00000120' });
    expect(server.requests).toHaveLength(30);
    expect(most).toBeLessThanOrEqual(8);
    expect(bodyOf(server.requests[0])).toMatchObject({ dimensions: 256 });
  });

  it('reports no count and no cost where one call reported none', async () => {
    let calls = 0;
    const { bedrock } = await startReplayed(() => answer({ embedding: [1] }, calls++ === 0 ? 3 : undefined));
    const result = await bedrock.embed({ model: 'amazon.titan-embed-text-v1', inputs: texts(2) }, { signal });
    expect(result).toMatchObject({ usage: {}, cost: { status: 'unknown' } });
  });

  it('ends all calls when one fails, and tries again what may be tried again', async () => {
    const { server, bedrock } = await startReplayed((request) =>
      bodyOf(request).inputText === 'text 3'
        ? awsError(400, 'ValidationException', 'too long')
        : answer({ embedding: [1] }),
    );
    const inputs = texts(500);
    await expect(
      bedrock.embed({ model: 'amazon.titan-embed-text-v1', inputs }, { signal }),
    ).rejects.toMatchObject({ code: 'SB_UPSTREAM_REFUSED' });
    expect(server.requests.length).toBeLessThan(100);
    await server.idle();
    expect(bedrock.open).toBe(0);
    const flaky = await startReplayed(() =>
      flaky.server.requests.length === 1
        ? awsError(503, 'ServiceUnavailableException', 'busy')
        : answer({ embedding: [1] }),
    );
    const { embeddings } = await flaky.bedrock.embed(
      { model: 'amazon.titan-embed-text-v1', inputs: ['a'] },
      { signal },
    );
    expect(embeddings).toEqual([[1]]);
  });

  it.each<[string, Partial<EmbeddingRequest>, object]>([
    ['no input', { inputs: [] }, { code: 'SB_BAD_REQUEST', field: 'inputs' }],
    ['too many inputs', { inputs: texts(2_049) }, { code: 'SB_BAD_REQUEST', field: 'inputs' }],
    ['an empty input', { inputs: ['a', ''] }, { code: 'SB_BAD_REQUEST', field: 'inputs[1]' }],
    ['a wish without a field', { dimensions: 256 }, { code: 'SB_UNSUPPORTED', field: 'dimensions' }],
    ['a model that writes', { model: 'anthropic' }, { code: 'SB_UNSUPPORTED', field: 'model' }],
    ['a model that nobody knows', { model: 'nonsense' }, { code: 'SB_UNKNOWN_MODEL' }],
    [
      'an embedding model of another kind',
      { model: 'amazon.titan-embed-image-v1' },
      { code: 'SB_UNSUPPORTED', field: 'model' },
    ],
  ])('refuses %s before anything is sent', async (_what, more, error) => {
    const { server, bedrock } = await startReplayed(() => undefined);
    const request = { model: 'amazon.titan-embed-text-v1', inputs: ['a'], ...more };
    await expect(bedrock.embed(request, { signal })).rejects.toMatchObject(error);
    expect(server.requests).toEqual([]);
  });

  it('does not take an answer with another number of vectors', async () => {
    const { bedrock } = await startReplayed(() => answer({ embeddings: [[1]] }));
    await expect(
      bedrock.embed({ model: 'cohere.embed-v4:0', inputs: ['a', 'b'] }, { signal }),
    ).rejects.toMatchObject({ code: 'SB_UPSTREAM_UNEXPECTED' });
  });
});
