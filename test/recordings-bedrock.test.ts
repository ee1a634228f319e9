import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { GenerationEvent } from '@streambed/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunningServer } from '../apps/server/src/server.ts';
import { seededRandom } from './support/random.ts';
import { describeWithRecordings, type Recording, responseBytes } from './support/recordings.ts';
import { exchangeOf, type ReplayServer, startReplayServer } from './support/replay-server.ts';
import { startInProcess, upstreamAt } from './support/servers.ts';

/**
 * Recorded answers of the real Bedrock, cut at random places, through Streambed's own Bedrock API: what comes out must be
 * what went in, to the byte, and the official SDK must read the same from here as from where it came from.
 */

const operations: Readonly<Record<string, string>> = {
  InvokeModel: 'invoke',
  InvokeModelWithResponseStream: 'invoke-with-response-stream',
  Converse: 'converse',
  ConverseStream: 'converse-stream',
};

/** For what names no model: a refusal is the same for every one. */
const someModel = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';

/** These are about the credentials of whoever calls Bedrock, here Streambed: its own callers get another error. */
const aboutCredentials = /expired|unrecognized-client|signature/;

describeWithRecordings("recorded answers through the server's Bedrock API", (recordings) => {
  const known = recordings.filter(({ operation }) => operations[operation] !== undefined);
  const good = known.filter(({ response, fidelity }) => response.status === 200 && fidelity !== 'reported');
  const refused = known.filter(
    ({ name, response }) => [400, 403, 404].includes(response.status) && !aboutCredentials.test(name),
  );
  const byName = new Map(known.map((recording) => [recording.name, recording]));
  const random = seededRandom('places to cut the recorded streams');
  let answering: Recording;
  let replay: ReplayServer;
  let server: RunningServer;

  beforeAll(async () => {
    replay = await startReplayServer({ random, answer: () => exchangeOf(answering) });
    server = await startInProcess(upstreamAt(replay.url));
  });
  afterAll(async () => {
    await server?.stop();
    await replay?.[Symbol.asyncDispose]();
  });

  const pick = (name: string) => {
    answering = byName.get(name) as Recording;
    return answering;
  };

  describe('the bytes', () => {
    test.for(good.map(({ name }) => name))('%s', async (name) => {
      const { operation, modelId, request, response } = pick(name);
      const path = `/model/${encodeURIComponent(modelId ?? '')}/${operations[operation]}`;
      const answer = await fetch(`${server.url}${path}`, {
        method: 'POST',
        body: JSON.stringify(request.body),
      });
      expect(Buffer.from(await answer.arrayBuffer()).equals(responseBytes(answering))).toBe(true);
      expect(answer.status).toBe(200);
      for (const [header, value] of Object.entries(response.headers)) {
        if (/^(content-type|x-amzn-)/i.test(header)) expect(answer.headers.get(header), header).toBe(value);
      }
      const events = await eventsOf(server, answer.headers.get('x-streambed-generation') ?? '');
      expect(events[0]?.type).toBe(events.length === 1 ? 'generation_stop' : 'message_start');
      expect(events.at(-1)).toMatchObject({
        type: 'generation_stop',
        state: name.includes('midstream') ? 'failed' : 'completed',
      });
    });
  });

  describe('what the official SDK reads', () => {
    test.for(good.map(({ name }) => name))('%s', async (name) => {
      const recording = pick(name);
      const there = await read(recording, replay.url);
      expect(await read(recording, server.url)).toEqual(there);
    });

    test.for(refused.map(({ name }) => name))('%s: the same refusal', async (name) => {
      const recording = pick(name);
      const there = (await read(recording, replay.url)) as { error: { name: string } };
      const here = (await read(recording, server.url)) as { error: { name: string } };
      // Some were reported without the header that names them: here they have a name.
      if (there.error.name !== 'Unknown') expect(here.error.name).toBe(there.error.name);
      expect(here.error.name).toMatch(/^(Validation|AccessDenied|ResourceNotFound)Exception$/);
      expect(here).toMatchObject({ status: recording.response.status });
    });
  });
});

/** The generation as others read it, once it is over. */
async function eventsOf({ url }: RunningServer, generation: string): Promise<readonly GenerationEvent[]> {
  const answer = await fetch(`${url}/streambed/v1/generations/${generation}/events`);
  const lines = (await answer.text()).split('\n').filter((line) => line.startsWith('data: '));
  // The first says only that it is attached.
  return lines.slice(1).map((line) => JSON.parse(line.slice('data: '.length)) as GenerationEvent);
}

/** What the SDK makes of a recording that is served at `url`, a failure included. */
async function read({ operation, modelId }: Recording, url: string): Promise<unknown> {
  const client = new BedrockRuntimeClient({
    endpoint: url,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    requestHandler: new NodeHttpHandler(),
  });
  const id = { modelId: modelId ?? someModel };
  const messages = [{ role: 'user' as const, content: [{ text: 'x' }] }];
  const seen: unknown[] = [];
  try {
    switch (operation) {
      case 'InvokeModel': {
        const { body, contentType } = await client.send(new InvokeModelCommand({ ...id, body: '{}' }));
        seen.push(body.transformToString(), contentType);
        break;
      }
      case 'Converse': {
        const { $metadata: _, ...answer } = await client.send(new ConverseCommand({ ...id, messages }));
        seen.push(answer);
        break;
      }
      case 'InvokeModelWithResponseStream': {
        const { body = [] } = await client.send(
          new InvokeModelWithResponseStreamCommand({ ...id, body: '{}' }),
        );
        for await (const event of body) seen.push(Buffer.from(event.chunk?.bytes ?? []).toString('utf8'));
        break;
      }
      default: {
        const { stream = [] } = await client.send(new ConverseStreamCommand({ ...id, messages }));
        for await (const event of stream) seen.push(event);
      }
    }
    return { seen };
  } catch (thrown) {
    const { name, message, $metadata } = thrown as Error & { $metadata?: { httpStatusCode?: number } };
    return { seen, error: { name, message }, status: $metadata?.httpStatusCode };
  } finally {
    client.destroy();
  }
}
