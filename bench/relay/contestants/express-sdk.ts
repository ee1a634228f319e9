import { createServer } from 'node:http';
import { InvokeModelCommand, InvokeModelWithResponseStreamCommand } from '@aws-sdk/client-bedrock-runtime';
import express from 'express';
import { serve } from '../process.ts';
import {
  bedrockClient,
  claudeBody,
  claudeDelta,
  claudeModel,
  claudeText,
  listening,
} from './official-sdk.ts';

/** What most people write: Express, the official SDK, a Server-Sent Event a text delta. */
await serve(async () => {
  const client = bedrockClient();
  const decoder = new TextDecoder();
  const app = express();
  app.use(express.json());
  app.post('/chat', async (request, response) => {
    const { prompt, stream = true } = request.body as { prompt: string; stream?: boolean };
    const command = {
      modelId: claudeModel,
      contentType: 'application/json',
      body: JSON.stringify(claudeBody(prompt)),
    };
    if (!stream) {
      const { body } = await client.send(new InvokeModelCommand(command));
      response.json({ text: claudeText(JSON.parse(decoder.decode(body))) });
      return;
    }
    response.setHeader('content-type', 'text/event-stream');
    const { body } = await client.send(new InvokeModelWithResponseStreamCommand(command));
    for await (const event of body ?? []) {
      if (event.chunk?.bytes === undefined) continue;
      const text = claudeDelta(JSON.parse(decoder.decode(event.chunk.bytes)));
      if (text) response.write(`data: ${JSON.stringify({ text })}\n\n`);
    }
    response.end('data: [DONE]\n\n');
  });
  return listening(createServer(app));
});
