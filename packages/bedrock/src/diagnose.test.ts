import { afterEach, describe, expect, it } from 'vitest';
import {
  awsError,
  type Exchange,
  type ReplayedRequest,
  startReplayServer,
} from '../../../test/support/replay-server.ts';
import { clientAt } from '../test/run.ts';
import type { BedrockOptions, Check } from './index.ts';

const now = Date.parse('2026-11-22T10:00:00Z');
const date = (milliseconds: number) => new Date(milliseconds).toUTCString();
const json = (body: unknown, headers: Record<string, string> = {}): Exchange => ({
  status: 200,
  headers: { 'Content-Type': 'application/json', Date: date(now), ...headers },
  body: Buffer.from(JSON.stringify(body)),
});

/** Both hosts in one: the runtime refuses what isn't signed, the control plane lists profiles on two pages. */
function aws({ url = '', path }: ReplayedRequest & { url?: string }): Exchange {
  if (!path.startsWith('/inference-profiles')) {
    const refusal = awsError(
      403,
      'MissingAuthenticationTokenException',
      `Missing Authentication Token ${url}`,
    );
    return { ...refusal, headers: { ...refusal.headers, Date: date(now) } };
  }
  const page = new URLSearchParams(path.split('?')[1]).get('nextToken');
  const ids =
    page === null
      ? ['us.anthropic.claude-haiku-4-5-20251001-v1:0', 'us.meta.llama3-3-70b-instruct-v1:0']
      : ['us.anthropic.claude-sonnet-5'];
  return json({
    inferenceProfileSummaries: ids.map((inferenceProfileId) => ({ inferenceProfileId })),
    ...(page === null && { nextToken: 'a+b==' }),
  });
}

describe('diagnose', () => {
  const closing: (() => PromiseLike<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function check(
    answer: (request: ReplayedRequest) => Exchange,
    options: Partial<BedrockOptions> = {},
  ) {
    const server = await startReplayServer({ answer });
    const bedrock = clientAt(server.url, { controlEndpoint: server.url, now: () => now, ...options });
    closing.push(
      () => server[Symbol.asyncDispose](),
      () => bedrock.close(),
    );
    const checks: Check[] = [];
    for await (const one of bedrock.diagnose()) checks.push(one);
    for (const { ok, name, remedy } of checks) if (!ok) expect(remedy, name).toBeTruthy();
    return { checks, server, named: Object.fromEntries(checks.map((one) => [one.name, one])) };
  }

  it('looks at everything a call needs, and calls no model', async () => {
    const { checks, named, server } = await check(aws);
    expect(checks.slice(0, 5)).toEqual([
      { name: 'region', ok: true, message: 'us-east-1' },
      { name: 'credentials', ok: true, message: 'access key AKID…MPLE' },
      { name: 'endpoint', ok: true, message: `${server.url} answers` },
      { name: 'clock', ok: true, message: "0 s ahead of the endpoint's" },
      { name: 'profiles', ok: true, message: '3 inference profiles in us-east-1' },
    ]);
    expect(named['model anthropic']).toMatchObject({
      ok: true,
      message: 'us.anthropic.claude-haiku-4-5-20251001-v1:0',
    });
    expect(named['model claude-opus']).toMatchObject({
      ok: false,
      message: expect.stringMatching(/isn't offered in us-east-1/),
    });
    expect(server.requests.map(({ method }) => method)).toEqual(['GET', 'GET', 'GET']);
    expect(server.requests[2]?.path).toBe(
      '/inference-profiles?maxResults=1000&type=SYSTEM_DEFINED&nextToken=a%2Bb%3D%3D',
    );
  });

  it('says how far the clock is off, and what mends it', async () => {
    const { named } = await check(aws, { now: () => now - 10 * 60_000 });
    expect(named.clock).toMatchObject({
      ok: false,
      message: "600 s behind the endpoint's",
      remedy: expect.stringMatching(/Set the clock/),
    });
  });

  it('names the IAM action that is missing', async () => {
    const denied = awsError(
      403,
      'AccessDeniedException',
      'User: x is not authorized to perform: bedrock:ListInferenceProfiles on resource: *',
    );
    const { named } = await check((request) =>
      request.path.startsWith('/inference-profiles') ? denied : aws(request),
    );
    expect(named.profiles).toMatchObject({
      ok: false,
      remedy: expect.stringMatching(/Allow bedrock:ListInferenceProfiles/),
    });
    expect(named).not.toHaveProperty('model anthropic');
  });

  it('ends with what is missing when there are no credentials', async () => {
    const { checks } = await check(aws, { credentials: { kind: 'default-chain' } });
    expect(checks.map(({ name, ok }) => `${name} ${ok}`)).toEqual([
      'region true',
      'credentials false',
      'endpoint true',
      'clock true',
    ]);
  });

  it('says why the endpoint cannot be reached', async () => {
    const server = await startReplayServer({ answer: () => undefined });
    await server[Symbol.asyncDispose]();
    const bedrock = clientAt(server.url);
    closing.push(() => bedrock.close());
    const checks: Check[] = [];
    for await (const one of bedrock.diagnose()) checks.push(one);
    expect(checks.at(-1)).toMatchObject({
      name: 'endpoint',
      ok: false,
      remedy: expect.stringMatching(/ECONNREFUSED/),
    });
  });

  it('does not ask AWS itself when the endpoint is somebody else and no control plane is named', async () => {
    const server = await startReplayServer({ answer: aws });
    const bedrock = clientAt(server.url);
    closing.push(
      () => server[Symbol.asyncDispose](),
      () => bedrock.close(),
    );
    const checks: Check[] = [];
    for await (const one of bedrock.diagnose()) checks.push(one);
    expect(checks.at(-1)).toMatchObject({
      name: 'profiles',
      ok: true,
      message: expect.stringMatching(/not asked/),
    });
    expect(server.requests).toHaveLength(1);
  });
});
