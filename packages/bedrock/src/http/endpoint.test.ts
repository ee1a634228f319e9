import { describe, expect, it } from 'vitest';
import { awsEndpoint, modelPath, parseEndpoint, queryString } from './endpoint.ts';

describe('awsEndpoint', () => {
  it.each([
    ['us-east-1', false, false, 'https://bedrock-runtime.us-east-1.amazonaws.com'],
    ['us-gov-west-1', true, false, 'https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com'],
    ['eu-west-1', false, true, 'https://bedrock-runtime.eu-west-1.api.aws'],
    ['us-east-1', true, true, 'https://bedrock-runtime-fips.us-east-1.api.aws'],
    ['cn-north-1', false, false, 'https://bedrock-runtime.cn-north-1.amazonaws.com.cn'],
    ['eusc-de-east-1', false, false, 'https://bedrock-runtime.eusc-de-east-1.amazonaws.eu'],
  ])('is for %s, FIPS %s, dual stack %s: %s', (region, fips, dualStack, url) => {
    expect(awsEndpoint({ service: 'bedrock-runtime', region, fips, dualStack })).toBe(url);
  });

  it("is the control plane's too", () => {
    expect(awsEndpoint({ service: 'bedrock', region: 'us-east-1', fips: false, dualStack: false })).toBe(
      'https://bedrock.us-east-1.amazonaws.com',
    );
  });
});

describe('paths', () => {
  it('hold a model id as one encoded segment', () => {
    expect(modelPath('a.b-v1:0', 'invoke')).toBe('/model/a.b-v1%3A0/invoke');
    expect(modelPath("arn:aws:x/y (!'*)", 'converse')).toBe(
      '/model/arn%3Aaws%3Ax%2Fy%20%28%21%27%2A%29/converse',
    );
  });

  it('hold a query as SigV4 encodes it', () => {
    expect(queryString({ type: 'SYSTEM_DEFINED', nextToken: 'a+b c==' })).toBe(
      '?type=SYSTEM_DEFINED&nextToken=a%2Bb%20c%3D%3D',
    );
    expect(queryString({})).toBe('');
  });
});

describe('parseEndpoint', () => {
  it('keeps a path in front of Bedrock', () => {
    expect(parseEndpoint('https://gateway.example/bedrock/')).toEqual({
      origin: 'https://gateway.example',
      host: 'gateway.example',
      basePath: '/bedrock',
    });
    expect(parseEndpoint('http://127.0.0.1:9000')).toEqual({
      origin: 'http://127.0.0.1:9000',
      host: '127.0.0.1:9000',
      basePath: '',
    });
  });

  it.each(['localhost:9000', 'ftp://x', 'bedrock', ''])('refuses %s', (url) => {
    expect(() => parseEndpoint(url)).toThrow(TypeError);
  });
});
