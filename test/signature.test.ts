import { type BedrockOptions, createBedrock } from '@streambed/bedrock';
import { eventsOf, type MessagesRequest } from '@streambed/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { claudeEvents, claudeWhole, llamaEvents, streamBody } from './support/frames.ts';
import {
  modelAndOperation,
  type ReplayedRequest,
  type ReplayServer,
  startReplayServer,
} from './support/replay-server.ts';
import { expectedSignature, type Keys, readAuthorization } from './support/verify-signature.ts';

/** Requests that our client signed, caught from a real socket, judged by an independent SigV4 implementation. */

const keys: Keys = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
const applicationProfile =
  'arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/1arbu5hu2sjr';

describe('a signed request', () => {
  let replay: ReplayServer;

  beforeAll(async () => {
    replay = await startReplayServer({ answer: ({ path }) => answerTo(path) });
  });
  afterAll(() => replay?.[Symbol.asyncDispose]());

  /** Runs one generation to its end and gives the request that arrived for it. */
  async function caught(
    request: Partial<MessagesRequest> & { readonly model: string },
    more: Partial<BedrockOptions> & { readonly stream?: boolean; readonly token?: string } = {},
  ): Promise<ReplayedRequest> {
    const { stream = true, token, ...options } = more;
    const before = replay.requests.length;
    const bedrock = createBedrock({
      region: 'us-east-1',
      credentials: { kind: 'static', ...keys, ...(token !== undefined && { sessionToken: token }) },
      endpoint: replay.url,
      ...options,
    });
    try {
      const batches = bedrock.generate(
        { max_tokens: 64, messages: [{ role: 'user', content: 'Grüß Gott, 世界 🌊' }], ...request },
        { signal: AbortSignal.timeout(10_000), generation: 'gen_signature', stream },
      );
      const events = eventsOf((await Array.fromAsync(batches)).flat());
      expect(events.at(-1)?.event).toMatchObject({ type: 'generation_stop', state: 'completed' });
    } finally {
      await bedrock.close();
    }
    return replay.requests[before] as ReplayedRequest;
  }

  test.for([
    ['an id without a version', 'us.anthropic.claude-sonnet-4-6', 'us-east-1'],
    ['an id with a colon', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0', 'us-east-1'],
    ['a Llama id with a colon', 'meta.llama3-8b-instruct-v1:0', 'us-west-2'],
    [
      'the ARN of an inference profile',
      'arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-sonnet-4-5-20250929-v1:0',
      'eu-west-1',
    ],
    [
      'the ARN of a foundation model',
      'arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0',
      'us-east-1',
    ],
  ] as const)('verifies for %s', async ([, model, region]) => {
    for (const stream of [true, false]) {
      const request = await caught({ model }, { region, stream });
      const claimed = readAuthorization(request.headers.authorization);
      expect(claimed.signature).toBe(expectedSignature(request, keys, region));
      expect(claimed.accessKeyId).toBe(keys.accessKeyId);
      expect(claimed.scope).toMatch(new RegExp(`^\\d{8}/${region}/bedrock/aws4_request$`));
      expect(claimed.signedHeaders).toEqual(expect.arrayContaining(['host', 'x-amz-date']));
      expect(request.path).toBe(
        `/model/${encodeURIComponent(model)}/${stream ? 'invoke-with-response-stream' : 'invoke'}`,
      );
    }
  });

  test('verifies for an application inference profile that an alias names', async () => {
    const model = 'anthropic.claude-sonnet-4-5-20250929-v1:0';
    const aliases = { mine: { targets: [{ model, profile: applicationProfile }] } };
    const request = await caught({ model: 'mine' }, { aliases });
    expect(request.path).toContain(encodeURIComponent(applicationProfile));
    expect(readAuthorization(request.headers.authorization).signature).toBe(
      expectedSignature(request, keys, 'eu-central-1'),
    );
  });

  test('verifies with a session token, which is signed too', async () => {
    const token = 'FwoGZXIvYXdzEXAMPLE//////////wEaDExample+Token==';
    const request = await caught({ model: 'anthropic' }, { token });
    const claimed = readAuthorization(request.headers.authorization);
    expect(request.headers['x-amz-security-token']).toBe(token);
    expect(claimed.signedHeaders).toContain('x-amz-security-token');
    expect(claimed.signature).toBe(expectedSignature(request, { ...keys, sessionToken: token }, 'us-east-1'));
  });

  test('an API key goes as a bearer token, unsigned', async () => {
    const request = await caught(
      { model: 'anthropic' },
      { credentials: { kind: 'bearer', token: 'ABSKexample' } },
    );
    expect(request.headers.authorization).toBe('Bearer ABSKexample');
    expect(request.headers['x-amz-date']).toBeUndefined();
  });

  test('the judge is no rubber stamp: another body, path or key does not verify', async () => {
    const request = await caught({ model: 'anthropic' });
    const { signature } = readAuthorization(request.headers.authorization);
    const tampered = { ...request, body: Buffer.concat([request.body, Buffer.from(' ')]) };
    expect(expectedSignature(tampered, keys, 'us-east-1')).not.toBe(signature);
    const decoded = { ...request, path: decodeURIComponent(request.path) };
    expect(expectedSignature(decoded, keys, 'us-east-1')).not.toBe(signature);
    expect(expectedSignature(request, { ...keys, secretAccessKey: 'another' }, 'us-east-1')).not.toBe(
      signature,
    );
    expect(expectedSignature(request, keys, 'us-east-2')).not.toBe(signature);
  });
});

/** An answer in the tongue of the model that the path names. */
function answerTo(path: string) {
  const asked = modelAndOperation(path);
  if (asked === undefined) return undefined;
  if (asked.operation === 'invoke') {
    const body = asked.modelId.includes('llama')
      ? { generation: 'Hello.', prompt_token_count: 3, generation_token_count: 2, stop_reason: 'stop' }
      : claudeWhole('Hello.');
    return {
      status: 200,
      headers: { 'Content-Type': 'application/json' },
      body: Buffer.from(JSON.stringify(body)),
    };
  }
  const events = asked.modelId.includes('llama') ? llamaEvents(['Hello.']) : claudeEvents(['Hello.']);
  return {
    status: 200,
    headers: { 'Content-Type': 'application/vnd.amazon.eventstream' },
    body: streamBody(events),
  };
}
