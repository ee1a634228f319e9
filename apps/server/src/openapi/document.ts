import { bodySchema, componentSchemas, reference } from './components.ts';
import type { JsonSchema, Operation, Parameter } from './operation.ts';
import { operations, tags } from './operations.ts';

const description = `Streambed puts Amazon Bedrock's models behind one door. Beside these routes it serves two WebSockets:
\`/ws\`, the realtime protocol \`streambed.v1\`, and \`/ws/model\`, plain text in and out.`;

/** The API of this server in OpenAPI 3.1. Bodies are described by the schemas that read them. */
export function openApiDocument(version: string): JsonSchema {
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const operation of operations) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describe(operation) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Streambed',
      version,
      description,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    // Relative to where this document was got: a base path stays.
    servers: [{ url: '.' }],
    security: [{}, { bearer: [] }, { apiKey: [] }],
    tags: Object.entries(tags).map(([name, text]) => ({ name, description: text })),
    paths,
    components: {
      schemas: componentSchemas(),
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'A key, where the server has keys.' },
        apiKey: {
          type: 'apiKey',
          in: 'header',
          name: 'x-api-key',
          description: 'The same, as Anthropic’s clients send it.',
        },
      },
    },
  };
}

/** What a path names, by its parameters. */
const inPath: Readonly<Record<string, string>> = {
  model: 'An alias, one of Anthropic’s names, a Bedrock id, an inference profile or an ARN',
  modelId: 'An alias, a Bedrock id, an inference profile or an ARN',
  profileId: 'The id or ARN of an inference profile',
  guardrail: 'The id or ARN of a guardrail',
  version: 'A number, or DRAFT',
  response: '`resp_…`',
  generation: '`gen_…`, or the caller’s own id',
  conversation: '`conv_…`, or the caller’s own id',
  key: 'The id of a key',
  turn: '`turn_…`, or the id of the generation that answered',
};

function describe({
  method,
  path,
  tag,
  summary,
  query,
  headers,
  body,
  answers,
  errors,
  open,
}: Operation): JsonSchema {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
  const parameters = [
    ...names.map((name) => ({
      ...parameter('path', { name, what: inPath[name] ?? name, schema: { type: 'string' } }),
      required: true,
    })),
    ...(query ?? []).map((each) => parameter('query', each)),
    ...(headers ?? []).map((each) => parameter('header', each)),
  ];
  const good = Object.entries(answers).map(([status, { what, content }]) => [
    status,
    { description: what, ...(content !== undefined && { content: mediaTypes(content) }) },
  ]);
  const failed = {
    description: 'What went wrong',
    content: mediaTypes({ 'application/json': reference(errors) }),
  };
  return {
    operationId: operationId(method, path),
    tags: [tag],
    summary,
    ...(open === true && { security: [{}] }),
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: bodySchema(body.schema), example: body.example } },
      },
    }),
    responses: { ...Object.fromEntries(good), default: failed },
  };
}

function parameter(place: 'path' | 'query' | 'header', { name, what, schema }: Parameter): JsonSchema {
  return { name, in: place, description: what, schema };
}

function mediaTypes(content: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return Object.fromEntries(Object.entries(content).map(([type, schema]) => [type, { schema }]));
}

/** `post /v1/chat/completions` is `postV1ChatCompletions`. */
function operationId(method: string, path: string): string {
  const words = path.split(/\W+/).filter((word) => word !== '');
  return method + words.map((word) => word[0]?.toUpperCase() + word.slice(1)).join('');
}
