import { operations, tags } from '../../apps/server/src/openapi/operations.ts';

/** @typedef {import('../../apps/server/src/openapi/operation.ts').Operation} Operation */

/** Below these prefixes the same is served again: one row is enough. */
const again = /^\/(anthropic|openai)\/v1\//;

/** @param {Operation} operation */
function row({ method, path, summary, open }) {
  return `| \`${method.toUpperCase()} ${path}\` | ${summary}${open ? '. Needs no key' : ''} |`;
}

const groups = Object.entries(tags).map(([tag, what]) => {
  const rows = operations
    .filter((operation) => operation.tag === tag && !again.test(operation.path))
    .map(row);
  return `## ${tag}\n\n${what}\n\n| route | what |\n| --- | --- |\n${rows.join('\n')}\n`;
});

/** docs/api.md: every route, as the server describes them. */
export const apiPage = {
  path: 'docs/api.md',
  text: `# The API

Every route of the server, made by \`npm run docs\` from what the server says of itself: \`GET /openapi.json\` is all of it in
OpenAPI 3.1, with the schemas that read the bodies and an example of each, and \`/reference\` the same as a page. Two WebSockets
stand beside them: \`/ws\`, the protocol \`streambed.v1\` ([PROTOCOL.md](../PROTOCOL.md)), and \`/ws/model\`, plain text in and
out ([calls.md](calls.md)).

The compatible APIs field by field: [Anthropic](api-anthropic.md), [OpenAI](api-openai.md), [Responses](api-responses.md),
[Bedrock](api-bedrock.md). Which clients they serve, and how to point them here: [clients.md](clients.md).

${groups.join('\n')}`,
};
