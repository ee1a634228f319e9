import { randomUUID } from 'node:crypto';

/** How a server is asked, and how the end of its answer looks: bytes in, bytes out, nothing understood on the way. */
export interface Protocol {
  /** Sent once on each connection, before anything is asked; the answer to it ends in an empty line. */
  open?(host: string): Buffer;
  /** Asks for an answer. */
  ask(host: string, prompt: string): Buffer;
  /** What an answer that is whole ends in; absent: its last token is its end. */
  readonly end?: string;
}

/** The names under which the load generator knows them. */
export type ProtocolName = keyof typeof protocols;

const model = 'anthropic';

/** One POST on a connection that stays open. A chunked answer's last chunk is its end. */
function post(
  path: string,
  body: (prompt: string) => object,
  headers: Record<string, string> = {},
): Protocol {
  return {
    end: '\r\n0\r\n\r\n',
    ask(host, prompt) {
      const bytes = Buffer.from(JSON.stringify(body(prompt)));
      const lines = Object.entries({
        host,
        'content-type': 'application/json',
        'content-length': String(bytes.length),
        ...headers,
      }).map(([name, value]) => `${name}: ${value}\r\n`);
      return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n`), bytes]);
    },
  };
}

/** The same, for an answer that comes whole, with its length. */
function whole(
  path: string,
  body: (prompt: string) => object,
  headers: Record<string, string> = {},
): Protocol {
  const { ask } = post(path, body, headers);
  return { ask };
}

const messages = (prompt: string) => [{ role: 'user', content: prompt }];
const conversePath = `/model/us.anthropic.claude-haiku-4-5-20251001-v1%3A0`;
const converse = (prompt: string) => ({
  messages: [{ role: 'user', content: [{ text: prompt }] }],
  inferenceConfig: { maxTokens: 8192 },
});
/** Bedrock wants to be authorised; nobody here looks at it. */
const signed = { authorization: 'Bearer bench' };
const chat = (prompt: string, stream: boolean) => ({ model, stream, messages: messages(prompt) });
const messagesBody = (prompt: string, stream: boolean) => ({
  model,
  stream,
  max_tokens: 8192,
  messages: messages(prompt),
});
/** How Portkey is told where Bedrock is. */
const portkey = (endpoint: string) => ({
  'x-portkey-provider': 'bedrock',
  'x-portkey-aws-region': 'us-east-1',
  'x-portkey-aws-access-key-id': 'AKIDEXAMPLE',
  'x-portkey-aws-secret-access-key': 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  'x-portkey-custom-host': endpoint,
});
const portkeyModel = 'us.anthropic.claude-haiku-4-5-20251001-v1:0';

export const protocols = {
  'ws-model': {
    open: (host: string) => upgrade(host, `/ws/model?model=${model}&streaming=1`),
    ask: (_host: string, prompt: string) => textFrame(prompt),
  },
  ws: {
    open: (host: string) => upgrade(host, '/ws', 'streambed.v1'),
    ask: (_host: string, prompt: string) =>
      textFrame(
        JSON.stringify({
          type: 'generate',
          id: randomUUID(),
          request: { model, max_tokens: 8192, messages: messages(prompt) },
        }),
      ),
    end: '"generation_stop"',
  },
  sse: post('/streambed/v1/generations', (prompt) => ({
    request: { model, max_tokens: 8192, messages: messages(prompt) },
  })),
  anthropic: post('/v1/messages', (prompt) => messagesBody(prompt, true), {
    'anthropic-version': '2023-06-01',
  }),
  openai: post('/v1/chat/completions', (prompt) => chat(prompt, true)),
  bedrock: post(`${conversePath}/converse-stream`, converse, signed),
  'anthropic-whole': whole('/v1/messages', (prompt) => messagesBody(prompt, false), {
    'anthropic-version': '2023-06-01',
  }),
  'openai-whole': whole('/v1/chat/completions', (prompt) => chat(prompt, false)),
  'bedrock-whole': whole(`${conversePath}/converse`, converse, signed),
  /** The other servers' own routes: a prompt in, Server-Sent Events or JSON out. */
  chat: post('/chat', (prompt) => ({ prompt })),
  'chat-whole': whole('/chat', (prompt) => ({ prompt, stream: false })),
} satisfies Record<string, Protocol>;

/** Portkey's protocol depends on where Bedrock is. */
export function portkeyProtocol(endpoint: string, stream: boolean): Protocol {
  const body = (prompt: string) => ({ ...chat(prompt, stream), model: portkeyModel, max_tokens: 8192 });
  return (stream ? post : whole)('/v1/chat/completions', body, portkey(endpoint));
}

function upgrade(host: string, path: string, protocol?: string): Buffer {
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...(protocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
}

/** A client's text frame. Its mask is zero, which leaves the text as it is. */
function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const { length } = payload;
  const head = length < 126 ? [0x81, 0x80 | length] : [0x81, 0x80 | 126, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), payload]);
}
