import OpenAI from 'openai';
import type { ChatCompletion } from 'openai/resources/chat/completions';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunningServer } from '../../apps/server/src/server.ts';
import { seededRandom } from '../support/random.ts';
import { isSpokenStream, recordedAnswer } from '../support/recorded-answer.ts';
import { describeWithRecordings, type Recording } from '../support/recordings.ts';
import { exchangeOf, type ReplayServer, startReplayServer } from '../support/replay-server.ts';
import { startInProcess, upstreamAt } from '../support/servers.ts';

/**
 * Every recorded stream that a chat completion can carry goes through the whole running server: the official client must
 * report the text, the thinking, the calls, the reason and the counts that the recording holds.
 */

/** What an answer comes to, whoever tells it. */
interface Told {
  readonly text: string;
  readonly thinking: string;
  readonly calls: readonly (readonly [id: string, name: string, input: unknown])[];
  readonly reason: string;
  readonly prompt: number;
  readonly completion: number;
}

const reasons: Readonly<Record<string, string>> = {
  end_turn: 'stop',
  stop: 'stop',
  stop_sequence: 'stop',
  tool_use: 'tool_calls',
  max_tokens: 'length',
  length: 'length',
  guardrail_intervened: 'content_filter',
};

/** What was recorded, in OpenAI's words and sums. */
function recorded(recording: Recording): Told {
  const { text, thinking, calls, stopReason, usage } = recordedAnswer(recording);
  const { input = 0, output = 0, cacheRead = 0, cacheWrite = 0 } = usage;
  return {
    text,
    thinking,
    calls,
    reason: reasons[stopReason] ?? `no word for ${stopReason}`,
    prompt: input + cacheRead + cacheWrite,
    completion: output,
  };
}

/** As the official client has it. */
function told({ choices, usage }: ChatCompletion): Told {
  const [choice] = choices;
  const message = choice?.message as ChatCompletion.Choice['message'] & {
    readonly reasoning_details?: readonly { readonly text?: string }[];
  };
  return {
    text: message.content ?? '',
    thinking: (message.reasoning_details ?? []).map(({ text = '' }) => text).join(''),
    calls: (message.tool_calls ?? []).map((call) =>
      call.type === 'function'
        ? [call.id, call.function.name, JSON.parse(call.function.arguments) as unknown]
        : ['', call.type, {}],
    ),
    reason: choice?.finish_reason ?? 'none',
    prompt: usage?.prompt_tokens ?? -1,
    completion: usage?.completion_tokens ?? -1,
  };
}

describeWithRecordings('recorded streams, as chat completions', (recordings) => {
  const spoken = recordings.filter(isSpokenStream);
  let replay: ReplayServer;
  let server: RunningServer;
  let client: OpenAI;

  beforeAll(async () => {
    const answer = ({ body }: { readonly body: Buffer }) => {
      const name = /recording:([\w.-]+)/.exec(body.toString('utf8'))?.[1];
      const recording = spoken.find((one) => one.name === name);
      return recording === undefined ? undefined : exchangeOf(recording);
    };
    replay = await startReplayServer({ random: seededRandom('chat completions'), answer });
    server = await startInProcess(upstreamAt(replay.url));
    client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 });
  });
  afterAll(async () => {
    await server?.stop();
    await replay?.[Symbol.asyncDispose]();
  });

  test('there are some of both kinds', () => {
    const streams = spoken.filter(({ operation }) => operation === 'ConverseStream');
    expect(streams.length).toBeGreaterThan(20);
    expect(spoken.length - streams.length).toBeGreaterThanOrEqual(10);
  });

  test.for(spoken.map((recording) => [recording.name, recording] as const))(
    '%s',
    async ([name, recording]) => {
      const request = {
        model: recording.modelId as string,
        messages: [{ role: 'user' as const, content: `recording:${name}` }],
        stream_options: { include_usage: true },
        bedrock: recording.operation === 'ConverseStream' ? { api: 'converse' } : {},
      };
      const expected = recorded(recording);
      const streamed = await client.chat.completions.stream(request).finalChatCompletion();
      expect(told(streamed)).toEqual(expected);
      const { stream_options: _, ...about } = request;
      expect(told(await client.chat.completions.create(about))).toEqual(expected);
    },
  );
});
