import { models } from '@streambed/model-facts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AliasOptions } from '../options.ts';
import { shippedAliases } from './aliases.ts';
import { checkAlias } from './check-alias.ts';
import { profilePrefixes } from './geography.ts';
import { listModels } from './list-models.ts';
import { priceId, resolveModel } from './resolve-model.ts';

const idOf = (name: string, region = 'us-east-1') => resolveModel(name, { region }).targets[0].id;
const failing = (code: string, text: RegExp) =>
  expect.objectContaining({ code, field: 'model', message: expect.stringMatching(text) });

describe('resolveModel', () => {
  it.each([
    ['anthropic', 'us-east-1', 'us.anthropic.claude-haiku-4-5-20251001-v1:0'],
    ['anthropic', 'eu-central-1', 'eu.anthropic.claude-haiku-4-5-20251001-v1:0'],
    ['anthropic', 'ap-northeast-1', 'jp.anthropic.claude-haiku-4-5-20251001-v1:0'],
    ['anthropic', 'ap-southeast-2', 'au.anthropic.claude-haiku-4-5-20251001-v1:0'],
    ['anthropic', 'ap-southeast-1', 'apac.anthropic.claude-haiku-4-5-20251001-v1:0'],
    ['anthropic', 'us-gov-west-1', 'us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0'],
    ['llama3', 'us-west-2', 'us.meta.llama3-3-70b-instruct-v1:0'],
    ['llama3', 'eu-west-2', 'eu.meta.llama3-2-3b-instruct-v1:0'],
    ['llama3', 'ca-central-1', 'meta.llama3-70b-instruct-v1:0'],
    ['llama3', 'ap-northeast-1', 'meta.llama3-70b-instruct-v1:0'],
    ['llama3', 'sa-east-1', 'meta.llama3-70b-instruct-v1:0'],
    ['llama3', 'eu-central-1', 'eu.meta.llama3-2-3b-instruct-v1:0'],
    ['llama3', 'us-gov-west-1', 'meta.llama3-70b-instruct-v1:0'],
    ['claude-haiku', 'us-east-1', 'us.anthropic.claude-haiku-4-5-20251001-v1:0'],
    ['claude-sonnet', 'eu-west-1', 'eu.anthropic.claude-sonnet-5'],
    ['claude-opus', 'us-east-1', 'us.anthropic.claude-opus-5'],
    ['nova-pro', 'us-east-1', 'amazon.nova-pro-v1:0'],
    ['nova-2-lite', 'ap-northeast-1', 'apac.amazon.nova-2-lite-v1:0'],
    ['llama4', 'us-east-1', 'us.meta.llama4-maverick-17b-instruct-v1:0'],
    ['gpt-oss', 'eu-central-1', 'openai.gpt-oss-120b-1:0'],
    ['kimi', 'sa-east-1', 'moonshotai.kimi-k2.5'],
  ])('leads %s in %s to %s', (name, region, id) => {
    const [target] = resolveModel(name, { region }).targets;
    expect(target).toMatchObject({ id, region });
    expect(target.model.facts?.id).toBe(target.model.id);
  });

  it.each([
    ['claude-haiku-4-5-20251001', 'us.anthropic.claude-haiku-4-5-20251001-v1:0'],
    ['claude-haiku-4-5', 'us.anthropic.claude-haiku-4-5-20251001-v1:0'],
    ['claude-sonnet-5', 'us.anthropic.claude-sonnet-5'],
    ['claude-opus-4-6', 'us.anthropic.claude-opus-4-6-v1'],
    ['claude-3-5-sonnet-20240620', 'anthropic.claude-3-5-sonnet-20240620-v1:0'],
    ['claude-3-5-sonnet-latest', 'anthropic.claude-3-5-sonnet-20241022-v2:0'],
    ['claude-v2:1', 'anthropic.claude-v2:1'],
  ])("knows Anthropic's name %s", (name, id) => {
    expect(idOf(name)).toBe(id);
  });

  it.each([
    'anthropic.claude-3-haiku-20240307-v1:0',
    'anthropic.claude-3-sonnet-20240229-v1:0',
    'anthropic.claude-v2',
    'anthropic.claude-instant-v1',
    'meta.llama3-8b-instruct-v1:0',
    'meta.llama3-70b-instruct-v1:0',
  ])("keeps the tutorial's own id %s callable as it is", (id) => {
    expect(idOf(id)).toBe(id);
  });

  it.each([
    'global.anthropic.claude-sonnet-5',
    'eu.anthropic.claude-sonnet-5',
    'ca.anthropic.claude-from-the-future-v9',
    'anthropic.claude-from-the-future-v9',
    'us.anthropic.claude-from-the-future-v9',
    'arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0',
    'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-5',
  ])('calls %s as it is', (id) => {
    expect(idOf(id)).toBe(id);
  });

  it('calls an ARN in its own region', () => {
    const arn = 'arn:aws:bedrock:eu-west-3:123456789012:inference-profile/eu.anthropic.claude-sonnet-5';
    const [target] = resolveModel(arn, { region: 'us-east-1' }).targets;
    expect(target).toMatchObject({ region: 'eu-west-3', model: { id: 'anthropic.claude-sonnet-5' } });
  });

  it('gives a model that needs a profile the one of the geography, never a global one', () => {
    for (const region of [
      'us-east-1',
      'eu-west-1',
      'ap-northeast-1',
      'ap-southeast-2',
      'ap-south-1',
      'sa-east-1',
    ]) {
      for (const model of models.filter(
        ({ kind, endpoints }) => kind === 'chat' && endpoints.includes('runtime'),
      )) {
        let id: string;
        try {
          id = idOf(model.id, region);
        } catch (error) {
          expect(error).toMatchObject({ code: 'SB_PROFILE_REQUIRED', field: 'model' });
          continue;
        }
        expect(id).not.toMatch(/^global\./);
        if (id !== model.id) expect(profilePrefixes(region)).toContain(id.slice(0, id.indexOf('.')));
      }
    }
  });

  it('names the profiles that exist when none fits', () => {
    expect(() => idOf('anthropic.claude-sonnet-5', 'sa-east-1')).toThrow(
      failing(
        'SB_PROFILE_REQUIRED',
        /none is known for sa-east-1.*eu\.anthropic\.claude-sonnet-5 \(from eu-central-1\).*residency: global/,
      ),
    );
    expect(() => idOf('anthropic', 'sa-east-1')).toThrow(
      failing(
        'SB_PROFILE_REQUIRED',
        /anthropic leads to no model that sa-east-1 can call.*eu-central-1.*us-east-1/,
      ),
    );
  });

  it('goes anywhere only where an alias says so', () => {
    const aliases = {
      far: { residency: 'global', targets: [{ model: 'anthropic.claude-sonnet-5' }] },
    } as const;
    expect(resolveModel('far', { region: 'sa-east-1', aliases }).targets[0].id).toBe(
      'global.anthropic.claude-sonnet-5',
    );
  });

  it('asks the configuration first', () => {
    const aliases: Record<string, AliasOptions> = {
      anthropic: {
        maxTokens: 99,
        deadlines: { idleMs: 7 },
        targets: [
          { model: 'anthropic.claude-sonnet-4-5-20250929-v1:0', region: 'eu-central-1' },
          {
            profile: 'arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc',
            model: 'anthropic.claude-sonnet-4-5-20250929-v1:0',
            account: 'prod',
          },
        ],
      },
    };
    expect(resolveModel('anthropic', { region: 'us-east-1', aliases })).toMatchObject({
      maxTokens: 99,
      deadlines: { idleMs: 7 },
      targets: [
        { id: 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0', region: 'eu-central-1', account: undefined },
        {
          id: 'arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc',
          region: 'eu-west-1',
          account: 'prod',
          model: { id: 'anthropic.claude-sonnet-4-5-20250929-v1:0' },
        },
      ],
    });
  });

  it.each([
    ['claude-hiku', /Did you mean .*claude-haiku/],
    ['Anthropic', /Did you mean anthropic/],
    ['llama', /Did you mean llama3/],
    ['claude-sonnet-4-5-2025', /Did you mean .*claude-sonnet-4-5/],
    ['does-not-exist', /No model is called "does-not-exist". Use an alias \(anthropic, llama3/],
    ['made.up-model', /No model is called/],
    ['constructor', /No model is called/],
    ['__proto__', /No model is called/],
    ['arn:aws:s3:::bucket/x', /No model is called/],
    [
      'arn:aws:bedrock:evil.example.com/:123456789012:inference-profile/us.anthropic.claude-sonnet-5',
      /No model is called/,
    ],
  ])('does not know %s, and helps', (name, text) => {
    expect(() => idOf(name)).toThrow(failing('SB_UNKNOWN_MODEL', text));
  });

  it('refuses what is not called this way', () => {
    expect(() => idOf('amazon.titan-embed-text-v2:0')).toThrow(failing('SB_UNSUPPORTED', /embedding/));
    const opaque = 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc';
    expect(() => idOf(opaque)).toThrow(failing('SB_UNSUPPORTED', /doesn't say which model/));
  });

  it('answers any text with a target or one of its own errors, and quickly', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2048 }), (name) => {
        try {
          idOf(name);
        } catch (error) {
          expect(error).toMatchObject({ name: 'StreambedError' });
        }
      }),
    );
  });
});

