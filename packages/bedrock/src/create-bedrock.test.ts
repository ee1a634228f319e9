import { endOf } from '@streambed/protocol';
import { describe, expect, it } from 'vitest';
import { type BedrockOptions, createBedrock } from './index.ts';

const keys = { kind: 'static', accessKeyId: 'A', secretAccessKey: 'B' } as const;

describe('createBedrock', () => {
  it.each<[string, Partial<BedrockOptions>, string]>([
    ['a region that is none', { region: 'evil.example.com/' }, 'region'],
    ['an endpoint that is none', { endpoint: 'localhost:9000' }, 'endpoint'],
    ['a control endpoint that is none', { controlEndpoint: 'ftp://x' }, 'controlEndpoint'],
    ["an account's endpoint that is none", { accounts: { a: { endpoint: '?' } } }, 'accounts.a.endpoint'],
    [
      'an alias that leads nowhere',
      { aliases: { a: { targets: [{ model: 'x' }] } } },
      'aliases.a.targets[0].model',
    ],
    ['a model that is none', { models: { nonsense: {} } }, 'models.nonsense'],
    ["a profile in a model's place", { models: { 'us.acme.x': {} } }, 'models.us.acme.x'],
    ['what stands behind no ARN', { models: { 'acme.x': { model: 'acme.y' } } }, 'models.acme.x.model'],
    [
      'a price that is none',
      { models: { 'acme.x': { prices: { us: { input: '1e-3' } } } } },
      'models.acme.x.prices.us.input',
    ],
  ])('names %s', (_what, options, field) => {
    expect(() => createBedrock({ region: 'us-east-1', credentials: keys, ...options })).toThrow(
      expect.objectContaining({ code: 'SB_BAD_REQUEST', field }),
    );
  });

  it('refuses an account that is not configured, before anything is sent', async () => {
    const bedrock = createBedrock({ region: 'us-east-1', credentials: keys });
    const request = { model: 'anthropic', messages: [{ role: 'user' as const, content: 'Hi' }] };
    const options = { generation: 'gen_1', signal: new AbortController().signal, account: 'prod' };
    for await (const items of bedrock.generate(request, options)) {
      expect(endOf(items)).toMatchObject({ state: 'failed', error: { code: 'SB_BAD_REQUEST' } });
    }
    await bedrock.close();
  });
});
