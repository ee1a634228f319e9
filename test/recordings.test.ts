import { randomUUID } from 'node:crypto';
import { emptyMessage, fold, type GenerationEvent } from '@streambed/protocol';
import type { ServerFrame } from '@streambed/protocol/frames';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunningServer } from '../apps/server/src/server.ts';
import { claudeEvents, nativeEvents, nativeText, splitFrames, streamBody } from './support/frames.ts';
import { seededRandom } from './support/random.ts';
import { describeWithRecordings, type Recording, responseBytes } from './support/recordings.ts';
import {
  awsError,
  type Exchange,
  exchangeOf,
  modelAndOperation,
  type ReplayedRequest,
  type ReplayServer,
  startReplayServer,
} from './support/replay-server.ts';
import { startInProcess, upstreamAt } from './support/servers.ts';
import { connect } from './support/websocket.ts';

/**
 * The proof that Streambed speaks to the real Bedrock: its recorded answers, byte for byte and cut at random places,
 * go through the whole running server over real sockets.
 */

/** A stand-in for a recording that names no model of Claude's or Llama's: errors are the same for every model. */
const someClaude = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';

/** The prompt names the recording that answers it: `/ws/model` makes its own request body, so the body can't be matched. */
const promptFor = (name: string) => `recording:${name}`;

/** A prompt whose answer, an error of this text, shows that the answer before it is over: `/ws/model` has no end mark. */
const endPrompt = promptFor('none');
const endText = 'the end of the test';
const isEnd = (message: string) => message.startsWith('error: ') && message.includes(endText);

/** What an error recording must say, to a person, in the one line that `/ws/model` sends. */
const errorTexts: Readonly<Record<string, RegExp>> = {
  'error-400-converse-context-length': /longer than|too long|exceed/i,
  'error-400-converse-document-source': /document/i,
  'error-400-converse-malformed-toolresult': /malformed|toolresult|tool result/i,
  'error-400-converse-s3uri-unsupported': /s3/i,
  'error-400-conversestream-invalid-model': /has no model .*AWS_REGION/,
  'error-400-counttokens-invalid-model': /has no model .*AWS_REGION/,
  'error-400-counttokens-unsupported-profile': /counting tokens/i,
  'error-400-invoke-invalid-model': /has no model .*AWS_REGION/,
  'error-400-invokestream-malformed-native-body': /extraneous key \[inputText\] is not permitted/,
  'error-403-converse-expired-token': /expired/i,
  'error-403-converse-unrecognized-client': /did not accept the credentials|security token/i,
  'error-403-invoke-no-model-access': /no access to .*modelaccess/,
  'error-403-invoke-signature-expired': /clock/i,
  'error-503-invoke-model-throttled': /throttl/i,
  'reported-error-400-on-demand-unsupported': /inference profile/i,
  'reported-error-403-account-not-authorized': /not authorized|denied/i,
  'reported-error-403-api-key-unsupported-operation': /API keys?/i,
  'reported-error-403-iam-denied': /bedrock:InvokeModel/,
  'reported-error-404-end-of-life': /end of (its )?life/i,
  'reported-error-404-legacy-inactive': /legacy/i,
  'reported-error-429-too-many-requests': /too many requests|throttl/i,
  'reported-error-429-too-many-tokens': /too many tokens|throttl/i,
};

/**
 * Recorded from Nova, whose native events no family here speaks: its exception frame is replayed as recorded, behind
 * text of Claude's.
 */
const midstream = 'invokestream-nova-midstream-modelStreamErrorException';

const isNative = ({ operation }: Recording) =>
  operation === 'InvokeModel' || operation === 'InvokeModelWithResponseStream';
const isStream = ({ operation }: Recording) => operation === 'InvokeModelWithResponseStream';
const isSpoken = (recording: Recording) =>
  isNative(recording) &&
  recording.response.status === 200 &&
  /(^|\.)(anthropic\.claude|meta\.llama)/.test(recording.modelId ?? '');
const baseOf = (id: string) => id.replace(/^(us|us-gov|eu|apac|jp|au|ca|in|global)\.(?=[a-z0-9]+\.)/, '');

