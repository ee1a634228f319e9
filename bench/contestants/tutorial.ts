import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  BedrockRuntimeClient,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { type WebSocket, WebSocketServer } from 'ws';
import { serveContestant } from '../child.ts';

/**
 * The tutorial's system, written in TypeScript the way its documentation and the AWS SDK's suggest: one client, one
 * WebSocket server, one command a prompt, one `send` a text delta. `--http1` swaps the SDK's default HTTP/2 for its
 * HTTP/1.1 handler, and changes nothing else.
 */

const models = {
  anthropic: {
    id: 'us.anthropic.claude-haiku-4-5-20251001-v1:0',
    body: (prompt: string) => ({
      anthropic_version: 'bedrock-2023-05-31',
      max_tokens: 8192,
      messages: [{ role: 'user', content: prompt }],
    }),
    whole: (answer: { content: { text: string }[] }) => answer.content[0]?.text ?? '',
    delta: (event: { type: string; delta?: { type: string; text?: string } }) =>
      event.type === 'content_block_delta' && event.delta?.type === 'text_delta'
        ? event.delta.text
        : undefined,
  },
  llama3: {
    id: 'us.meta.llama3-3-70b-instruct-v1:0',
    body: (prompt: string) => ({
      prompt:
        '<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\n' +
        `${prompt}<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n`,
      max_gen_len: 2048,
    }),
    whole: (answer: { generation: string }) => answer.generation,
    delta: (event: { generation?: string }) => event.generation,
  },
};

await serveContestant(async (endpoint) => {
  const client = new BedrockRuntimeClient({
    region: 'us-east-1',
    endpoint,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' },
    ...(process.argv.includes('--http1') && {
      requestHandler: new NodeHttpHandler({ httpAgent: { maxSockets: 1000 } }),
    }),
  });
  const decoder = new TextDecoder();

  async function answer(socket: WebSocket, name: keyof typeof models, streaming: boolean, prompt: string) {
    const model = models[name];
    const request = {
      modelId: model.id,
      contentType: 'application/json',
      body: JSON.stringify(model.body(prompt)),
    };
    if (!streaming) {
      const { body } = await client.send(new InvokeModelCommand(request));
      socket.send(model.whole(JSON.parse(decoder.decode(body))));
      return;
    }
    const { body } = await client.send(new InvokeModelWithResponseStreamCommand(request));
    for await (const event of body ?? []) {
      if (event.chunk?.bytes === undefined) continue;
      const text = model.delta(JSON.parse(decoder.decode(event.chunk.bytes)));
      if (text) socket.send(text);
    }
  }

  const server = createServer();
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket, request) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const name = searchParams.get('model') === 'llama3' ? 'llama3' : 'anthropic';
    const streaming = ['1', 'true', 'yes'].includes(searchParams.get('streaming') ?? '0');
    socket.on('message', (data) => {
      answer(socket, name, streaming, data.toString()).catch((error: unknown) =>
        socket.send(`error: ${error instanceof Error ? error.message : error}`),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
