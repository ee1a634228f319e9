import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithRecordings } from '../../../../test/support/recordings.ts';
import { invoke, type Json, post } from '../../test/ask.ts';
import { type Emulator, startEmulator } from '../index.ts';

const titan = 'amazon.titan-embed-text-v2:0';
const cohere = 'cohere.embed-english-v3';
const nova = 'amazon.nova-2-multimodal-embeddings-v1:0';
let emulator: Emulator;

beforeAll(async () => {
  emulator = await startEmulator({ pace: 'instant' });
});
afterAll(() => emulator.stop());

const ask = async (model: string, body: unknown): Promise<Json> => (await invoke(emulator, model, body)).json;
const embed = async (inputText: string, extra = {}): Promise<number[]> =>
  (await ask(titan, { inputText, ...extra })).embedding;
const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, place) => sum + value * (b[place] ?? 0), 0);

describe('an embedding', () => {
  it('is of length 1, the same for the same text, and nearer for a nearer text', async () => {
    const cat = await embed('The cat sat on the mat.');
    expect(cat).toHaveLength(1024);
    expect(dot(cat, cat)).toBeCloseTo(1, 4);
    expect(await embed('The cat sat on the mat.')).toEqual(cat);
    const near = dot(cat, await embed('A cat is sitting on a mat'));
    const far = dot(cat, await embed('Quarterly revenue grew by nine percent'));
    expect(near).toBeGreaterThan(far + 0.2);
  });

  it('has the length asked for; a shorter one still has length 1', async () => {
    for (const dimensions of [256, 512]) {
      const vector = await embed('hello', { dimensions });
      expect(vector).toHaveLength(dimensions);
      expect(dot(vector, vector)).toBeCloseTo(1, 4);
    }
    const loud = await embed('hello', { normalize: false });
    expect(dot(loud, loud)).toBeGreaterThan(2);
  });

  it('comes in the types asked for', async () => {
    const both = await ask(titan, { inputText: 'hello', embeddingTypes: ['float', 'binary'] });
    expect(Object.keys(both.embeddingsByType)).toEqual(['binary', 'float']);
    expect(new Set(both.embeddingsByType.binary)).toEqual(new Set([0, 1]));
    expect(await ask(titan, { inputText: 'hello', embeddingTypes: ['binary'] })).not.toHaveProperty(
      'embedding',
    );
    const { embeddings } = await ask(cohere, {
      texts: ['a b c'],
      input_type: 'search_query',
      embedding_types: ['int8', 'uint8', 'binary', 'ubinary', 'float'],
    });
    expect(
      Object.fromEntries(Object.entries(embeddings).map(([k, v]) => [k, (v as Json)[0].length])),
    ).toEqual({
      int8: 1024,
      uint8: 1024,
      binary: 128,
      ubinary: 128,
      float: 1024,
    });
    expect(Math.min(...embeddings.int8[0])).toBeGreaterThanOrEqual(-128);
    expect(Math.max(...embeddings.ubinary[0])).toBeLessThanOrEqual(255);
  });

  it('exists of a text without words', async () => {
    const [one, other] = [await embed('!!!'), await embed('???')];
    expect(dot(one, one)).toBeCloseTo(1, 4);
    expect(one).not.toEqual(other);
  });
});

describe('what is refused', () => {
  it.each([
    [titan, {}, '#: required key [inputText] not found'],
    [titan, { inputText: 'a', model: 'x' }, '#: extraneous key [model] is not permitted'],
    [titan, { inputText: '' }, '#/inputText: expected minLength: 1, actual: 0'],
    [titan, { inputText: 'a', dimensions: 300 }, '#/dimensions: 300 is not a valid enum value'],
    [titan, { inputText: 'a'.repeat(50_001) }, 'expected maxLength: 50000, actual: 50001'],
    [
      titan,
      { inputText: '12 '.repeat(9000) },
      '400 Bad Request: Too many input tokens. Max input tokens: 8192',
    ],
    [cohere, { texts: ['a'] }, '#: required key [input_type] not found'],
    [
      cohere,
      { inputText: 'a' },
      '#: required key [input_type] not found#: extraneous key [inputText] is not permitted',
    ],
    [
      cohere,
      { texts: Array.from({ length: 97 }, () => 'a'), input_type: 'search_query' },
      '#/texts: expected maximum item count: 96, found: 97',
    ],
    [
      cohere,
      { texts: ['a'.repeat(2049)], input_type: 'search_query' },
      '#/texts/0: expected maxLength: 2048, actual: 2049',
    ],
    [cohere, { texts: ['a'], input_type: 'prose' }, '#/input_type: prose is not a valid enum value'],
    [nova, { taskType: 'SEGMENTED_EMBEDDING', singleEmbeddingParams: {} }, '#/taskType: SEGMENTED_EMBEDDING'],
    [nova, { taskType: 'SINGLE_EMBEDDING' }, '#: required key [singleEmbeddingParams] not found'],
    ['cohere.rerank-v3-5:0', { query: 'a', documents: ['b'] }, '#: required key [api_version] not found'],
    ['twelvelabs.marengo-embed-2-7-v1:0', {}, "doesn't speak the body of"],
  ])('%s with %j', async (model, body, text) => {
    const { status, json } = await invoke(emulator, model, body);
    expect(status).toBe(400);
    expect(json.message).toContain(text);
  });

  it('a stream or a conversation with such a model', async () => {
    const stream = await post(emulator, titan, 'invoke-with-response-stream', { inputText: 'a' });
    expect([stream.status, await stream.json()]).toEqual([
      400,
      { message: 'The model is unsupported for streaming.' },
    ]);
    const converse = await post(emulator, titan, 'converse', { messages: [] });
    expect(await converse.json()).toEqual({
      message:
        "This action doesn't support the model that you provided. Try again with a supported text or chat model.",
    });
  });
});

describe('rerank', () => {
  it('puts the nearest document first', async () => {
    const { results } = await ask('amazon.rerank-v1:0', {
      query: 'capital of France',
      documents: ['Bananas are yellow.', 'Paris is the capital of France.', 'France has many cheeses.'],
      top_n: 2,
    });
    expect(results.map(({ index }: Json) => index)).toEqual([1, 2]);
  });
});

describeWithRecordings('embeddings and ranks, as recorded', (all) => {
  const recordings = all.filter(({ name }) => /^invoke-(embed-|cohere-rerank)/.test(name));

  it('has enough to compare with', () => expect(recordings).toHaveLength(6));

  it.each(recordings.map((recording) => [recording.name, recording] as const))('%s', async (_, recording) => {
    const response = await fetch(`${emulator.url}${recording.request.path}`, {
      method: 'POST',
      headers: { authorization: 'Bearer test' },
      body: JSON.stringify(recording.request.body),
    });
    expect(response.status).toBe(200);
    const names = (headers: Headers) =>
      [...headers.keys()].filter((name) => name.startsWith('x-amzn-bedrock'));
    expect(names(response.headers)).toEqual(names(new Headers(recording.response.headers)));
    expect(shape(await response.json())).toEqual(shape(recording.response.body));
  });
});

/** Keys in their order, lengths of lists, kinds of values. */
function shape(value: Json): Json {
  if (Array.isArray(value)) return [value.length, shape(value[0])];
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.entries(value).map(([key, inner]) => [key, shape(inner)]);
}
