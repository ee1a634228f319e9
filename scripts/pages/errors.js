import { errorTable } from '../../packages/protocol/src/error-table.ts';

const rows = Object.entries(errorTable).map(
  ([code, { type, status, retryable, message }]) =>
    `| \`${code}\` | \`${type}\` | ${status} | ${retryable ? 'yes' : 'no'} | ${message} |`,
);

/** ERRORS.md: the one error table, for people. */
export const errorsPage = {
  path: 'ERRORS.md',
  text: `# Errors

Every error has a \`type\` (what kind), a stable \`code\` (which one: match this), a \`message\` that says what happened and
what to do, and \`retryable\`. Where they are known it also has \`retry_after_seconds\`, \`request_id\`, the \`field\` at fault,
and \`upstream\`: Bedrock's own name, status, words and request id. The message often says more than the table, because
whoever raised it knew the model, the region or the limit.

On \`/ws/model\` an error is one text message, \`error: \` and the message. On \`/ws\` it is the \`error\` of a \`rejected\` or
\`error\` frame, or of a \`generation_stop\` event. On HTTP it is the \`error\` of the body, with the status below.

| code | type | status | may be retried | what happened, what to do |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`,
};
