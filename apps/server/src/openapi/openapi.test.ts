import diagnostics from 'node:diagnostics_channel';
import { Validator } from '@seriousme/openapi-schema-validator';
import { type Emulator, startEmulator } from '@streambed/bedrock-emulator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../../test/gateway.ts';
import { openApiDocument } from './document.ts';
import type { JsonSchema, Operation } from './operation.ts';
import { operations } from './operations.ts';

/** Routes that are no operation, and why. */
const noOperation: Readonly<Record<string, string>> = {
  '/': 'the chat',
  '/*': 'the files of the chat',
  '/v1/*': 'says that there is nothing',
  '/anthropic/*': 'says that there is nothing',
  '/openai/*': 'says that there is nothing',
  '/async-invoke': 'says that it is not served',
  '/async-invoke/*': 'says that it is not served',
};

const document = openApiDocument('0.0.0');
const { schemas } = document.components as { schemas: Record<string, JsonSchema> };
interface Described {
  readonly operationId: string;
  readonly requestBody: {
    readonly content: { readonly 'application/json': { readonly schema: JsonSchema } };
  };
}
type Paths = Readonly<Record<string, Readonly<Record<string, Described>>>>;

const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addSchema({ $id: 'streambed', components: { schemas } });

/** What a schema of the document finds wrong with a value; undefined where it is right. */
function wrongIn(schema: JsonSchema, value: unknown): string | undefined {
  const absolute = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"streambed#/')) as JsonSchema;
  return ajv.validate(absolute, value) ? undefined : ajv.errorsText(ajv.errors);
}

/** `GET /v1/models/*`, whatever its parameters are called. */
function named(method: string, path: string): string {
  const bare = path.replace(/:\w+|\{\w+\}/g, '{}').replace(/(.)\/$/, '$1');
  return `${method.toUpperCase()} ${bare}`;
}

const routes = new Set<string>();
let control: Emulator;
let gateway: Gateway;

beforeAll(async () => {
  control = await startEmulator({ pace: 'instant' });
  const watch = (message: unknown) => {
    (message as { fastify: FastifyInstance }).fastify.addHook('onRoute', ({ method, url }: RouteOptions) => {
      for (const each of [method].flat()) routes.add(named(each, url));
    });
  };
  diagnostics.subscribe('fastify.initialization', watch);
  gateway = await startGateway({
    emulator: { script: () => 'Hello.', guardrails: [{ id: 'abc', words: ['secret'] }] },
    env: { AWS_ENDPOINT_URL_BEDROCK: control.url },
  });
  diagnostics.unsubscribe('fastify.initialization', watch);
});
afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]();
  await control?.stop();
});

const nameOf = ({ method, path, route }: Operation) => named(method, route ?? path);

describe('the description', () => {
  test('is OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate(
      structuredClone(document) as Record<string, unknown>,
    );
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
  });

  test('has every route of the running server, and none that it doesn’t have', () => {
    const real = [...routes].filter((route) => {
      const [method, path] = route.split(' ') as [string, string];
      return method !== 'HEAD' && noOperation[path] === undefined;
    });
    expect(real.sort()).toEqual([...new Set(operations.map(nameOf))].sort());
  });

  test('names each operation once', () => {
    const ids = Object.values(document.paths as Paths)
      .flatMap((methods) => Object.values(methods))
      .map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBe(operations.length);
  });

  test('is served, with its page', async () => {
    const served = await fetch(`${gateway.url}/openapi.json`);
    expect(await served.json()).toMatchObject({ openapi: '3.1.1', paths: document.paths });
    const page = await fetch(`${gateway.url}/reference`);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const text = await page.text();
    for (const { path } of operations) expect(text).toContain(`<code>${path}</code>`);
    // What the policy would not let through.
    expect(text).not.toMatch(/<script|<style|style=|https?:/);
    expect((await fetch(`${gateway.url}/reference.css`)).headers.get('content-type')).toContain('text/css');
  });
});

