import { afterEach, describe, expect, it } from 'vitest';
import { describeWithRecordings } from '../../../../test/support/recordings.ts';
import {
  awsError,
  type Exchange,
  exchangeOf,
  type ReplayedRequest,
  startReplayServer,
} from '../../../../test/support/replay-server.ts';
import { calling, clientAt, collect, hello } from '../../test/run.ts';
import type { BedrockOptions, Catalogue } from '../index.ts';
import { catalogueOf } from './catalogue.ts';
import { knownModels } from './known-models.ts';

const json = (body: unknown): Exchange => ({
  status: 200,
  headers: { 'Content-Type': 'application/json', 'x-amzn-RequestId': 'id' },
  body: Buffer.from(JSON.stringify(body)),
});
const arn = 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/1arbu5hu2sjr';
const foundation = (id: string, region = 'us-east-1') => ({
  modelArn: `arn:aws:bedrock:${region}::foundation-model/${id}`,
});
const haiku = 'anthropic.claude-haiku-4-5-20251001-v1:0';

/** `modelSummaries` and `inferenceProfileSummaries`, as the service model has them. */
const summaries = [
  summary(haiku, { inferenceTypesSupported: ['INFERENCE_PROFILE'] }),
  summary('amazon.nova-pro-v1:0', { inferenceTypesSupported: ['PROVISIONED'] }),
  summary('amazon.titan-text-lite-v1', { modelLifecycle: { status: 'LEGACY' } }),
  summary('acme.parrot-v9:0', { modelName: 'Parrot', providerName: 'Acme' }),
  summary('acme.painter-v1:0', { outputModalities: ['IMAGE'] }),
];
function summary(modelId: string, more: object = {}) {
  return {
    modelArn: foundation(modelId).modelArn,
    modelId,
    inputModalities: ['TEXT'],
    outputModalities: ['TEXT'],
    responseStreamingSupported: true,
    inferenceTypesSupported: ['ON_DEMAND'],
    modelLifecycle: { status: 'ACTIVE' },
    ...more,
  };
}
const profiles = {
  SYSTEM_DEFINED: [
    profile(`us.${haiku}`, [foundation(haiku), foundation(haiku, 'us-west-2')]),
    profile(`global.${haiku}`, [foundation(haiku, '')]),
    profile('us.meta.llama3-3-70b-instruct-v1:0', [], { status: 'GONE' }),
  ],
  APPLICATION: [
    profile('1arbu5hu2sjr', [foundation(haiku)], { inferenceProfileArn: arn, type: 'APPLICATION' }),
  ],
};
function profile(inferenceProfileId: string, models: readonly object[], more: object = {}) {
  return {
    inferenceProfileId,
    inferenceProfileArn: `arn:aws:bedrock:us-east-1:123456789012:inference-profile/${inferenceProfileId}`,
    inferenceProfileName: inferenceProfileId,
    models,
    status: 'ACTIVE',
    type: 'SYSTEM_DEFINED',
    ...more,
  };
}

/** The control plane: one profile a page. */
function control({ path }: ReplayedRequest): Exchange | undefined {
  const [where = '', query = ''] = path.split('?');
  if (where === '/foundation-models') return json({ modelSummaries: summaries });
  if (where !== '/inference-profiles') return undefined;
  const asked = new URLSearchParams(query);
  const list = profiles[asked.get('type') as keyof typeof profiles];
  const at = Number(asked.get('nextToken') ?? 0);
  return json({
    inferenceProfileSummaries: list.slice(at, at + 1),
    ...(at + 1 < list.length && { nextToken: String(at + 1) }),
  });
}

