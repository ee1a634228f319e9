import { createServer } from 'node:http';
import { createAmazonBedrock } from '@ai-sdk/amazon-bedrock';
import { generateText, streamText } from 'ai';
import { serve } from '../process.ts';
import { claudeModel, listening } from './official-sdk.ts';

/** The AI SDK: `streamText`, and its own Server-Sent Events. */
await serve(async () => {
  const bedrock = createAmazonBedrock({
    region: 'us-east-1',
    baseURL: process.env.BENCH_ENDPOINT as string,
    accessKeyId: 'AKIDEXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  });
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (text) => {
      body += text;
    });
    request.on('end', async () => {
      const { prompt, stream = true } = JSON.parse(body) as { prompt: string; stream?: boolean };
      const asked = { model: bedrock(claudeModel), prompt };
      if (stream) streamText(asked).pipeUIMessageStreamToResponse(response);
      else {
        const text = JSON.stringify({ text: (await generateText(asked)).text });
        response.setHeader('content-type', 'application/json');
        response.end(text);
      }
    });
  });
  return listening(server);
});
