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

## Keys

\`STREAMBED_API_KEY\` (\`api_key\` in the file) is a key that may do everything: at least 20 letters. There is no flag for it, since
command lines can be read by others. Other keys are made by \`streambed keys\`: [access.md](access.md).

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

Requests go out on sockets of our own (HTTP/1.1 over TLS), which carry a stream for a fifth to a third less. Where a proxy is set or
FIPS endpoints are asked for, undici sends them; \`--upstream-client undici\` has it send everything.

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
    guardrail: { id: gr1a2b3c, version: "3" }   # on every request by this name; a caller can't take it away
    targets:
      - { model: anthropic.claude-sonnet-4-5-20250929-v1:0, region: eu-central-1, account: prod }
      - { model: anthropic.claude-sonnet-4-5-20250929-v1:0, region: eu-west-1 }
      - { model: anthropic.claude-haiku-4-5-20251001-v1:0, fallback: true }     # another model only where it says so

models:                         # corrections and additions to what is known of models; what is absent stays as it was
  anthropic.claude-sonnet-4-5-20250929-v1:0:
    max_output: 32000
    prices: { eu: { input: "3.1", output: "15.4" } }      # USD per million tokens, what your contract says
  acme.parrot-v2:0:             # a model that is newer than this release
    { name: Parrot 2, provider: Acme, on_demand: no, profiles: [us.acme.parrot-v2:0], context_window: 128000, tools: yes }
  arn:aws:bedrock:us-east-1:123456789012:imported-model/abc123:
    { model: meta.llama3-8b-instruct-v1:0 }               # what stands behind an ARN that doesn't say it
\`\`\`

A guardrail of an alias looks at everything: by that name a request can't bring another one, let the stream run ahead of it,
or point it at a part of the conversation. It holds for the name; which names a caller may use is another matter.

Targets are tried in their order, and only before the first event of an answer: nobody sees a token twice. Another target is
asked at once; the same one again after a wait with jitter, or when AWS says. What is the request's own fault is not tried
elsewhere. A target that fails 8 times in a row (down, unreachable, silent; a throttle is none of these) is left alone for 5 s,
then one request tries it; each try that fails doubles the time, to 60 s. When all targets of a name are left alone the answer
is 503 \`SB_CIRCUIT_OPEN\` with the seconds to wait. After throttles a target is asked at the pace it was seen to take, no call
held back for more than 2 s, and a throttle that reaches the caller names a time to wait where AWS names none. What was tried
stands in the log, in \`x-streambed-attempts\` and in the end of the generation (\`bedrock.failed_attempts\`).

A model's keys: \`model\`, \`name\`, \`provider\`, \`family\`, \`kind\` (chat, embedding, rerank), \`on_demand\`, \`profiles\`,
\`context_window\`, \`max_output\`, \`input\` (text, image, pdf, video, audio), \`streaming\`, \`system_prompt\`, \`tools\`,
\`tool_choice\`, \`tools_while_streaming\`, \`structured_output\`, \`sampling_params\`, \`prefill\`, \`thinking\`, \`prompt_caching\`,
\`native_body\` (claude-messages), \`lifecycle\` (active, legacy, ended), and \`prices\` by scope: \`inRegion\` is the bare id, the others
are the profile's prefix; in each \`input\`, \`output\`, \`cache_read\`, \`cache_write_5m\`, \`cache_write_1h\`. The ARN of an application
inference profile needs no entry where the server may call bedrock:GetInferenceProfile. [models.md](models.md) lists what is known.
`,
};
