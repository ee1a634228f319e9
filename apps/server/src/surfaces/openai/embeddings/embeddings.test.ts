import { expect, test } from 'vitest';
import { bodiesOf, lastBody } from '../../../../../../test/clients/upstream.ts';
import { type Gateway, startGateway } from '../../../../test/gateway.ts';

const titan = 'amazon.titan-embed-text-v2:0';

function embed({ url }: Gateway, body: object, more: RequestInit = {}): Promise<Response> {
  return fetch(`${url}/v1/embeddings`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...more,
  });
}

test('the answer has OpenAI’s shape, and the head says what was left out and what was called', async () => {
  await using gateway = await startGateway();
  const answer = await embed(gateway, {
    model: titan,
    input: 'a cat',
    user: 'u',
    new_field: 1,
    dimensions: null,
  });
  expect(answer.headers.get('x-streambed-dropped')).toBe('new_field, user');
  expect(answer.headers.get('x-streambed-target')).toBe(titan);
  expect(answer.headers.get('x-request-id')).toMatch(/^req_/);
  expect(await answer.json()).toEqual({
    object: 'list',
    model: titan,
    data: [{ object: 'embedding', index: 0, embedding: expect.any(Array) }],
    usage: { prompt_tokens: expect.any(Number), total_tokens: expect.any(Number) },
  });
});

test('base64 is the same vector in 32-bit floats', async () => {
  await using gateway = await startGateway();
  const vectorOf = async (more: object) => {
    const answer = await embed(gateway, { model: titan, input: 'a cat', dimensions: 256, ...more });
    const { data } = (await answer.json()) as { data: { embedding: number[] | string }[] };
    return data[0]?.embedding;
  };
  const bytes = Buffer.from((await vectorOf({ encoding_format: 'base64' })) as string, 'base64');
  const unpacked = Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4));
  const plain = (await vectorOf({ encoding_format: 'float' })) as number[];
  expect(unpacked).toEqual(plain.map(Math.fround));
});

test.each([
  ['search_query', 'search_query'],
  ['query', 'search_query'],
  ['clustering', 'clustering'],
])('what the texts are for goes to a model that asks: %s', async (input_type, sent) => {
  await using gateway = await startGateway();
  await embed(gateway, { model: 'cohere.embed-english-v3', input: ['a', 'b'], input_type, truncate: 'END' });
  expect(lastBody(gateway)).toEqual({ texts: ['a', 'b'], input_type: sent, truncate: 'END' });
});

test.each<[object, string | null]>([
  [{ input: [1, 2] }, 'input'],
  [{ input: [[1], [2]] }, 'input'],
  [{ input: [] }, 'input'],
  [{ input: ['a', ''] }, 'input[1]'],
  [{ input: 'a', encoding_format: 'hex' }, 'encoding_format'],
  [{ input: 'a', input_type: 'poem' }, 'input_type'],
  [{ input: 'a', input_type: 'query' }, 'input_type'],
  [{ input: 'a', truncate: 'middle' }, 'truncate'],
  [{}, 'input'],
])('refuses %j by the field’s name, before anything is sent', async (body, param) => {
  await using gateway = await startGateway();
  const answer = await embed(gateway, { model: titan, ...body });
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ error: { param, type: 'invalid_request_error' } });
  expect(bodiesOf(gateway)).toEqual([]);
});

test('a caller who leaves ends the calls', async () => {
  await using gateway = await startGateway({
    emulator: { faults: () => ({ type: 'stall', after: 'headers' }) },
  });
  const leaving = new AbortController();
  const input = Array.from({ length: 30 }, (_, index) => `text ${index}`);
  const answer = embed(gateway, { model: titan, input }, { signal: leaving.signal });
  await gateway.emulator.received(8);
  leaving.abort();
  await expect(answer).rejects.toThrow();
  await gateway.emulator.idle();
  expect(gateway.emulator.requests.every(({ endedBy }) => endedBy === 'client')).toBe(true);
});

test('it takes a place as a generation does, and the hop header goes on', async () => {
  await using gateway = await startGateway({
    argv: ['--max-generations', '1', '--queue-ms', '0'],
    emulator: {
      faults: ({ path }) => (path.includes('titan') ? { type: 'stall', after: 'headers' } : undefined),
    },
  });
  const leaving = new AbortController();
  const stalled = embed(gateway, { model: titan, input: 'a cat' }, { signal: leaving.signal });
  await expect.poll(() => gateway.server.load().generations).toBe(1);
  const refused = await embed(gateway, { model: titan, input: 'another' });
  expect([refused.status, await refused.json()]).toMatchObject([
    429,
    { error: { streambed_code: 'SB_TOO_MANY_GENERATIONS' } },
  ]);
  leaving.abort();
  await expect(stalled).rejects.toThrow();
  await expect.poll(() => gateway.server.load().generations).toBe(0);
  const headers = { 'content-type': 'application/json', 'x-streambed-hop': 'before' };
  expect((await embed(gateway, { model: 'cohere.embed-english-v3', input: 'a' }, { headers })).status).toBe(
    200,
  );
  expect(gateway.emulator.requests.at(-1)?.headers['x-streambed-hop']).toMatch(/^before, \S+$/);
});
