import Anthropic from '@anthropic-ai/sdk';
import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type KeyedGateway, startKeyed } from '../support/keyed.ts';
import { feature } from './matrix.ts';

/** The official clients with keys: the right one is let in, and a wrong one is the error that they know for it. */

const unknown = `sb_${'0'.repeat(12)}_${'0'.repeat(36)}`;
let gateway: KeyedGateway;
let key: string;
beforeAll(async () => {
  gateway = await startKeyed();
  ({ key } = await gateway.makeKey({ models: ['anthropic', 'claude-*'] }));
});
afterAll(() => gateway?.[Symbol.asyncDispose]());

const hello = { role: 'user', content: 'Hello' } as const;

feature('openai (chat)', 'a key of this server', 'works', async () => {
  const ask = (apiKey: string, model = 'anthropic') =>
    new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey, maxRetries: 0 }).chat.completions.create({
      model,
      messages: [hello],
    });
  expect((await ask(key)).choices[0]?.message.content).toBeTruthy();
  await expect(ask(unknown)).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
  await expect(ask(unknown)).rejects.toMatchObject({ status: 401, code: 'invalid_api_key' });
  await expect(ask(key, 'llama3')).rejects.toBeInstanceOf(OpenAI.PermissionDeniedError);
});

feature('openai (responses)', 'a key of this server', 'works', async () => {
  const ask = (apiKey: string) =>
    new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey, maxRetries: 0 }).responses.create({
      model: 'anthropic',
      input: 'Hello',
    });
  expect((await ask(key)).output_text).toBeTruthy();
  await expect(ask(unknown)).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
});

feature('@anthropic-ai/sdk', 'a key of this server', 'works', async () => {
  const ask = (who: { apiKey: string } | { authToken: string; apiKey: null }, model = 'claude-haiku') =>
    new Anthropic({ baseURL: gateway.url, maxRetries: 0, ...who }).messages.create({
      model,
      max_tokens: 20,
      messages: [hello],
    });
  for (const who of [{ apiKey: key }, { authToken: key, apiKey: null }]) {
    expect((await ask(who)).content).not.toEqual([]);
  }
  await expect(ask({ apiKey: unknown })).rejects.toBeInstanceOf(Anthropic.AuthenticationError);
  await expect(ask({ apiKey: unknown })).rejects.toMatchObject({
    error: { error: { type: 'authentication_error' } },
  });
  await expect(ask({ apiKey: key }, 'llama3')).rejects.toBeInstanceOf(Anthropic.PermissionDeniedError);
});

for (const [http, config] of [
  ['HTTP/2', {}],
  ['HTTP/1.1', { requestHandler: new NodeHttpHandler() }],
] as const) {
  const client = `@aws-sdk/client-bedrock-runtime over ${http}`;
  const aws = (who: object) =>
    new BedrockRuntimeClient({
      endpoint: gateway.url,
      region: 'us-east-1',
      maxAttempts: 1,
      ...who,
      ...config,
    });
  const ask = (who: object, modelId = 'claude-haiku') =>
    aws(who).send(
      new ConverseCommand({ modelId, messages: [{ role: 'user', content: [{ text: 'Hello' }] }] }),
    );
  const bearer = (token: string) => ({ token: { token }, authSchemePreference: ['httpBearerAuth'] });

  feature(client, 'a key of this server as its bearer token', 'works', async () => {
    expect((await ask(bearer(key))).output?.message?.content).not.toEqual([]);
    await expect(ask(bearer(unknown))).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
    await expect(ask(bearer(key), 'us.meta.llama3-1-8b-instruct-v1:0')).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });

  feature(client, 'an AWS signature where the server has keys', 'refused', async () => {
    const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a-secret-that-opens-nothing' };
    await expect(ask({ credentials, authSchemePreference: ['sigv4'] })).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
      message: expect.stringContaining('AWS_BEARER_TOKEN_BEDROCK'),
    });
  });
}

test('from a page of an allowed origin, whatever headers the clients send are allowed', async () => {
  const origin = 'https://app.example.com';
  await using open = await startKeyed({ argv: ['--allowed-origins', origin] });
  const headers = [
    'authorization, x-api-key, anthropic-version, anthropic-beta, anthropic-dangerous-direct-browser-access',
    'content-type, openai-organization, openai-project, x-stainless-os, x-stainless-retry-count, idempotency-key',
  ].join(', ');
  const preflight = await open.ask('/v1/messages', {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': headers },
  });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get('access-control-allow-headers')).toBe(headers);
  expect(preflight.headers.get('access-control-allow-credentials')).toBeNull();
  const refused = await open.ask('/v1/models', { headers: { origin } });
  expect(refused.status).toBe(401);
  expect(refused.headers.get('access-control-allow-origin')).toBe(origin);
  const { key: other } = await open.makeKey();
  const cookie = await open.signIn(other);
  const body = JSON.stringify({ title: 'By another page' });
  const headersOfPage = { origin, cookie };
  const created = await open.ask('/streambed/v1/conversations', {
    method: 'POST',
    body,
    headers: headersOfPage,
  });
  expect(created.status).toBe(403);
  expect(
    (await open.ask('/v1/models', { headers: { origin, authorization: `Bearer ${other}` } })).status,
  ).toBe(200);
});
