import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunningServer } from '../../apps/server/src/server.ts';
import { chunkTexts } from '../support/frames.ts';
import { seededRandom } from '../support/random.ts';
import { isSpokenStream, recordedAnswer } from '../support/recorded-answer.ts';
import { describeWithRecordings, type Recording, responseBytes } from '../support/recordings.ts';
import {
  exchangeOf,
  modelAndOperation,
  type ReplayServer,
  startReplayServer,
} from '../support/replay-server.ts';
import { startInProcess, upstreamAt } from '../support/servers.ts';

/**
 * Recorded streams, byte for byte and cut at random places, go through the server's Anthropic surface and are read by
 * Anthropic's own client: what it reports is what was recorded.
 */

const operations: Readonly<Record<string, string>> = {
  ConverseStream: 'converse-stream',
  InvokeModelWithResponseStream: 'invoke-with-response-stream',
};

/** Anthropic's words for how an answer ended. */
const stopReasons: Readonly<Record<string, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  guardrail_intervened: 'refusal',
  content_filtered: 'refusal',
};

/** The end of a turn in the old text completion is its own stop sequence. */
const ended = (name: string, stopReason: string) =>
  name === 'invokestream-claude21-legacy-completion' ? 'end_turn' : (stopReasons[stopReason] ?? stopReason);

describeWithRecordings('recorded streams through the Anthropic surface', (recordings) => {
  const carried = new Map(recordings.filter(isSpokenStream).map((recording) => [recording.name, recording]));
  let replay: ReplayServer;
  let server: RunningServer;
  let client: Anthropic;

  beforeAll(async () => {
    replay = await startReplayServer({
      random: seededRandom('places to cut the streams for the Anthropic surface'),
      answer: ({ path, body }) => {
        const recording = carried.get(/recording:([\w.-]+)/.exec(body.toString('utf8'))?.[1] ?? '');
        const operation = modelAndOperation(path)?.operation;
        return recording !== undefined && operations[recording.operation] === operation
          ? exchangeOf(recording)
          : undefined;
      },
    });
    server = await startInProcess(upstreamAt(replay.url));
    client = new Anthropic({ baseURL: server.url, apiKey: 'none', maxRetries: 0 });
  });
  afterAll(async () => {
    await server?.stop();
    await replay?.[Symbol.asyncDispose]();
  });

  function paramsFor({ name, modelId, operation }: Recording) {
    return {
      model: modelId as string,
      max_tokens: 256,
      messages: [{ role: 'user' as const, content: `recording:${name}` }],
      // Claude and Llama are called natively otherwise.
      ...(operation === 'ConverseStream' && { bedrock: { api: 'converse' } }),
    };
  }

  function check(name: string, message: Anthropic.Message): void {
    const { text, thinking, calls, stopReason, usage } = recordedAnswer(carried.get(name) as Recording);
    const { content } = message;
    expect(content.map((block) => (block.type === 'text' ? block.text : '')).join('')).toBe(text);
    expect(content.map((block) => (block.type === 'thinking' ? block.thinking : '')).join('')).toBe(thinking);
    expect(
      content.flatMap((block) => (block.type === 'tool_use' ? [[block.id, block.name, block.input]] : [])),
    ).toEqual(calls);
    expect(message.stop_reason).toBe(ended(name, stopReason));
    expect(message.usage).toMatchObject({
      input_tokens: usage.input ?? 0,
      output_tokens: usage.output ?? 0,
      ...(usage.cacheRead !== undefined && { cache_read_input_tokens: usage.cacheRead }),
      ...(usage.cacheWrite !== undefined && { cache_creation_input_tokens: usage.cacheWrite }),
    });
  }

  test('there are recordings of both kinds of stream', () => {
    const kinds = new Set([...carried.values()].map(({ operation }) => operation));
    expect([...kinds].sort()).toEqual(Object.keys(operations));
  });

  describe('streamed', () => {
    test.for([...carried.keys()])('%s', async (name) => {
      const stream = client.messages.stream(paramsFor(carried.get(name) as Recording));
      check(name, await stream.finalMessage());
    });
  });

  describe('whole', () => {
    test.for([...carried.keys()])('%s', async (name) => {
      check(name, await client.messages.create(paramsFor(carried.get(name) as Recording)));
    });
  });

  describe('verbatim: Claude’s events reach the caller with the text they came in', () => {
    const native = [...carried.values()].filter(
      ({ operation, modelId, name }) =>
        operation !== 'ConverseStream' && modelId?.includes('claude') === true && !name.includes('legacy'),
    );
    test.for(native.map(({ name }) => name))('%s', async (name) => {
      const recording = carried.get(name) as Recording;
      const response = await fetch(`${server.url}/v1/messages`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...paramsFor(recording), stream: true }),
      });
      const sent = [...(await response.text()).matchAll(/^data: (.*)$/gm)].map(([, data]) => data);
      const came = chunkTexts(responseBytes(recording));
      // Only the last one holds something of Bedrock's, which is taken out.
      expect(sent.slice(0, -1)).toEqual(came.slice(0, -1));
      expect(sent.at(-1)).toBe('{"type":"message_stop"}');
    });
  });
});
