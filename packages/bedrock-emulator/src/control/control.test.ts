import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithRecordings } from '../../../../test/support/recordings.ts';
import { invoke, type Json, messages } from '../../test/ask.ts';
import { type Emulator, startEmulator } from '../index.ts';

const haiku = 'anthropic.claude-haiku-4-5-20251001-v1:0';
const arn = 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/1arbu5hu2sjr';
let emulator: Emulator;

beforeAll(async () => {
  emulator = await startEmulator({
    pace: 'instant',
    profiles: {
      [arn]: { model: `global.${haiku}`, name: 'search', description: 'What the search team uses' },
      short: `us.${haiku}`,
      'arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abc': 'meta.llama3-8b-instruct-v1:0',
    },
  });
});
afterAll(() => emulator.stop());

async function get(
  path: string,
  region?: string,
): Promise<{ status: number; type: string | null; json: Json }> {
  const authorization =
    region === undefined
      ? 'Bearer x'
      : `AWS4-HMAC-SHA256 Credential=A/20260101/${region}/bedrock/aws4_request, SignedHeaders=host, Signature=0`;
  const response = await fetch(`${emulator.url}${path}`, {
    headers: { authorization, 'x-amz-date': '20260101T000000Z' },
  });
  return {
    status: response.status,
    type: response.headers.get('x-amzn-errortype'),
    json: await response.json(),
  };
}

describe('ListFoundationModels', () => {
  it('lists every model of the host, in AWS shape', async () => {
    const { json } = await get('/foundation-models');
    expect(json.modelSummaries.length).toBeGreaterThan(80);
    expect(json.modelSummaries.find(({ modelId }: Json) => modelId === haiku)).toEqual({
      modelArn: `arn:aws:bedrock:us-east-1::foundation-model/${haiku}`,
      modelId: haiku,
      modelName: 'Claude Haiku 4.5',
      providerName: 'Anthropic',
      inputModalities: ['TEXT', 'IMAGE'],
      outputModalities: ['TEXT'],
      responseStreamingSupported: true,
      customizationsSupported: [],
      inferenceTypesSupported: ['INFERENCE_PROFILE'],
      modelLifecycle: { status: 'ACTIVE' },
    });
  });

  it('filters', async () => {
    const ids = async (query: string) => {
      const { json } = await get(`/foundation-models?${query}`);
      return json.modelSummaries.map(({ modelId }: Json) => modelId) as string[];
    };
    expect((await ids('byProvider=anthropic')).every((id) => id.startsWith('anthropic.'))).toBe(true);
    const embeddings = await ids('byOutputModality=EMBEDDING');
    expect(embeddings).toContain('amazon.titan-embed-text-v2:0');
    expect(embeddings).not.toContain(haiku);
    expect(await ids('byInferenceType=ON_DEMAND')).not.toContain(haiku);
    expect(await ids('byCustomizationType=FINE_TUNING')).toEqual([]);
  });

  it('refuses a value that is none', async () => {
    expect(await get('/foundation-models?byOutputModality=SMELL')).toMatchObject({
      status: 400,
      type: expect.stringMatching(/^ValidationException:/),
      json: {
        message:
          "1 validation error detected: Value 'SMELL' at 'byOutputModality' failed to satisfy constraint: Member must satisfy enum value set: [TEXT, IMAGE, EMBEDDING]",
      },
    });
  });
});

describe('GetFoundationModel', () => {
  it('finds a model by id and by ARN', async () => {
    const byId = await get(`/foundation-models/${haiku}`);
    expect(byId.json.modelDetails.modelName).toBe('Claude Haiku 4.5');
    const byArn = await get(
      `/foundation-models/${encodeURIComponent(`arn:aws:bedrock:us-east-1::foundation-model/${haiku}`)}`,
    );
    expect(byArn.json).toEqual(byId.json);
  });

  it('answers 404 to one it does not know, 400 to what can be none', async () => {
    expect(await get('/foundation-models/some.model')).toMatchObject({
      status: 404,
      json: { message: 'Could not resolve the foundation model from the model identifier: some.model' },
    });
    expect(await get('/foundation-models/nobody')).toMatchObject({ status: 400 });
    expect((await get(`/foundation-models/us.${haiku}`)).status).toBe(404);
  });
});