describe('checkAlias', () => {
  it.each<[string, AliasOptions, string]>([
    ['no targets', { targets: [] }, 'aliases.a.targets'],
    ['an empty target', { targets: [{}] }, 'aliases.a.targets[0]'],
    ['a model that is no id', { targets: [{ model: 'nonsense' }] }, 'aliases.a.targets[0].model'],
    [
      'a region that is none',
      { targets: [{ model: 'meta.x', region: 'mars' }] },
      'aliases.a.targets[0].region',
    ],
    [
      'an unknown account',
      { targets: [{ model: 'meta.x', account: 'dev' }] },
      'aliases.a.targets[0].account',
    ],
  ])('names the key of %s', (_what, alias, field) => {
    expect(() => checkAlias('a', alias, ['prod'])).toThrow(
      expect.objectContaining({ code: 'SB_BAD_REQUEST', field }),
    );
  });
});

describe('shipped aliases', () => {
  it('lead to models that are known, and not to retired ones', () => {
    for (const choice of Object.values(shippedAliases).flat()) {
      const facts = models.find(({ id }) => id === choice);
      expect(facts?.kind, choice).toBe('chat');
      expect(facts?.endpoints, choice).toContain('runtime');
      expect(facts?.lifecycle, choice).toBeUndefined();
    }
  });

  it('are listed with what they lead to', () => {
    expect(listModels({ region: 'us-east-1' }).map(({ name }) => name)).toEqual(Object.keys(shippedAliases));
    const abroad = listModels({ region: 'sa-east-1' }).map(({ name }) => name);
    expect(abroad).toContain('llama3');
    expect(abroad).not.toContain('anthropic');
    expect(listModels({ region: 'eu-central-1' })[0]).toMatchObject({
      name: 'anthropic',
      title: 'Claude Haiku 4.5',
      provider: 'Anthropic',
      family: 'claude',
      target: 'eu.anthropic.claude-haiku-4-5-20251001-v1:0',
    });
  });
});

describe('priceId', () => {
  it('prices an ARN as the profile it stands for, where it says so', () => {
    const price = (name: string) => priceId(resolveModel(name, { region: 'us-east-1' }).targets[0]);
    expect(
      price('arn:aws:bedrock:us-east-1:123456789012:inference-profile/global.anthropic.claude-sonnet-5'),
    ).toBe('global.anthropic.claude-sonnet-5');
    expect(price('arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-v2')).toBe(
      'anthropic.claude-v2',
    );
    expect(price('anthropic')).toBe('us.anthropic.claude-haiku-4-5-20251001-v1:0');
  });
});
