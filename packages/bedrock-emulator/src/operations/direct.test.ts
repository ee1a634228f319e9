import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithRecordings } from '../../../../test/support/recordings.ts';
import { type Json, messages, post } from '../../test/ask.ts';
import { type Emulator, startEmulator } from '../index.ts';

const sonnet = 'anthropic.claude-sonnet-4-20250514-v1:0';
let emulator: Emulator;

beforeAll(async () => {
  emulator = await startEmulator({
    pace: 'instant',
    guardrails: [
      {
        id: '274u1upxm897',
        pii: { EMAIL: 'BLOCK', PHONE: 'BLOCK' },
        topics: [{ name: 'InvestmentObjectives', words: ['stock', 'CAGR'] }],
        filters: ['SEXUAL', 'VIOLENCE', 'HATE', 'INSULTS', 'PROMPT_ATTACK', 'MISCONDUCT'].map((type) => ({
          type: type as 'HATE',
        })),
      },
      {
        id: 'masks',
        versions: ['3'],
        pii: { EMAIL: 'ANONYMIZE' },
        regexes: [{ name: 'ticket', pattern: 'T-\\d+', action: 'ANONYMIZE' }],
        words: ['voldemort'],
        blockedOutput: 'Not that name.',
      },
    ],
  });
});
afterAll(() => emulator.stop());

const ask = async (path: string, body: unknown, method = 'POST', headers = {}) => {
  const response = await fetch(`${emulator.url}${path}`, {
    method,
    headers: { authorization: 'Bearer x', ...headers },
    ...(method === 'GET' ? {} : { body: JSON.stringify(body) }),
  });
  return {
    status: response.status,
    type: response.headers.get('x-amzn-errortype')?.split(':')[0],
    json: (await response.json()) as Json,
  };
};

describe('CountTokens', () => {
  const count = async (modelId: string, input: unknown) => {
    const response = await post(emulator, modelId, 'count-tokens', { input });
    return { status: response.status, json: (await response.json()) as Json };
  };
  const native = (body: unknown) => ({
    invokeModel: { body: Buffer.from(JSON.stringify(body)).toString('base64') },
  });

  it('counts a native body as InvokeModel will', async () => {
    const body = messages('How many tokens is this sentence?');
    const { json } = await count(sonnet, native(body));
    const answer = await post(emulator, `us.${sonnet}`, 'invoke', body);
    expect(json).toEqual({ inputTokens: ((await answer.json()) as Json).usage.input_tokens });
  });

  it('counts a Converse request, its tools too', async () => {
    const converse = { messages: [{ role: 'user', content: [{ text: 'Hello, world!' }] }] };
    const bare = (await count(sonnet, { converse })).json.inputTokens;
    const toolConfig = {
      tools: [{ toolSpec: { name: 'get_weather', inputSchema: { json: { type: 'object' } } } }],
    };
    const tools = (await count(sonnet, { converse: { ...converse, toolConfig } })).json.inputTokens;
    expect(bare).toBeGreaterThan(3);
    expect(tools).toBeGreaterThan(bare);
  });

  it('refuses profiles and models it cannot count for, and a body that is wrong', async () => {
    const text = "The provided model doesn't support counting tokens.";
    for (const id of [
      `us.${sonnet}`,
      'meta.llama3-8b-instruct-v1:0',
      'anthropic.claude-3-haiku-20240307-v1:0',
    ])
      expect(await count(id, native(messages('hi')))).toEqual({ status: 400, json: { message: text } });
    expect((await count(sonnet, native({ max_tokens: 5 }))).status).toBe(400);
    expect((await count(sonnet, {})).status).toBe(400);
    const twice = { converse: { messages: [{ role: 'assistant', content: [{ text: 'hi' }] }] } };
    expect((await count(sonnet, twice)).json.message).toContain('must start with a user message');
    expect((await count(sonnet, undefined)).json.message).toContain("at 'input'");
  });
});

