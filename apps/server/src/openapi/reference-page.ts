import type { JsonSchema } from './operation.ts';

interface Described {
  readonly summary: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly description: string;
    readonly schema: JsonSchema;
  }[];
  readonly requestBody?: {
    readonly content: {
      readonly 'application/json': { readonly schema: JsonSchema; readonly example: unknown };
    };
  };
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content?: JsonSchema }>
  >;
}

interface Document {
  readonly info: { readonly version: string };
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

/** An OpenAPI document of ours as a page: no script, and everything in it comes from this server. */
export function referencePage(openApi: JsonSchema): string {
  const { info, tags, paths, components } = openApi as unknown as Document;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({ path, method, described })),
  );
  const groups = tags.map(({ name, description }) => {
    const inGroup = operations.filter(({ described }) => described.tags.includes(name));
    const shown = inGroup.map(({ path, method, described }) =>
      operationText(path, method, described, components.schemas),
    );
    return `<h2>${escaped(name)}</h2>\n<p>${escaped(description)}</p>\n${shown.join('\n')}`;
  });
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Streambed: reference</title>
<link rel="stylesheet" href="reference.css">
<h1>Streambed ${escaped(info.version)}</h1>
<p>What can be asked of this server over HTTP. For programs: <a href="openapi.json">openapi.json</a>. <a href="./">The chat</a>.</p>
${groups.join('\n')}
</html>
`;
}

function operationText(
  path: string,
  method: string,
  { summary, parameters = [], requestBody, responses }: Described,
  schemas: Document['components']['schemas'],
): string {
  const body = requestBody?.content['application/json'];
  const given = parameters.map(({ name, in: place, description, schema }) => [
    code(name),
    escaped(`${place}, ${kindOf(schema)}`),
    inline(description),
  ]);
  const answered = Object.entries(responses).map(([status, { description, content = {} }]) => [
    code(status),
    escaped(Object.keys(content).join(', ')),
    inline(description),
  ]);
  return `<details><summary><span class="method">${method}</span><code>${escaped(path)}</code><span>${inline(summary)}</span></summary><div>
${table('Parameters', given)}${body === undefined ? '' : bodyText(body.schema, body.example, schemas)}${table('Answers', answered)}</div></details>`;
}

function bodyText(schema: JsonSchema, example: unknown, schemas: Document['components']['schemas']): string {
  const fields = fieldsOf(schema, schemas).map(([name, field, required]) => [
    code(name),
    escaped(kindOf(field)),
    required ? 'needed' : '',
  ]);
  return `${table('Body', fields)}<pre>${escaped(JSON.stringify(example, null, 2))}</pre>\n`;
}

type Field = readonly [name: string, schema: JsonSchema, required: boolean];

function fieldsOf(schema: JsonSchema, schemas: Document['components']['schemas']): readonly Field[] {
  const { properties = {}, required = [], anyOf } = named(schema, schemas);
  if (Array.isArray(anyOf)) return fieldsOf(anyOf[0] as JsonSchema, schemas);
  return Object.entries(properties as Record<string, JsonSchema>).map(([name, field]) => [
    name,
    field,
    (required as readonly string[]).includes(name),
  ]);
}

function named(schema: JsonSchema, schemas: Document['components']['schemas']): JsonSchema {
  const id = nameOf(schema);
  return (id === undefined ? undefined : schemas[id]) ?? schema;
}

function nameOf({ $ref }: JsonSchema): string | undefined {
  return typeof $ref === 'string' ? $ref.split('/').at(-1) : undefined;
}

/** A schema in a few words: `string or list of ContentBlock`. */
function kindOf(schema: JsonSchema): string {
  const { type, enum: values, const: only, anyOf, items } = schema;
  const name = nameOf(schema);
  if (name !== undefined) return name;
  if (only !== undefined) return JSON.stringify(only);
  if (Array.isArray(values)) return values.map((value) => JSON.stringify(value)).join(', ');
  if (Array.isArray(anyOf)) return [...new Set((anyOf as JsonSchema[]).map(kindOf))].join(' or ');
  if (type === 'array') return items === undefined ? 'list' : `list of ${kindOf(items as JsonSchema)}`;
  return type === undefined ? 'anything' : [type].flat().join(' or ');
}

function table(title: string, rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const lines = rows.map(
    ([name, kind, what]) => `<tr><td>${name}</td><td>${kind}</td><td class="what">${what}</td></tr>`,
  );
  return `<h3>${title}</h3>\n<table>\n${lines.join('\n')}\n</table>\n`;
}

function code(text: string): string {
  return `<code>${escaped(text)}</code>`;
}

/** Text with `code` in it. */
function inline(text: string): string {
  return escaped(text).replace(/`([^`]*)`/g, '<code>$1</code>');
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
