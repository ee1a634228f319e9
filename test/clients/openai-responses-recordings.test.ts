import OpenAI from 'openai';
import type { Response } from 'openai/resources/responses/responses';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunningServer } from '../../apps/server/src/server.ts';
import { type RawAnswer, rawStream } from '../support/converse-answers.ts';
import { nativeEvents, nativeText } from '../support/frames.ts';
import { seededRandom } from '../support/random.ts';
import { describeWithRecordings, type Recording, responseBytes } from '../support/recordings.ts';
import { exchangeOf, type ReplayServer, startReplayServer } from '../support/replay-server.ts';
import { startInProcess, upstreamAt } from '../support/servers.ts';

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

  const streams = recordings.filter(
    ({ operation, response, modelId, name }) =>
      response.status === 200 &&
      !name.startsWith('reported') &&
      (operation === 'ConverseStream' ||
        (operation === 'InvokeModelWithResponseStream' &&
          /anthropic\.claude|meta\.llama3/.test(modelId ?? ''))),
  );

  test.each(streams.map((recording) => [recording.name, recording] as const))(
    '%s',
    async (_name, recording) => {
      current = recording;
      const native = recording.operation !== 'ConverseStream';
      const asked = {
        model: recording.modelId ?? '',
        input: 'Hi',
        max_output_tokens: 512,
        ...(!native && { bedrock: { api: 'converse' } }),
      };
      const final = await client.responses.stream(asked).finalResponse();
      const said = native ? saidNatively(recording) : saidByConverse(rawStream(recording));
      expect(textsOf(final).join('')).toBe(said.text);
      expect(callsOf(final)).toEqual(said.calls);
      expect(thinkingOf(final)).toBe(said.thinking);
      expect([final.status, final.incomplete_details?.reason ?? null]).toEqual(said.ending);
      expect(final.usage).toMatchObject(said.usage);
      // Read again, it is the same to the last event.
      const again = await client.responses.stream({ response_id: final.id }).finalResponse();
      expect(again.output).toEqual(final.output);
    },
  );
});

interface Said {
  readonly text: string;
  readonly thinking: string;
  readonly calls: readonly unknown[];
  readonly ending: readonly [string, string | null];
  readonly usage: object;
}

function textsOf({ output }: Response): readonly string[] {
  return output.flatMap((item) =>
    item.type === 'message'
      ? item.content.flatMap((part) => (part.type === 'output_text' ? [part.text] : []))
      : [],
  );
}

function callsOf({ output }: Response): readonly unknown[] {
  return output.flatMap((item) =>
    item.type === 'function_call' ? [[item.call_id, item.name, JSON.parse(item.arguments) as unknown]] : [],
  );
}

function thinkingOf({ output }: Response): string {
  return output
    .flatMap((item) => (item.type === 'reasoning' ? item.summary.map(({ text }) => text) : []))
    .join('');
}

/** What an ending in AWS's or Anthropic's word is to OpenAI. */
function endingOf(stopReason: string): Said['ending'] {
  if (stopReason === 'max_tokens' || stopReason === 'length') return ['incomplete', 'max_output_tokens'];
  if (stopReason === 'guardrail_intervened') return ['incomplete', 'content_filter'];
  return ['completed', null];
}

/** Out of AWS's own JSON, with none of our code. */
function saidByConverse({ blocks, stopReason, usage }: RawAnswer): Said {
  const cached = (usage.cacheReadInputTokens ?? 0) + (usage.cacheWriteInputTokens ?? 0);
  return {
    text: blocks.map(({ text = '' }) => text).join(''),
    thinking: blocks.map(({ reasoningContent }) => reasoningContent?.reasoningText?.text ?? '').join(''),
    calls: blocks.flatMap(({ toolUse }) =>
      toolUse && toolUse.type !== 'server_tool_use' ? [[toolUse.toolUseId, toolUse.name, toolUse.input]] : [],
    ),
    ending: endingOf(stopReason),
    usage: { input_tokens: usage.inputTokens + cached, output_tokens: usage.outputTokens },
  };
}

/** A native event of Claude's or Llama's, as far as it is looked into here. */
interface Native {
  readonly type?: string;
  readonly index?: number;
  readonly delta?: {
    readonly stop_reason?: string;
    readonly thinking?: string;
    readonly partial_json?: string;
  };
  readonly content_block?: { readonly type: string; readonly id: string; readonly name: string };
  readonly stop_reason?: string | null;
  readonly usage?: { readonly output_tokens?: number };
  readonly 'amazon-bedrock-invocationMetrics'?: { readonly outputTokenCount: number };
}

/** Likewise, from a native stream of Claude or Llama. */
function saidNatively(recording: Recording): Said {
  const events = nativeEvents(responseBytes(recording));
  const natives = events as readonly Native[];
  const tools = natives.filter(({ content_block }) => content_block?.type === 'tool_use');
  const stopReason = natives
    .map(({ delta, stop_reason }) => delta?.stop_reason ?? stop_reason)
    .findLast(Boolean);
  const output =
    natives.findLast(({ type }) => type === 'message_delta')?.usage?.output_tokens ??
    natives.at(-1)?.['amazon-bedrock-invocationMetrics']?.outputTokenCount;
  return {
    text: events.map(nativeText).join(''),
    thinking: natives.map(({ delta }) => delta?.thinking ?? '').join(''),
    calls: tools.map(({ index, content_block }) => {
      const json = natives
        .filter((native) => native.index === index)
        .map(({ delta }) => delta?.partial_json ?? '');
      return [content_block?.id, content_block?.name, JSON.parse(json.join('') || '{}') as unknown];
    }),
    ending: endingOf(stopReason ?? ''),
    usage: { output_tokens: output },
  };
}
