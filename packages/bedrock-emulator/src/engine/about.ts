import type { Doc } from './search.ts';

/** What the demo model always knows: itself. */
export const aboutEmulator: readonly Doc[] = [
  {
    title: 'Emulator: what it is',
    text: `The emulator is a local Amazon Bedrock: real HTTP, real event-stream bytes, AWS's own errors, made-up text. It answers when Streambed finds no AWS credentials, and any program with an AWS SDK can be pointed at it. It speaks InvokeModel and Converse, whole and streamed, embeddings, CountTokens, ApplyGuardrail and the lists of models and profiles, over HTTP/1.1 and HTTP/2 on one port. Its manual is docs/emulator.md.

Nothing leaves your machine and nothing costs money. The answers come from a small demo model, a program that knows Streambed's documentation; there is no neural network in it.`,
  },
  {
    title: 'Emulator: pointing an SDK at it',
    text: `Start it alone with \`streambed emulator --port 4599\` and set the endpoint of any AWS SDK, with any credentials:

\`\`\`sh
export AWS_ENDPOINT_URL_BEDROCK_RUNTIME=http://127.0.0.1:4599
export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_REGION=us-east-1
\`\`\`

With \`@anthropic-ai/bedrock-sdk\` set \`baseURL: 'http://127.0.0.1:4599'\`.`,
  },
  {
    title: 'Emulator: directives in a prompt',
    text: `A line that begins with one of these steers the answer, for demos and tests:

| directive | the answer |
| --- | --- |
| \`/say TEXT\` | exactly this text; it may go on over several lines |
| \`/think TEXT\` | a thinking block before what follows |
| \`/tool NAME {json}\` | a tool call |
| \`/long N\` | a made-up story of exactly N words |
| \`/repeat N TEXT\` | the text N times |
| \`/echo\` | what the request looked like |
| \`/markdown\` \`/code LANGUAGE\` \`/table\` \`/tasks\` \`/list\` \`/math\` \`/unicode\` \`/json\` | a showcase |
| \`/pace 20\`, \`/pace instant\` | at so many tokens a second; as fast as possible |
| \`/stop REASON\` | ends with this stop reason |
| \`/fault throttle\`, \`/fault cut mid-frame\`, … | fails, as Bedrock might |
| \`/help\` | this table |`,
  },
  {
    title: 'Emulator: failing on purpose',
    text: `\`/fault NAME\` in a prompt makes the request fail: any AWS error by its name or a short one (\`throttle\`, \`access\`, \`expired\`, \`timeout\`, \`internal\`, \`unavailable\`, \`not-ready\`, \`not-found\`, \`quota\`); \`exception NAME AFTER\`, an exception frame after so many events; \`cut headers\`, \`cut mid-frame AFTER\`, \`cut before-stop\`, a broken connection; \`end before-stop\`, a clean end without the message's own end; \`corrupt AFTER\`, a wrong checksum; \`unknown\`, \`huge\`, strange events; \`bytes\`, \`together\`, \`drip\`, other cuts of the same bytes; \`stall headers\`, \`stall AFTER MS\`, silence; \`empty\`, no body. Add \`times 2\` and only the first two tries of the same request fail, or \`probability 0.1\`. The header \`x-emulator-fault\`, the flag \`--fault\` and \`POST /_emulator/faults\` take the same words.`,
  },
];

/** What it says of Streambed where nobody gave it the docs. */
export const aboutStreambed: readonly Doc[] = [
  {
    title: 'Streambed: what it is',
    text: `Streambed puts Amazon Bedrock's models behind one door that never drops a token. One process serves a React chat and WebSocket and HTTP APIs, and it ships a local Bedrock, the emulator, so all of it runs and is tested with no AWS account.`,
  },
  {
    title: 'Streambed: starting it',
    text: `In a fresh clone \`npm start\` installs what is missing, builds what is stale and serves on http://127.0.0.1:8080. \`npm test\` does the same set-up and runs every test. No other step, no global tool, no account.`,
  },
  {
    title: 'Streambed: AWS credentials and the upstream',
    text: `When AWS credentials are found (the SDK's own default chain, or \`AWS_BEARER_TOKEN_BEDROCK\`) Streambed calls the real Bedrock in \`AWS_REGION\`, and says whose account is used and that it bills. When none are found it uses the emulator, and says so. \`--upstream bedrock\` or \`--upstream emulator\` forces one. \`streambed doctor\` checks credentials, region, model access and the clock.`,
  },
  {
    title: 'Streambed: the plain WebSocket',
    text: `\`GET /ws/model?model=anthropic&streaming=1\` is a plain WebSocket: text in, text out. Each text message is a prompt. With \`streaming=1\` each text delta comes as a message of its own, otherwise one message has the whole answer. The other parameters (\`max_tokens\`, \`temperature\`, \`top_p\`, \`top_k\`, \`stop_sequences\`, \`system\`) may stand in the query. A failure is one text message \`error: …\` and the socket stays open.`,
  },
  {
    title: 'Streambed: generations and the stream log',
    text: `A generation is one run of a model on one request. Its events are numbered 1, 2, 3, … (the \`seq\`), and kept in a stream log that any reader can read from any seq, live or late: that is how a reader that reconnects loses nothing and repeats nothing. A generation ends with exactly one \`generation_stop\`.`,
  },
  {
    title: 'Streambed: errors',
    text: `Every error has a code such as \`SB_PROFILE_REQUIRED\`, says what happened and what to do, and whether the same request may succeed later. Before the first event a failure is an HTTP status; after that it is an event in the stream, and never a clean end.`,
  },
];
