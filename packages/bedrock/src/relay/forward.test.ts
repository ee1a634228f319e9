import { expect, it } from 'vitest';
import { awsError, type Exchange } from '../../../../test/support/replay-server.ts';
import { startReplayed } from '../../test/replayed.ts';

const body = '{ "anything":  ["as", "it", "is"] }';
const answer: Exchange = {
  status: 200,
  headers: { 'Content-Type': 'application/json', 'x-amzn-RequestId': 'aws-1' },
  body: Buffer.from('{ "inputTokens":  7 }'),
};
const calling = { signal: new AbortController().signal, hops: ['before'] };

it('counts tokens by the base id that a name leads to; both bodies as they are', async () => {
  const { bedrock, server } = await startReplayed(() => answer, { hop: 'us' });
  const given = await bedrock.forward({ operation: 'CountTokens', model: 'claude-haiku', body }, calling);
  expect(given.body).toBe('{ "inputTokens":  7 }');
  expect(given.head.headers['x-amzn-requestid']).toBe('aws-1');
  const [sent] = server.requests;
  expect(sent?.path).toMatch(/^\/model\/anthropic\.claude-haiku[^/]*\/count-tokens$/);
  expect(sent?.body.toString()).toBe(body);
  expect(sent?.headers['x-streambed-hop']).toBe('before, us');
});

it('asks guardrails and the control plane under their own paths', async () => {
  const { bedrock, server } = await startReplayed(() => answer);
  const withControl = await startReplayed(() => answer);
  const control = await startReplayed(() => answer, { controlEndpoint: withControl.server.url });
  const arn = 'arn:aws:bedrock:us-east-1:123456789012:guardrail/abc';
  await bedrock.forward({ operation: 'ApplyGuardrail', guardrail: arn, version: 'DRAFT', body }, calling);
  await bedrock.forward({ operation: 'InvokeGuardrailChecks', body }, calling);
  expect(server.requests.map(({ path }) => path)).toEqual([
    `/guardrail/${encodeURIComponent(arn)}/version/DRAFT/apply`,
    '/guardrail-checks/invoke',
  ]);
  const list = { operation: 'ListInferenceProfiles', query: { type: 'APPLICATION' } } as const;
  await control.bedrock.forward(list, calling);
  await control.bedrock.forward({ operation: 'GetFoundationModel', id: 'amazon.nova-pro-v1:0' }, calling);
  expect(withControl.server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'GET /inference-profiles?type=APPLICATION',
    'GET /foundation-models/amazon.nova-pro-v1%3A0',
  ]);
  // The runtime is somebody else's and no control plane is named: nothing is asked of AWS itself.
  await expect(bedrock.forward(list, calling)).rejects.toMatchObject({ code: 'SB_UNSUPPORTED' });
});

it("throws AWS's refusals as ours, its own words kept", async () => {
  const { bedrock } = await startReplayed(() => awsError(404, 'ResourceNotFoundException', 'no such thing'));
  const asked = { operation: 'ApplyGuardrail', guardrail: 'g', version: '1', body } as const;
  await expect(bedrock.forward(asked, calling)).rejects.toMatchObject({
    code: 'SB_MODEL_NOT_FOUND',
    upstream: { name: 'ResourceNotFoundException', message: 'no such thing' },
  });
});