describe('ListInferenceProfiles', () => {
  const ids = ({ json }: { json: Json }) =>
    json.inferenceProfileSummaries.map(({ inferenceProfileId }: Json) => inferenceProfileId) as string[];

  it('lists the profiles of the region called, and those of the account', async () => {
    const american = ids(await get('/inference-profiles', 'us-west-2'));
    expect(american).toEqual(
      expect.arrayContaining([`us.${haiku}`, `global.${haiku}`, '1arbu5hu2sjr', 'short']),
    );
    expect(american.filter((id) => id.startsWith('eu.'))).toEqual([]);
    const european = ids(await get('/inference-profiles', 'eu-central-1'));
    expect(european).toContain(`eu.${haiku}`);
    expect(european.filter((id) => id.startsWith('us.'))).toEqual([]);
  });

  it('filters by type', async () => {
    expect(ids(await get('/inference-profiles?type=APPLICATION'))).toEqual(['1arbu5hu2sjr', 'short']);
    expect(ids(await get('/inference-profiles?type=SYSTEM_DEFINED'))).not.toContain('short');
    expect((await get('/inference-profiles?type=OTHER')).status).toBe(400);
  });

  it('gives every profile once over many pages', async () => {
    const whole = ids(await get('/inference-profiles?maxResults=1000'));
    const paged: string[] = [];
    let token: string | undefined;
    do {
      const next = token === undefined ? '' : `&nextToken=${encodeURIComponent(token)}`;
      const page = await get(`/inference-profiles?maxResults=7${next}`);
      expect(ids(page).length).toBeLessThanOrEqual(7);
      paged.push(...ids(page));
      token = page.json.nextToken;
    } while (token !== undefined);
    expect(paged).toEqual(whole);
    expect((await get('/inference-profiles?maxResults=0')).status).toBe(400);
    expect((await get('/inference-profiles?nextToken=abc')).status).toBe(400);
  });
});

describe('GetInferenceProfile', () => {
  it('finds a system profile by id and ARN', async () => {
    const byId = await get(`/inference-profiles/us.${haiku}`);
    expect(byId.json).toMatchObject({
      inferenceProfileId: `us.${haiku}`,
      inferenceProfileName: 'US Anthropic Claude Haiku 4.5',
      models: [
        { modelArn: `arn:aws:bedrock:us-east-1::foundation-model/${haiku}` },
        { modelArn: `arn:aws:bedrock:us-east-2::foundation-model/${haiku}` },
        { modelArn: `arn:aws:bedrock:us-west-2::foundation-model/${haiku}` },
      ],
      status: 'ACTIVE',
      type: 'SYSTEM_DEFINED',
    });
    const byArn = await get(`/inference-profiles/${encodeURIComponent(byId.json.inferenceProfileArn)}`);
    expect(byArn.json).toEqual(byId.json);
  });

  it('answers 404 to one it does not know', async () => {
    expect(await get('/inference-profiles/us.nobody.model')).toMatchObject({ status: 404 });
  });
});

describe('a configured application profile', () => {
  it('can be invoked by its ARN, as can other opaque ARNs', async () => {
    expect((await invoke(emulator, arn, messages('/say through it'))).json.content[0].text).toBe(
      'through it',
    );
    const other = 'arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abc';
    expect((await invoke(emulator, other, { prompt: '/say hm' })).json.generation).toBe('hm');
  });
});

describeWithRecordings('GetInferenceProfile, as recorded', (all) => {
  it('control-getinferenceprofile-application', async () => {
    const recording = all.find(({ name }) => name === 'control-getinferenceprofile-application');
    const theirs = recording?.response.body as Json;
    const { status, json } = await get(recording?.request.path ?? '');
    expect(status).toBe(200);
    expect(Object.keys(json)).toEqual(Object.keys(theirs));
    for (const key of ['inferenceProfileArn', 'inferenceProfileId', 'models', 'status', 'toolboxArn', 'type'])
      expect(json[key]).toEqual(theirs[key]);
  });
});
