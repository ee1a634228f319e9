import { settings } from '../../apps/server/src/config/settings.ts';

const rows = settings
  .filter(({ flag }) => flag !== undefined)
  .map(
    ({ key, flag, value, variables, help }) =>
      `| \`--${flag}${value === undefined ? '' : ` ${value}`}\` | ${variables.map((name) => `\`${name}\``).join(', ')} | \`${key}\` | ${help} |`,
  );

/** docs/configuration.md: every setting, from the table that the server reads. */
export const configurationPage = {
  path: 'docs/configuration.md',
  text: `# Configuration

Flags come before environment variables, these before \`streambed.yaml\` in the folder the server is started in
(\`--config FILE\` or \`STREAMBED_CONFIG\` names another), and this before the defaults. All of it is checked at the start: a
mistake is one line that says which key, where it came from and what was expected, and a misspelt variable or key stops
the start and names the near miss.

| flag | variable | key in the file | what it says (default) |
| --- | --- | --- | --- |
${rows.join('\n')}

## AWS

The variables and files of AWS's own tools count: \`AWS_PROFILE\`, \`AWS_ACCESS_KEY_ID\` and its like, \`~/.aws\`, SSO,
container and instance roles, \`AWS_BEARER_TOKEN_BEDROCK\` (which comes before all of these), \`AWS_REGION\`.

Credentials found in the environment or the files lead to the real Bedrock; none found, to the embedded emulator.
\`--upstream bedrock\` asks instance metadata too; \`--upstream emulator\` never leaves the machine.

| variable | what it does |
| --- | --- |
| \`AWS_ENDPOINT_URL_BEDROCK_RUNTIME\`, \`AWS_ENDPOINT_URL_BEDROCK\`, \`AWS_ENDPOINT_URL\` | another endpoint: a VPC endpoint, the emulator |
| \`HTTPS_PROXY\`, \`NO_PROXY\` | the way out |
| \`NODE_EXTRA_CA_CERTS\`, \`AWS_CA_BUNDLE\` | certificates to trust |
| \`AWS_USE_FIPS_ENDPOINT\`, \`AWS_USE_DUALSTACK_ENDPOINT\` | \`true\`: the FIPS or dual-stack endpoints |

## The file

\`\`\`yaml
port: 9000
upstream: bedrock
region: eu-central-1
timeouts: { idle_ms: 60000 }

accounts:                       # other accounts to call as, by AssumeRole; default: the process's own credentials
  prod: { role_arn: arn:aws:iam::123456789012:role/bedrock, external_id: streambed }

aliases:                        # short model names; the targets are one model in several places, tried in order
  claude-sonnet:
    residency: geo              # or global: a request may be answered on another continent
    max_tokens: 8192
    timeouts: { idle_ms: 60000 }
    targets:
      - { model: anthropic.claude-sonnet-4-5-20250929-v1:0, region: eu-central-1, account: prod }
      - { model: anthropic.claude-sonnet-4-5-20250929-v1:0, region: eu-west-1 }
\`\`\`
`,
};
