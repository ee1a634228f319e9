import { afterEach, describe, expect, test } from 'vitest';
import { rawStream, rawWhole } from '../../../../test/support/converse-answers.ts';
import { exceptionFrame, splitFrames } from '../../../../test/support/frames.ts';
import { seededRandom } from '../../../../test/support/random.ts';
import {
  describeWithRecordings,
  type Recording,
  responseBytes,
} from '../../../../test/support/recordings.ts';
import {
  type Exchange,
  exchangeOf,
  modelAndOperation,
  type ReplayServer,
  startReplayServer,
} from '../../../../test/support/replay-server.ts';
import { clientAt, collect } from '../../test/run.ts';
import type { Bedrock } from '../index.ts';
import { fromConverseRequest } from './from-converse-request.ts';

/** Recorded answers over a real socket, cut at random places, through the client's front door. */
describeWithRecordings('Converse, all the way', (recordings) => {
  const random = seededRandom('places to cut the recorded streams');
  let server: ReplayServer | undefined;
  let bedrock: Bedrock | undefined;
  afterEach(async () => {
    await bedrock?.close();
    await server?.[Symbol.asyncDispose]();
  });

  async function ask(recording: Recording, exchange: Exchange) {
    server = await startReplayServer({ answer: () => exchange, random });
    bedrock = clientAt(server.url, { retry: { attempts: 1 } });
    const model = recording.modelId ?? '';
    const read = fromConverseRequest(recording.request.body, model.replace(/^(us|global)\./, ''));
    const request = {
      ...read,
      model,
      max_tokens: 4096,
      bedrock: { ...read.bedrock, api: 'converse' as const },
    };
    const stream = recording.operation === 'ConverseStream';
    const generation = bedrock.generate(request, {
      signal: AbortSignal.timeout(20_000),
      stream,
      generation: 'gen_test',
      project: 'search',
    });
    const { message, stop } = await collect(generation);
    const sent = server.requests.at(-1);
    return {
      message,
      stop,
      body: JSON.parse(sent?.body.toString('utf8') ?? '') as Record<string, unknown>,
      called: modelAndOperation(sent?.path ?? ''),
    };
  }

  const answers = recordings.filter(
    ({ operation, response, modelId }) =>
      /^Converse/.test(operation) &&
      response.status === 200 &&
      // Opaque: which model it is, only a configuration can say.
      !modelId?.includes('application-inference-profile'),
  );

  test.each(answers.map((recording) => [recording.name, recording] as const))(
    '%s',
    async (_name, recording) => {
      const { stop, message, body, called } = await ask(recording, exchangeOf(recording));
      const stream = recording.operation === 'ConverseStream';
      const raw = stream ? rawStream(recording) : rawWhole(recording);

      expect(stop).toMatchObject({
        type: 'generation_stop',
        state: 'completed',
        stop_reason: raw.stopReason,
      });
      expect(stop.bedrock?.metrics).toEqual(raw.metrics);
      expect(stop.usage).toMatchObject({
        input_tokens: raw.usage.inputTokens,
        output_tokens: raw.usage.outputTokens,
      });
      const text = raw.blocks
        .map(({ text, citationsContent }) =>
          [...(citationsContent?.content ?? []).map((piece) => piece.text), text ?? ''].join(''),
        )
        .join('');
      expect(message.content.map((block) => (block.type === 'text' ? block.text : '')).join('')).toBe(text);
      expect(message.id).toBe('msg_test');

      // Llama and its like refuse tools while they stream: their recordings with tools are of Converse, and asked so.
      expect(called?.operation).toBe(stream ? 'converse-stream' : 'converse');
      expect(body.requestMetadata).toEqual({ streambed_generation: 'gen_test', streambed_project: 'search' });
      expect(body.messages).toBeInstanceOf(Array);
    },
  );

  describe('when a stream breaks', () => {
    const recording = answers.find(
      ({ name }) => name === 'conversestream-claude4sonnet-thinking',
    ) as Recording;
    const frames = recording === undefined ? [] : splitFrames(responseBytes(recording));
    const after = (count: number, ...more: Uint8Array[]): Exchange => ({
      ...exchangeOf(recording),
      body: Buffer.concat([...frames.slice(0, count), ...more]),
    });

    test.each([
      ['throttlingException', 'SB_THROTTLED'],
      ['modelStreamErrorException', 'SB_MODEL_ERROR'],
      ['serviceUnavailableException', 'SB_UPSTREAM_UNAVAILABLE'],
      ['internalServerException', 'SB_UPSTREAM_INTERNAL'],
    ])('%s in mid-stream is the end, and what came before it is kept', async (exception, code) => {
      const { stop, message } = await ask(recording, after(5, exceptionFrame(exception, 'no more')));
      expect(stop).toMatchObject({ state: 'failed', error: { code, upstream: { message: 'no more' } } });
      expect(message.content).toHaveLength(1);
      expect(message.content[0]?.thinking).not.toBe('');
    });

    test('a stream without its counts is a cut, though the model had said its last word', async () => {
      const { stop, message } = await ask(recording, after(frames.length - 1));
      expect(stop).toMatchObject({ state: 'failed', error: { code: 'SB_UPSTREAM_CUT' } });
      expect(message.content).toHaveLength(2);
    });
  });
});
