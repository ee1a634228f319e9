import { describe, expect, it } from 'vitest';
import { resolveModel } from './model.ts';

const base = 'anthropic.claude-haiku-4-5-20251001-v1:0';
const arn = (kind: string, id: string) => `arn:aws:bedrock:us-east-1:123456789012:${kind}/${id}`;
const invalid = 'The provided model identifier is invalid.';

describe('resolveModel', () => {
  it.each([
    ['a profile id', `eu.${base}`],
    ['a profile we do not list', `ca.${base}`],
    ['a profile ARN', arn('inference-profile', `us.${base}`)],
    [
      'an ARN of another partition',
      `arn:aws-us-gov:bedrock:us-gov-west-1:123456789012:inference-profile/us-gov.${base}`,
    ],
  ])('takes %s', (_, id) => {
    expect(resolveModel(id, {}).id).toBe(base);
  });

  it.each([
    ['a bare id that can be called', 'meta.llama3-8b-instruct-v1:0'],
    ['a foundation model ARN', 'arn:aws:bedrock:us-east-1::foundation-model/meta.llama3-8b-instruct-v1:0'],
  ])('takes %s', (_, id) => {
    expect(resolveModel(id, {}).id).toBe('meta.llama3-8b-instruct-v1:0');
  });

  it('refuses a bare id that needs a profile, in AWS words with the typographic apostrophe', () => {
    expect(() => resolveModel(base, {})).toThrow(
      `Invocation of model ID ${base} with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.`,
    );
    const whole = arn('foundation-model', base);
    expect(() => resolveModel(whole, {})).toThrow(`Invocation of model ID ${whole} with`);
  });

  it.each([
    ['an unknown model', 'does-not-exist'],
    ['a known name with an unknown version', 'anthropic.claude-haiku-4-5-20251001-v2:0'],
    ['a profile of a model without any', 'us.meta.llama3-8b-instruct-v1:0'],
    ['a broken ARN', 'arn:aws:bedrock:us-east-1'],
    ['a foundation model ARN of a profile', arn('foundation-model', `us.${base}`)],
    ['a profile ARN of a base id', arn('inference-profile', base)],
    ['an ARN of another kind', arn('guardrail', 'abc')],
  ])('answers 400, not 404, to %s', (_, id) => {
    expect(() => resolveModel(id, {})).toThrow(expect.objectContaining({ status: 400, message: invalid }));
  });

  it('answers 404 to opaque ARNs, unless they are configured', () => {
    const opaque = arn('application-inference-profile', 'abc123');
    expect(() => resolveModel(opaque, {})).toThrow(expect.objectContaining({ status: 404 }));
    expect(resolveModel(opaque, { [opaque]: base }).id).toBe(base);
    expect(resolveModel(opaque, { abc123: `us.${base}` }).id).toBe(base);
  });
});
