import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AwsError } from './errors.ts';
import { findRoute } from './route.ts';

const id = 'us.anthropic.claude-haiku-4-5-20251001-v1:0';
const arn = `arn:aws:bedrock:us-east-1:123456789012:inference-profile/${id}`;

describe('findRoute', () => {
  it.each([
    ['an encoded colon', `/model/${encodeURIComponent(id)}/invoke`, id],
    ['a raw colon', `/model/${id}/invoke`, id],
    ['an encoded ARN', `/model/${encodeURIComponent(arn)}/invoke`, arn],
    ['an ARN with a raw slash', `/model/${arn}/invoke`, arn],
    ['an id of 2048 characters', `/model/${'x'.repeat(2048)}/invoke`, 'x'.repeat(2048)],
  ])('takes %s', (_, path, modelId) => {
    expect(findRoute('POST', path)).toMatchObject({ operation: 'InvokeModel', modelId });
  });

  it.each([
    ['invoke-with-response-stream', 'InvokeModelWithResponseStream'],
    ['converse', 'Converse'],
    ['converse-stream', 'ConverseStream'],
    ['count-tokens', 'CountTokens'],
  ])('knows %s', (action, operation) => {
    expect(findRoute('POST', `/model/${id}/${action}`).operation).toBe(operation);
  });

  it.each([
    ['another method', 'GET', `/model/${id}/invoke`],
    ['another action', 'POST', `/model/${id}/shout`],
    ['no model', 'POST', '/model//invoke'],
    ['a slash in an id that is no ARN', 'POST', '/model/a/b/invoke'],
    ['a name of Object', 'POST', '/model/a/constructor'],
    ['the root', 'POST', '/'],
  ])('answers 404 to %s', (_, method, path) => {
    expect(() => findRoute(method, path)).toThrow(expect.objectContaining({ status: 404 }));
  });

  it('refuses ids that are longer, and broken escapes', () => {
    expect(() => findRoute('POST', `/model/${'x'.repeat(2049)}/invoke`)).toThrow('2048');
    expect(() => findRoute('POST', '/model/%E0%A4%A/invoke')).toThrow(
      'The provided model identifier is invalid.',
    );
  });

  it('gives back any id it was sent, or AWS an error, and nothing else', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 60, unit: 'binary' }), (text) => {
        expect(findRoute('POST', `/model/${encodeURIComponent(text)}/invoke`).modelId).toBe(text);
      }),
    );
    fc.assert(
      fc.property(fc.string({ maxLength: 80 }), (path) => {
        try {
          findRoute('POST', path);
        } catch (error) {
          expect(error).toBeInstanceOf(AwsError);
        }
      }),
    );
  });
});