describe('the catalogue', () => {
  const closing: (() => PromiseLike<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  async function start(
    answer: (request: ReplayedRequest) => Exchange | undefined,
    options: Partial<BedrockOptions> = {},
  ) {
    const server = await startReplayServer({ answer });
    const bedrock = clientAt(server.url, { controlEndpoint: server.url, retry: { attempts: 1 }, ...options });
    closing.push(
      () => server[Symbol.asyncDispose](),
      () => bedrock.close(),
    );
    return { server, bedrock };
  }
  const find = ({ models }: Pick<Catalogue, 'models'>, id: string) => models.find((model) => model.id === id);

  it('says of every known model whether it can be called from the region, and why not', () => {
    const { models, date, region } = catalogueOf({ region: 'sa-east-1' });
    expect({ date, region }).toEqual({ date: expect.stringMatching(/^\d{4}-/), region: 'sa-east-1' });
    for (const model of models) expect(model.usable, model.id).toBe(model.why === undefined);
    const why = (id: string) => find({ models }, id)?.why;
    expect(why(haiku)).toMatch(/needs an inference profile that sa-east-1 doesn't have/);
    expect(why('openai.gpt-5.6-sol')).toBe('answers only on OpenAI-compatible endpoints');
    expect(why('anthropic.claude-v2')).toMatch(/^end of life/);
    expect(why('amazon.nova-sonic-v1:0')).toMatch(/two-way stream/);
    expect(find({ models }, 'meta.llama3-70b-instruct-v1:0')).toMatchObject({
      usable: true,
      target: 'meta.llama3-70b-instruct-v1:0',
      aliases: ['llama3'],
      spokenBy: 'llama',
      capabilities: { tools: false },
      prices: { scope: 'inRegion', exact: true },
      source: 'facts',
    });
  });

  it('prices a model by the scope it would be called in', () => {
    const { models } = catalogueOf({ region: 'eu-central-1' });
    expect(find({ models }, haiku)).toMatchObject({
      target: `eu.${haiku}`,
      profiles: [`eu.${haiku}`, `global.${haiku}`],
      aliases: expect.arrayContaining(['anthropic', 'claude-haiku']),
      prices: { scope: 'eu', exact: true, input: '1.1' },
      modalities: { output: ['text'] },
      capabilities: { tools: true, images: true, thinking: true, promptCache: true },
    });
  });

  it("merges the account's lists, all pages of both kinds of profiles, each request signed", async () => {
    const { server, bedrock } = await start(control);
    const catalogue = await bedrock.catalogue();
    expect(catalogue.account).toEqual({ listed: true, at: expect.stringMatching(/T/) });
    expect(find(catalogue, haiku)).toMatchObject({
      usable: true,
      target: `us.${haiku}`,
      profiles: [`us.${haiku}`, `global.${haiku}`],
    });
    expect(find(catalogue, 'amazon.nova-pro-v1:0')).toMatchObject({
      usable: false,
      why: expect.stringMatching(/provisioned/),
    });
    expect(find(catalogue, 'amazon.titan-text-lite-v1')?.lifecycle).toEqual({ status: 'legacy' });
    expect(find(catalogue, 'mistral.mistral-7b-instruct-v0:2')?.why).toBe('not offered in us-east-1');
    expect(find(catalogue, 'acme.parrot-v9:0')).toMatchObject({
      name: 'Parrot',
      provider: 'Acme',
      source: 'account',
      spokenBy: 'converse',
      usable: true,
    });
    expect(find(catalogue, 'acme.parrot-v9:0')).not.toHaveProperty('prices');
    expect(find(catalogue, 'acme.painter-v1:0')).toBeUndefined();
    expect(find(catalogue, arn)).toMatchObject({
      name: 'Claude Haiku 4.5 (application profile 1arbu5hu2sjr)',
      target: arn,
      usable: true,
      prices: { exact: false },
    });
    expect(server.requests.map(({ path }) => path).sort()).toEqual([
      '/foundation-models',
      '/inference-profiles?maxResults=1000&type=APPLICATION',
      '/inference-profiles?maxResults=1000&type=SYSTEM_DEFINED',
      '/inference-profiles?maxResults=1000&type=SYSTEM_DEFINED&nextToken=1',
      '/inference-profiles?maxResults=1000&type=SYSTEM_DEFINED&nextToken=2',
    ]);
    for (const request of server.requests) {
      expect(request.headers.authorization).toMatch(/\/us-east-1\/bedrock\/aws4_request/);
    }
  });

  it('trusts the lists over the facts when it chooses a profile', async () => {
    const { bedrock } = await start(control);
    const names = () => new Map(bedrock.models().map(({ name, target }) => [name, target]));
    expect(names().get('llama4')).toBe('us.meta.llama4-maverick-17b-instruct-v1:0');
    await bedrock.catalogue();
    expect(names().has('llama4')).toBe(false);
    expect(names().get('claude-haiku')).toBe(`us.${haiku}`);
    expect(() => bedrock.generate({ ...hello, model: 'claude-opus' }, calling)).toThrow(
      expect.objectContaining({ code: 'SB_PROFILE_REQUIRED' }),
    );
  });

  it('asks once, again only when used and stale, and never waits for that', async () => {
    let now = Date.parse('2026-11-22T10:00:00Z');
    const { server, bedrock } = await start(control, { now: () => now, catalogueRefreshMs: 1_000 });
    await Promise.all([bedrock.catalogue(), bedrock.catalogue()]);
    bedrock.models();
    expect(server.requests).toHaveLength(5);
    now += 1_001;
    const { account } = await bedrock.catalogue();
    expect(account.at).toBe('2026-11-22T10:00:00.000Z');
    await expect.poll(() => server.requests.length).toBe(10);
  });

  it('is asked for by the first use, in the background, where the options say so', async () => {
    const { server, bedrock } = await start(control, { listOnUse: true });
    const names = () => bedrock.models().map(({ name }) => name);
    expect(names()).toContain('llama4');
    await expect.poll(names).not.toContain('llama4');
    expect(server.requests).toHaveLength(5);
  });

  it('remembers that AWS refused a model, until a call of it works or an hour has passed', async () => {
    let now = Date.parse('2026-11-22T10:00:00Z');
    const noAccess = awsError(
      403,
      'AccessDeniedException',
      "You don't have access to the model with the specified model ID.",
    );
    const { bedrock } = await start((request) => control(request) ?? noAccess, { now: () => now });
    const haikuNow = async () => find(await bedrock.catalogue(), haiku);
    expect(await haikuNow()).toMatchObject({ usable: true });
    await collect(bedrock.generate(hello, calling));
    expect(await haikuNow()).toMatchObject({ usable: false, why: 'not enabled for this account' });
    expect(await haikuNow()).not.toHaveProperty('target');
    now += 61 * 60_000;
    expect(await haikuNow()).toMatchObject({ usable: true });
  });

  it('does without the lists when IAM denies them, and says so', async () => {
    const denied = awsError(
      403,
      'AccessDeniedException',
      'User: x is not authorized to perform: bedrock:ListFoundationModels on resource: *',
    );
    const { bedrock } = await start(() => denied);
    const catalogue = await bedrock.catalogue();
    expect(catalogue.account).toEqual({
      listed: false,
      why: expect.stringMatching(/Allow bedrock:ListFoundationModels/),
    });
    expect(find(catalogue, haiku)).toMatchObject({ usable: true, target: `us.${haiku}` });
  });

  it('takes the one list that it may have', async () => {
    const { bedrock } = await start((request) =>
      request.path.startsWith('/foundation-models')
        ? awsError(403, 'AccessDeniedException', 'is not authorized to perform: bedrock:ListFoundationModels')
        : control(request),
    );
    const catalogue = await bedrock.catalogue();
    expect(catalogue.account).toMatchObject({ listed: true, why: expect.stringMatching(/IAM denied/) });
    expect(find(catalogue, 'meta.llama4-maverick-17b-instruct-v1:0')?.why).toMatch(/inference profile/);
  });

  it('asks nobody when there is no control plane', async () => {
    const server = await startReplayServer({ answer: control });
    const bedrock = clientAt(server.url);
    closing.push(
      () => server[Symbol.asyncDispose](),
      () => bedrock.close(),
    );
    const { account } = await bedrock.catalogue();
    expect(account).toMatchObject({ listed: false, why: expect.stringMatching(/AWS_ENDPOINT_URL_BEDROCK/) });
    expect(server.requests).toEqual([]);
  });

  it('lets go when its caller does, and when the client closes', async () => {
    const open = Promise.withResolvers<void>();
    const { bedrock } = await start(() => ({ ...json({}), hold: { after: 0, gate: open.promise } }));
    const stop = new AbortController();
    const waiting = bedrock.catalogue({ signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    const another = bedrock.catalogue();
    await bedrock.close();
    expect(await another).toMatchObject({ account: { listed: false } });
    open.resolve();
  });

  describe('an opaque ARN', () => {
    const gone = awsError(404, 'ResourceNotFoundException', 'no such profile');

    it('fails clearly when AWS does not know it, and as the last event', async () => {
      const { bedrock } = await start(() => gone);
      const generation = bedrock.generate({ ...hello, model: arn }, calling);
      expect(generation).toMatchObject({ target: arn, region: 'us-east-1', dropped: [] });
      const { stop } = await collect(generation);
      expect(stop).toMatchObject({ state: 'failed', error: { code: 'SB_MODEL_NOT_FOUND' } });
    });

    it('is refused when several models stand behind it, with what to write', async () => {
      const { bedrock } = await start(() =>
        json(profile('x', [foundation(haiku), foundation('amazon.nova-pro-v1:0')], { type: 'APPLICATION' })),
      );
      const { stop } = await collect(bedrock.generate({ ...hello, model: arn }, calling));
      expect(stop.error).toMatchObject({
        code: 'SB_UPSTREAM_UNEXPECTED',
        message: expect.stringMatching(/several models.*models: \{/),
      });
    });

    it.each(['provisioned-model', 'imported-model', 'custom-model-deployment'])(
      'wants a configuration for a %s',
      async (kind) => {
        const { bedrock, server } = await start(control);
        const model = `arn:aws:bedrock:us-east-1:123456789012:${kind}/abc`;
        expect(() => bedrock.generate({ ...hello, model }, calling)).toThrow(
          expect.objectContaining({ code: 'SB_UNSUPPORTED', message: expect.stringMatching(/models: \{/) }),
        );
        expect(server.requests).toEqual([]);
      },
    );

    it('is what the configuration says it is, and costs only what that says', async () => {
      const model = 'arn:aws:bedrock:us-east-1:123456789012:imported-model/abc';
      const { bedrock } = await start(control, {
        models: { [model]: { model: 'meta.llama3-8b-instruct-v1:0' } },
      });
      const { target } = bedrock.generate({ ...hello, model }, calling);
      expect(target).toBe(model);
      expect(knownModels({ [model]: { model: 'meta.llama3-8b-instruct-v1:0' } }).find(model)).toMatchObject({
        id: 'meta.llama3-8b-instruct-v1:0',
        prices: {},
      });
    });

    it('needs no asking when the lists have it', async () => {
      const { bedrock, server } = await start(control);
      await bedrock.catalogue();
      const before = server.requests.length;
      await collect(bedrock.generate({ ...hello, model: arn }, calling));
      expect(server.requests.slice(before).map(({ path }) => path)).toEqual([
        `/model/${encodeURIComponent(arn)}/invoke-with-response-stream`,
      ]);
    });
  });

  describeWithRecordings('an opaque ARN, as recorded', (recordings) => {
    it('is looked up once, and spoken to as the model behind it', async () => {
      const byName = (name: string) => recordings.find((recording) => recording.name === name);
      const lookUp = byName('control-getinferenceprofile-application');
      const answer = byName('invokestream-claude45sonnet-text');
      if (lookUp === undefined || answer === undefined) throw new Error('not recorded');
      const { bedrock, server } = await start(({ path }) =>
        path === lookUp.request.path
          ? exchangeOf(lookUp)
          : path.startsWith('/model/')
            ? exchangeOf(answer)
            : undefined,
      );
      const outcomes = await Promise.all([
        collect(bedrock.generate({ ...hello, model: arn }, calling)),
        collect(bedrock.generate({ ...hello, model: arn }, calling)),
      ]);
      outcomes.push(await collect(bedrock.generate({ ...hello, model: arn }, calling)));
      for (const { stop } of outcomes) {
        expect(stop).toMatchObject({
          state: 'completed',
          bedrock: { target: arn },
          // Which scope the profile is priced in, its ARN doesn't say.
          cost: { status: 'estimated' },
        });
      }
      const path = `/model/${encodeURIComponent(arn)}/invoke-with-response-stream`;
      expect(server.requests.map((request) => request.path)).toEqual([lookUp.request.path, path, path, path]);
    });
  });
});

describe('a configuration of models', () => {
  it('corrects what is known, and keeps the rest', () => {
    const known = knownModels({
      [haiku]: { maxOutput: 1_000, prices: { us: { input: '9' } }, promptCaching: { supported: false } },
    });
    expect(known.find(`us.${haiku}`)).toMatchObject({
      name: 'Claude Haiku 4.5',
      maxOutput: 1_000,
      prices: { us: { input: '9', output: '5.5' }, global: { input: '1' } },
      promptCaching: { supported: false },
      tools: true,
    });
    expect(known.list.filter(({ id }) => id === haiku)).toHaveLength(1);
  });

  it('adds a model, and brings one back to life', () => {
    const models = {
      'acme.parrot-v1:0': {
        name: 'Parrot',
        onDemand: false,
        inferenceProfiles: ['eu.acme.parrot-v1:0'],
        prices: { eu: { input: '1', output: '2' } },
      },
      'anthropic.claude-v2': { lifecycle: null },
    };
    const options = { region: 'eu-west-1', known: knownModels(models) };
    const catalogue = catalogueOf(options);
    expect(catalogue.models.find(({ id }) => id === 'acme.parrot-v1:0')).toMatchObject({
      name: 'Parrot',
      provider: 'acme',
      source: 'configuration',
      usable: true,
      target: 'eu.acme.parrot-v1:0',
      prices: { scope: 'eu', exact: true },
    });
    expect(catalogue.models.find(({ id }) => id === 'anthropic.claude-v2')?.usable).toBe(true);
  });
});
