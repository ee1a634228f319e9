import { once } from 'node:events';
import { connect } from 'node:http2';
import { Agent } from 'node:https';
import { BedrockRuntimeClient, InvokeModelCommand } from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { expect, it } from 'vitest';
import { haiku, messages } from '../test/ask.ts';
import { certificate, privateKey } from '../test/certificate.ts';
import { startEmulator } from './index.ts';

const tls = { cert: certificate, key: privateKey };

it('speaks HTTP/1.1 over TLS: an SDK with a bearer key', async () => {
  await using emulator = await startEmulator({ pace: 'instant', tls });
  expect(emulator.url).toBe(`https://127.0.0.1:${emulator.port}`);
  const client = new BedrockRuntimeClient({
    endpoint: emulator.url,
    region: 'us-east-1',
    token: { token: 'ABSKanything' },
    authSchemePreference: ['httpBearerAuth'],
    requestHandler: new NodeHttpHandler({ httpsAgent: new Agent({ ca: certificate }) }),
  });
  const answer = await client.send(
    new InvokeModelCommand({ modelId: haiku, body: JSON.stringify(messages('/say safe')) }),
  );
  expect(answer.body.transformToString()).toContain('safe');
  expect(emulator.requests[0]?.httpVersion).toBe('1.1');
  client.destroy();
});

it('speaks HTTP/2 over TLS, and stops in the middle of it', async () => {
  const emulator = await startEmulator({ tls });
  const session = connect(emulator.url, { ca: certificate });
  session.on('error', () => {});
  const stream = session.request({
    ':method': 'POST',
    ':path': `/model/${haiku}/invoke-with-response-stream`,
    authorization: 'Bearer x',
  });
  stream.on('error', () => {});
  stream.end(JSON.stringify(messages('/pace 50\n/long 500')));
  await once(stream, 'data');
  expect(session.alpnProtocol).toBe('h2');
  expect(emulator.requests[0]?.httpVersion).toBe('2.0');
  await emulator.stop();
  expect(emulator.requests[0]?.endedBy).toBe('stop');
});
