import OpenAI from 'openai';
import type { Response } from 'openai/resources/responses/responses';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunningServer } from '../../apps/server/src/server.ts';
import { seededRandom } from '../support/random.ts';
import { isSpokenStream, recordedAnswer } from '../support/recorded-answer.ts';
import { describeWithRecordings, type Recording } from '../support/recordings.ts';
import { exchangeOf, type ReplayServer, startReplayServer } from '../support/replay-server.ts';
import { startInProcess, upstreamAt } from '../support/servers.ts';

/** What an answer comes to, whoever tells it. */
interface Told {
  readonly text: string;
  readonly thinking: string;
  readonly calls: readonly (readonly [id: string, name: string, input: unknown])[];
  readonly ending: readonly [status: string | undefined, why: string | null];
  readonly usage: readonly [input: number | undefined, output: number | undefined];
}

/** Every streamed recording, as the official client of the Responses API reports it. */
describeWithRecordings('recorded streams, as responses', (recordings) => {
  const random = seededRandom('places to cut the recorded streams');
  let replay: ReplayServer;
  let server: RunningServer;
  let client: OpenAI;
  let current: Recording;

  beforeAll(async () => {
    replay = await startReplayServer({ random, answer: () => exchangeOf(current) });
    server = await startInProcess(upstreamAt(replay.url));
    client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 });
  });
  afterAll(async () => {
    await server?.stop();
    await replay?.[Symbol.asyncDispose]();
  });

  test.each(recordings.filter(isSpokenStream).map((recording) => [recording.name, recording] as const))(
    '%s',
    async (_name, recording) => {
      current = recording;
      const asked = {
        model: recording.modelId ?? '',
        input: 'Hi',
        max_output_tokens: 512,
        ...(recording.operation === 'ConverseStream' && { bedrock: { api: 'converse' } }),
      };
      const streamed = await client.responses.stream(asked).finalResponse();
      expect(told(streamed)).toEqual(recorded(recording));
      // Read again, it is the same to the last event.
      const again = await client.responses.stream({ response_id: streamed.id }).finalResponse();
      expect(again.output).toEqual(streamed.output);
      expect(told(await client.responses.create(asked))).toEqual(recorded(recording));
    },
  );
});

/** As the official client has it. */
function told({ output, status, incomplete_details: why, usage }: Response): Told {
  return {
    text: output
      .flatMap((item) => (item.type === 'message' ? item.content : []))
      .map((part) => (part.type === 'output_text' ? part.text : ''))
      .join(''),
    thinking: output
      .flatMap((item) => (item.type === 'reasoning' ? item.summary.map(({ text }) => text) : []))
      .join(''),
    calls: output.flatMap((item) =>
      item.type === 'function_call'
        ? [[item.call_id, item.name, JSON.parse(item.arguments) as unknown] as const]
        : [],
    ),
    ending: [status, why?.reason ?? null],
    usage: [usage?.input_tokens, usage?.output_tokens],
  };
}

/** What was recorded, in OpenAI's words and sums. */
function recorded(recording: Recording): Told {
  const { text, thinking, calls, stopReason, usage } = recordedAnswer(recording);
  const { input = 0, output = 0, cacheRead = 0, cacheWrite = 0 } = usage;
  return {
    text,
    thinking,
    calls,
    ending: endingOf(stopReason),
    usage: [input + cacheRead + cacheWrite, output],
  };
}

/** What an ending in AWS's or Anthropic's word is to OpenAI. */
function endingOf(stopReason: string): Told['ending'] {
  if (stopReason === 'max_tokens' || stopReason === 'length') return ['incomplete', 'max_output_tokens'];
  if (stopReason === 'guardrail_intervened') return ['incomplete', 'content_filter'];
  return ['completed', null];
}