describeWithRecordings('recorded answers through the whole server', (recordings) => {
  const byName = new Map(recordings.map((recording) => [recording.name, recording]));
  const random = seededRandom('places to cut the recorded streams');
  let replay: ReplayServer;
  let server: RunningServer;

  beforeAll(async () => {
    replay = await startReplayServer({ random, answer: (request) => answerTo(request, byName) });
    server = await startInProcess(upstreamAt(replay.url));
  });
  afterAll(async () => {
    await server?.stop();
    await replay?.[Symbol.asyncDispose]();
  });

  /** What `/ws/model` sends for one prompt, before the end mark. */
  async function ask(recording: Recording, model: string): Promise<readonly string[]> {
    const streaming = isStream(recording) ? '1' : '0';
    const query = new URLSearchParams({ model, streaming });
    await using socket = await connect(`${server.url}/ws/model?${query}`);
    socket.send(promptFor(recording.name));
    socket.send(endPrompt);
    return (await socket.until(isEnd)).slice(0, -1);
  }

  describe('text, over /ws/model', () => {
    test.for(recordings.filter(isSpoken).map(({ name }) => name))('%s', async (name) => {
      const recording = byName.get(name) as Recording;
      const pieces = textPieces(recording);
      const messages = await ask(recording, recording.modelId as string);
      expect(messages.filter((message) => message !== '')).toEqual(pieces);
      expect(messages.join('')).toBe(pieces.join(''));
    });
  });

  describe('events, over /ws', () => {
    test.for(
      recordings.filter((recording) => isSpoken(recording) && isStream(recording)).map(({ name }) => name),
    )('%s', async (name) => {
      const recording = byName.get(name) as Recording;
      await using socket = await connect(`${server.url}/ws`, { protocol: 'streambed.v1' });
      const id = randomUUID();
      socket.send(
        JSON.stringify({
          type: 'generate',
          id,
          request: {
            model: recording.modelId,
            max_tokens: 256,
            messages: [{ role: 'user', content: promptFor(name) }],
          },
        }),
      );
      const texts = await socket.until((text) => text.includes('"generation_stop"'));
      const frames = texts.map((text) => JSON.parse(text) as ServerFrame);
      const events = frames.flatMap((frame) => (frame.type === 'event' ? [frame] : []));
      expect(events.map(({ seq, from }) => [from ?? seq, seq])).toEqual(wholeSequence(events));

      const message = events
        .map(({ event }) => event)
        .reduce((so_far, event: GenerationEvent) => fold(so_far, event), emptyMessage);
      expect(message.content).toMatchObject(recordedContent(recording));
      const stop = events.at(-1)?.event;
      expect(stop).toMatchObject({ type: 'generation_stop', state: 'completed' });
      expect(message.stop_reason).not.toBeNull();
      expect(JSON.stringify(events)).not.toContain('amazon-bedrock-invocationMetrics');
    });
  });

  describe('errors, over /ws/model', () => {
    const errors = recordings.filter(({ response }) => response.status >= 400).map(({ name }) => name);

    test('every recorded error has its meaning written down here', () => {
      expect(Object.keys(errorTexts).sort()).toEqual([...errors].sort());
    });

    test.for(errors)('%s', async (name) => {
      const recording = byName.get(name) as Recording;
      const messages = await ask(recording, someClaude);
      expect(messages).toHaveLength(1);
      expect(messages[0]).toMatch(/^error: /);
      expect(messages[0]).toMatch(errorTexts[name] as RegExp);
    });

    test('reported-stream-serviceUnavailableException: the first and only frame is an exception', async () => {
      const name = 'reported-stream-serviceUnavailableException';
      const messages = await ask(byName.get(name) as Recording, someClaude);
      expect(messages).toEqual([expect.stringMatching(/^error: .*(unable to process|unavailable)/)]);
    });

    test(`${midstream}: an exception after text`, async () => {
      const messages = await ask(byName.get(midstream) as Recording, someClaude);
      expect(messages).toEqual([
        'Half ',
        'an answer',
        expect.stringMatching(/^error: .*unexpected error during processing/),
      ]);
    });
  });
});

/** The replay: which recording a prompt names, if the request asks for that model by that operation. */
function answerTo({ path, body }: ReplayedRequest, byName: ReadonlyMap<string, Recording>) {
  const text = body.toString('utf8');
  const name = /recording:([\w.-]+)/.exec(text)?.[1] ?? '';
  if (text.includes(endPrompt)) return awsError(400, 'ValidationException', endText);
  const recording = byName.get(name);
  const asked = modelAndOperation(path);
  if (recording?.name === midstream) return brokenOff(recording);
  if (recording === undefined || asked === undefined) return undefined;
  if (asked.operation !== (isStream(recording) ? 'invoke-with-response-stream' : 'invoke')) return undefined;
  const model = isSpoken(recording) ? (recording.modelId as string) : someClaude;
  return baseOf(asked.modelId) === baseOf(model) ? exchangeOf(recording) : undefined;
}

/** Two pieces of Claude's text, then the recording's last frame. */
function brokenOff(recording: Recording): Exchange {
  const begun = claudeEvents(['Half ', 'an answer']).slice(0, 4);
  const exception = splitFrames(responseBytes(recording)).at(-1) as Uint8Array;
  return { ...exchangeOf(recording), body: Buffer.concat([streamBody(begun), exception]) };
}

/** The recorded pieces of text, empty ones left out; one piece where the answer came whole. */
function textPieces(recording: Recording): readonly string[] {
  const natives = isStream(recording)
    ? nativeEvents(responseBytes(recording))
    : [recording.response.body as Record<string, unknown>];
  return natives.map(nativeText).filter((text) => text !== '');
}

/** The content blocks of a recorded stream: text and the arguments of tools, put together independently. */
function recordedContent(recording: Recording): readonly unknown[] {
  const natives = nativeEvents(responseBytes(recording));
  const tools = natives.flatMap(({ index, content_block }) => {
    const block = content_block as { type: string; id?: string; name?: string } | undefined;
    if (block?.type !== 'tool_use') return [];
    const json = natives
      .filter((native) => native.type === 'content_block_delta' && native.index === index)
      .map(({ delta }) => (delta as { partial_json?: string }).partial_json ?? '')
      .join('');
    return [{ type: 'tool_use', id: block.id, name: block.name, input: JSON.parse(json || '{}') as unknown }];
  });
  const text = natives.map(nativeText).join('');
  return [...(text === '' ? [] : [{ type: 'text', text }]), ...tools];
}

/** 1, 2, 3, … as `[from, seq]`, with no gap and no repeat, for as many events as came. */
function wholeSequence(events: readonly { readonly seq: number }[]): readonly [number, number][] {
  return events.map(({ seq }, index) => [(events[index - 1]?.seq ?? 0) + 1, seq]);
}
