import OpenAI from 'openai';
import type { ChatCompletion } from 'openai/resources/chat/completions';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunningServer } from '../../apps/server/src/server.ts';
import { rawStream, saidByAws } from '../support/converse-answers.ts';
import { nativeEvents, nativeText } from '../support/frames.ts';
import { seededRandom } from '../support/random.ts';
import { describeWithRecordings, type Recording, responseBytes } from '../support/recordings.ts';
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

/** Read out of AWS's own JSON, with none of our code. */
function recorded(recording: Recording): Told {
  return recording.operation === 'ConverseStream' ? ofConverse(recording) : ofNative(recording);
}

function ofConverse(recording: Recording): Told {
  const { blocks, stopReason, usage } = rawStream(recording);
  const said = saidByAws(blocks);
  const joined = (kind: string) =>
    said
      .filter(([is]) => is === kind)
      .map(([, text]) => String(text))
      .join('');
  const calls = said.flatMap(([kind, server, id, name, input]) =>
    kind === 'call' && server === false ? [[id, name, input] as Told['calls'][number]] : [],
  );
  const { inputTokens, outputTokens, cacheReadInputTokens = 0, cacheWriteInputTokens = 0 } = usage;
  return {
    text: joined('text'),
    thinking: joined('thinking'),
    calls,
    reason: reasons[stopReason] ?? `no word for ${stopReason}`,
    prompt: inputTokens + cacheReadInputTokens + cacheWriteInputTokens,
    completion: outputTokens,
  };
}

interface NativeUsage {
  readonly input_tokens?: number;
  readonly output_tokens?: number;
  readonly cache_read_input_tokens?: number;
  readonly cache_creation_input_tokens?: number;
}

interface Native {
  readonly index?: number;
  readonly content_block?: { readonly type: string; readonly id: string; readonly name: string };
  readonly delta?: {
    readonly thinking?: string;
    readonly partial_json?: string;
    readonly stop_reason?: string;
  };
  readonly message?: { readonly usage: NativeUsage };
  readonly usage?: NativeUsage;
  readonly stop_reason?: string | null;
  readonly 'amazon-bedrock-invocationMetrics'?: {
    readonly inputTokenCount: number;
    readonly outputTokenCount: number;
  };
}

function ofNative(recording: Recording): Told {
  const events = nativeEvents(responseBytes(recording));
  const natives = events as readonly Native[];
  const last = <T>(find: (native: Native) => T | null | undefined) =>
    natives.map(find).findLast((value) => value !== undefined && value !== null);
  const usage: NativeUsage = Object.assign(
    {},
    ...natives.flatMap(({ message, usage: more }) => [message?.usage, more]),
  );
  const metrics = last((native) => native['amazon-bedrock-invocationMetrics']);
  const calls = natives.flatMap(({ index, content_block: block }) => {
    if (block?.type !== 'tool_use') return [];
    const json = natives.map((native) => (native.index === index ? (native.delta?.partial_json ?? '') : ''));
    return [[block.id, block.name, JSON.parse(json.join('') || '{}') as unknown] as const];
  });
  const reason = last(({ delta, stop_reason }) => delta?.stop_reason ?? stop_reason) ?? '';
  return {
    text: events.map(nativeText).join(''),
    thinking: natives.map(({ delta }) => delta?.thinking ?? '').join(''),
    calls,
    reason: reasons[reason] ?? `no word for ${reason}`,
    prompt:
      (usage.input_tokens ?? metrics?.inputTokenCount ?? 0) +
      (usage.cache_read_input_tokens ?? 0) +
      (usage.cache_creation_input_tokens ?? 0),
    completion: usage.output_tokens ?? metrics?.outputTokenCount ?? 0,
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

const isSpoken = ({ operation, modelId, response }: Recording) =>
  response.status === 200 &&
  (operation === 'ConverseStream' ||
    (operation === 'InvokeModelWithResponseStream' &&
      /(^|\.)(anthropic\.claude|meta\.llama)/.test(modelId ?? '')));

describeWithRecordings('recorded streams, as chat completions', (recordings) => {
  const spoken = recordings.filter(isSpoken);
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
