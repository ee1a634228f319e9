import { createServer } from 'node:http';
import { InvokeModelCommand, InvokeModelWithResponseStreamCommand } from '@aws-sdk/client-bedrock-runtime';
import { type WebSocket, WebSocketServer } from 'ws';
import { serve } from '../process.ts';
import {
  bedrockClient,
  claudeBody,
  claudeDelta,
  claudeModel,
  claudeText,
  listening,
} from './official-sdk.ts';

/**
 * The tutorial's system, written in TypeScript the way its documentation and the AWS SDK's suggest: one client, one
 * WebSocket server, one command a prompt, one `send` a text delta.
 */
await serve(async () => {
  const client = bedrockClient();
  const decoder = new TextDecoder();

  async function answer(socket: WebSocket, streaming: boolean, prompt: string): Promise<void> {
    const request = {
      modelId: claudeModel,
      contentType: 'application/json',
      body: JSON.stringify(claudeBody(prompt)),
    };
    if (!streaming) {
      const { body } = await client.send(new InvokeModelCommand(request));
      socket.send(claudeText(JSON.parse(decoder.decode(body))));
      return;
    }
    const { body } = await client.send(new InvokeModelWithResponseStreamCommand(request));
    for await (const event of body ?? []) {
      if (event.chunk?.bytes === undefined) continue;
      const text = claudeDelta(JSON.parse(decoder.decode(event.chunk.bytes)));
      if (text) socket.send(text);
    }
  }

  const server = createServer();
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket, request) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const streaming = ['1', 'true', 'yes'].includes(searchParams.get('streaming') ?? '0');
    socket.on('message', (data) => {
      answer(socket, streaming, data.toString()).catch((error: unknown) =>
        socket.send(`error: ${error instanceof Error ? error.message : error}`),
      );
    });
  });
  return listening(server);
});
