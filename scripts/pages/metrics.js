import { metricDefinitions } from '../../apps/server/src/metrics/definitions.ts';

const rows = Object.values(metricDefinitions).map(
  ({ name, type, labels, help }) =>
    `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`,
);

/** docs/metrics.md: every metric, from the table that the server makes them of. */
export const metricsPage = {
  path: 'docs/metrics.md',
  text: `# Metrics

\`GET /metrics\` speaks Prometheus's text format. Programs on this machine need no key; from elsewhere an admin's key is
needed, and through a proxy too. No label has a value that a caller may choose freely: a model that is neither an alias nor in
the [catalogue](models.md) is \`other\`, and no key, owner or text stands here. Counts begin at 0 with each process; what was
used is [in the ledger](usage.md) for as long as you like.

| metric | type | labels | what it says |
| --- | --- | --- | --- |
${rows.join('\n')}

\`surface\` is the door: \`streambed\` (our own API and \`/ws\`), \`model-socket\` (\`/ws/model\`), \`anthropic\`, \`openai\`, \`bedrock\`, or
\`none\`. The longest stall is reset by each scrape: with two who scrape, each sees the part since the other's.
`,
};