describe('its schemas say what the server says', () => {
  const bodies = operations.filter(({ body }) => body?.schema !== undefined);

  test.each(bodies.map((operation) => [nameOf(operation), operation] as const))(
    '%s: the example is right, and wrong where the server finds it wrong',
    (_name, { method, path, body }) => {
      const described = (document.paths as Paths)[path]?.[method] as Described;
      const { schema } = described.requestBody.content['application/json'];
      expect(wrongIn(schema, body?.example)).toBeUndefined();
      for (const value of [[], 'text', 1]) {
        expect(wrongIn(schema, value)).toBeDefined();
        expect(body?.schema?.safeParse(value).success).toBe(false);
      }
    },
  );

  const blocks: readonly (readonly [object, boolean])[] = [
    [{ type: 'text', text: 'a' }, true],
    [{ type: 'text', text: 1 }, false],
    [{ type: 'text' }, false],
    [{ type: 'of_tomorrow', anything: [] }, true],
    [{ text: 'a' }, false],
    [{ type: 'tool_use', id: 'a', name: 'b', input: {} }, true],
    [{ type: 'tool_result', tool_use_id: 5 }, false],
    [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } }, true],
    [{ type: 'image', source: { type: 'base64', media_type: 'image/png' } }, false],
    [{ type: 'streambed:cache_point' }, true],
  ];
  test.each(blocks)('a block %j is right: %s', async (block, right) => {
    const body = { model: 'claude-haiku', max_tokens: 9, messages: [{ role: 'user', content: [block] }] };
    const message = wrongIn(schemas.AnthropicRequest as JsonSchema, body);
    expect(message === undefined, message).toBe(right);
    const schema = operations.find(({ path }) => path === '/v1/messages')?.body?.schema;
    expect(schema?.safeParse(body).success).toBe(right);
  });
});

describe('its answers are what the server answers', () => {
  const claude = 'us.anthropic.claude-haiku-4-5-20251001-v1:0';
  /** What stands for the parameters of paths. What an example makes joins it, and goes with who deletes it. */
  const names: Record<string, string[]> = {
    model: ['claude-haiku'],
    modelId: ['anthropic.claude-haiku-4-5-20251001-v1:0'],
    profileId: [claude],
    guardrail: ['abc'],
    version: ['DRAFT'],
    response: [],
    conversation: [],
    preset: ['River'],
    generation: [],
    key: [],
  };
  /** Not asked: it has no end, or needs what no example makes, or Bedrock takes no bearer token for it. */
  const notAsked = new Set([
    '/streambed/v1/changes',
    '/streambed/v1/conversations/{conversation}/turns/{turn}',
    '/guardrail-checks/invoke',
  ]);
  /** The first key shuts the door: it is made when all else is done, and used from then on. */
  let key: string | undefined;
  const rank = ({ method, path, tag }: Operation) =>
    (tag === 'Access' ? 10 : 0) +
    ['post', 'get', 'patch', 'delete'].indexOf(method) +
    (method === 'post' && path.includes('{') ? 1.5 : 0);
  const asked = operations
    .filter(({ path }) => !notAsked.has(path))
    .sort((one, other) => rank(one) - rank(other));

  const idFor = (path: string, name: string) =>
    path.startsWith('/model/') ? claude : (names[name]?.at(-1) ?? '');

  function ask({ method, path, body }: Operation, sent: unknown = body?.example): Promise<Response> {
    const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(idFor(path, name)));
    return fetch(`${gateway.url}${filled}`, {
      method: method.toUpperCase(),
      headers: {
        ...(sent !== undefined && { 'content-type': 'application/json' }),
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
      },
      ...(sent !== undefined && { body: JSON.stringify(sent) }),
    });
  }

  test.each(
    operations
      .filter(({ body }) => body?.schema !== undefined)
      .map((operation) => [nameOf(operation), operation] as const),
  )('%s: what goes wrong', async (_name, operation) => {
    const answer = await ask(operation, 'no object');
    expect(answer.status).toBe(400);
    expect(wrongIn(schemas[operation.errors] as JsonSchema, await answer.json())).toBeUndefined();
  });

  test.each(asked.map((operation) => [`${operation.method} ${operation.path}`, operation] as const))(
    '%s',
    async (_name, operation) => {
      const answer = await ask(operation);
      const text = await answer.text();
      const expected = operation.answers[answer.status];
      expect(expected, `${answer.status} ${text}`).toBeDefined();
      const type = answer.headers.get('content-type')?.split(';')[0] ?? '';
      const schema = expected?.content?.[type];
      if (expected?.content === undefined) expect(text).toBe('');
      else expect(schema, type).toBeDefined();
      if (operation.method === 'delete') names[/\{(\w+)\}$/.exec(operation.path)?.[1] ?? '']?.pop();
      if (schema === undefined || type !== 'application/json') return;
      const said = JSON.parse(text) as Record<string, string>;
      expect(wrongIn(schema, said)).toBeUndefined();
      if (operation.path.endsWith('/keys')) key ??= said.key;
      for (const name of ['response', 'conversation', 'generation', 'key']) {
        if (operation.method === 'post' && operation.path.endsWith(`/${name}s`)) {
          names[name]?.push((name === 'generation' ? said.generation : said.id) as string);
        }
      }
    },
  );
});
