import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';

export const claudeModel = 'us.anthropic.claude-haiku-4-5-20251001-v1:0';

/**
 * The official client as its documentation makes it, with as many connections as there are streams, over HTTP/1.1: its
 * HTTP/2 handler, the default, costs it about a tenth more a token here.
 */
export function bedrockClient(): BedrockRuntimeClient {
  return new BedrockRuntimeClient({
    region: 'us-east-1',
    endpoint: process.env.BENCH_ENDPOINT as string,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' },
    requestHandler: new NodeHttpHandler({
      httpAgent: { maxSockets: 4000 },
      httpsAgent: { maxSockets: 4000 },
    }),
  });
}

export function claudeBody(prompt: string): object {
  return {
    anthropic_version: 'bedrock-2023-05-31',
    max_tokens: 8192,
    messages: [{ role: 'user', content: prompt }],
  };
}

export function claudeDelta(event: {
  type: string;
  delta?: { type: string; text?: string };
}): string | undefined {
  return event.type === 'content_block_delta' && event.delta?.type === 'text_delta'
    ? event.delta.text
    : undefined;
}

export function claudeText(answer: { content: { text: string }[] }): string {
  return answer.content[0]?.text ?? '';
}

/** Listens on a free port of loopback, and says where. */
export async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
