import { StreambedError } from '@streambed/protocol';
import { describe, expect, it } from 'vitest';
import { openAiDialect } from './errors.ts';

const dialect = openAiDialect({
  max_tokens: 'max_completion_tokens',
  'output_config.format': 'response_format',
});

function rendered(error: StreambedError) {
  const { status, headers, body } = dialect.error(error, 'req_1');
  return { status, headers, error: JSON.parse(body).error };
}

describe('openAiDialect', () => {
  it('says an unknown model as OpenAI does', () => {
    const error = new StreambedError('SB_UNKNOWN_MODEL', 'No model is called "gpt-9".', { field: 'model' });
    expect(rendered(error)).toEqual({
      status: 404,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'cache-control': 'no-store',
        'x-should-retry': 'false',
      },
      error: {
        message: 'No model is called "gpt-9".',
        type: 'invalid_request_error',
        param: 'model',
        code: 'model_not_found',
        streambed_code: 'SB_UNKNOWN_MODEL',
      },
    });
  });

  it('tells the SDKs when to come back', () => {
    const error = new StreambedError('SB_THROTTLED', undefined, { retryAfterSeconds: 1.5 });
    expect(rendered(error)).toMatchObject({
      status: 429,
      headers: { 'x-should-retry': 'true', 'retry-after': '2', 'retry-after-ms': '1500' },
      error: { type: 'rate_limit_error', code: 'rate_limit_exceeded', param: null },
    });
  });

  it.each([
    ['request.output_config.format.schema', 'response_format'],
    ['request.max_tokens', 'max_completion_tokens'],
    ['request.tools[1].name', 'tools[1].name'],
    ['messages[2].content', 'messages[2].content'],
  ])('calls %s by the name that the caller wrote', (field, param) => {
    const error = new StreambedError('SB_UNSUPPORTED', `${field}: not here`, { field });
    expect(dialect.inStream(error)).toMatchObject({ param, message: `${param}: not here` });
  });

  it('keeps what is not the caller’s doing apart', () => {
    expect(rendered(new StreambedError('SB_CREDENTIALS_MISSING'))).toMatchObject({ status: 503 });
    expect(rendered(new StreambedError('SB_INTERNAL'))).toMatchObject({
      status: 500,
      error: { type: 'server_error', code: 'SB_INTERNAL' },
    });
  });
});