describe('ApplyGuardrail', () => {
  const apply = (id: string, version: string, text: string, source = 'INPUT') =>
    ask(`/guardrail/${encodeURIComponent(id)}/version/${version}/apply`, {
      source,
      content: [{ text: { text } }],
    });

  it('lets pass what it has nothing against', async () => {
    const { json } = await apply('masks', '3', 'Good morning.');
    expect(json).toMatchObject({ action: 'NONE', outputs: [] });
    expect(json.assessments[0].sensitiveInformationPolicy).toBeNull();
  });

  it('masks what it shall mask', async () => {
    const { json } = await apply('masks', '3', 'Ask bob@example.com about T-77.', 'OUTPUT');
    expect(json).toMatchObject({
      action: 'GUARDRAIL_INTERVENED',
      outputs: [{ text: 'Ask {EMAIL} about {ticket}.' }],
    });
  });

  it('blocks words, with the message for the side they came from', async () => {
    const { json } = await apply('masks', '3', 'It was Voldemort!', 'OUTPUT');
    expect(json).toMatchObject({
      action: 'GUARDRAIL_INTERVENED',
      outputs: [{ text: 'Not that name.' }],
      assessments: [
        { wordPolicy: { customWords: [{ match: 'Voldemort', action: 'BLOCKED', detected: true }] } },
      ],
    });
  });

  it('finds a guardrail by ARN, and answers 404 for one or a version that is not there', async () => {
    const arn = 'arn:aws:bedrock:us-east-1:123456789012:guardrail/masks';
    expect((await apply(arn, '3', 'hi')).status).toBe(200);
    for (const [id, version] of [
      ['masks', '1'],
      ['nobody', '1'],
    ] as const)
      expect(await apply(id, version, 'hi')).toEqual({
        status: 404,
        type: 'ResourceNotFoundException',
        json: { message: 'The guardrail identifier or version provided in the request does not exist.' },
      });
  });

  it('checks what it is given', async () => {
    expect((await apply('masks', '3', 'hi', 'BOTH')).json.message).toContain(
      "Value 'BOTH' at 'source' failed to satisfy constraint: Member must satisfy enum value set: [INPUT, OUTPUT]",
    );
    expect((await ask('/guardrail/masks/version/3/apply', { source: 'INPUT' })).status).toBe(400);
    expect((await ask('/guardrail/masks/version/3/apply', { source: { toString: 1 } })).status).toBe(400);
  });
});

describe('an operation that is not available', () => {
  it.each([
    ['POST', `/model/amazon.nova-sonic-v1:0/invoke-with-bidirectional-stream`],
    ['POST', '/async-invoke'],
    ['GET', '/async-invoke'],
    ['GET', '/async-invoke/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Aasync-invoke%2Fabc'],
    ['POST', '/guardrail-checks/invoke'],
  ])('%s %s answers as AWS does', async (method, path) => {
    expect(await ask(path, {}, method)).toEqual({
      status: 403,
      type: 'AccessDeniedException',
      json: { Message: 'This operation does not support API Keys' },
    });
    const signed = {
      authorization:
        'AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/bedrock/aws4_request, SignedHeaders=host, Signature=0',
      'x-amz-date': '20260101T000000Z',
    };
    expect(await ask(path, {}, method, signed)).toMatchObject({
      status: 404,
      type: 'UnknownOperationException',
    });
  });
});

describeWithRecordings('operations on no text, as recorded', (all) => {
  const recordings = all.filter(({ name }) =>
    /^(counttokens|error-400-counttokens|applyguardrail)/.test(name),
  );

  it('has enough to compare with', () => expect(recordings).toHaveLength(6));

  it.each(recordings.map((recording) => [recording.name, recording] as const))('%s', async (_, recording) => {
    const { status, json } = await ask(recording.request.path ?? '', recording.request.body);
    expect(status).toBe(recording.response.status);
    if (status === 400) expect(json).toEqual(recording.response.body);
    expect(shape(json)).toEqual(shape(recording.response.body));
  });
});

describe('the recorded refusal of an API key', () => {
  it('has the tail of the service that refuses keys', async () => {
    const response = await fetch(`${emulator.url}/async-invoke`, { headers: { authorization: 'Bearer x' } });
    expect(response.headers.get('x-amzn-errortype')).toBe(
      'AccessDeniedException:http://internal.amazon.com/coral/com.amazon.coral.service/',
    );
  });
});

function shape(value: Json): Json {
  if (Array.isArray(value)) return value.map(shape);
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value;
  return Object.entries(value).map(([key, inner]) => [key, shape(inner)]);
}
