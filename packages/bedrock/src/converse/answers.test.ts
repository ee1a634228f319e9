import { findModel, splitProfileId } from '@streambed/model-facts';
import {
  type AssistantMessage,
  type EncodedEvent,
  emptyMessage,
  fold,
  type KnownBlock,
  type KnownCitation,
} from '@streambed/protocol';
import { expect, test } from 'vitest';
import { rawStream, rawWhole, type Said, saidByAws } from '../../../../test/support/converse-answers.ts';
import { readFrames } from '../../../../test/support/frames.ts';
import {
  describeWithRecordings,
  type Recording,
  responseBytes,
} from '../../../../test/support/recordings.ts';
import { readAll } from '../../test/read-all.ts';
import type { FamilyModel, WireEnd, WireEvent, WireReader } from '../families/family.ts';
import { fromConverseRequest } from './from-converse-request.ts';
import { ConverseReader } from './reader.ts';

const awsNames: Readonly<Record<string, string>> = {
  char_location: 'documentChar',
  page_location: 'documentPage',
  'streambed:web_location': 'web',
};

function saidByUs(message: AssistantMessage): Said[] {
  return (message.content as readonly KnownBlock[]).flatMap((block): Said[] => {
    switch (block.type) {
      case 'text': {
        const citations = ((block.citations ?? []) as KnownCitation[]).map((citation): Said => {
          const name = awsNames[citation.type];
          switch (citation.type) {
            case 'char_location':
              return [
                'citation',
                name,
                citation.cited_text,
                citation.document_index,
                citation.start_char_index,
                citation.end_char_index,
              ];
            case 'page_location':
              return [
                'citation',
                name,
                citation.cited_text,
                citation.document_index,
                citation.start_page_number,
                citation.end_page_number,
              ];
            case 'streambed:web_location':
              return ['citation', name, citation.cited_text ?? '', citation.url, citation.domain, undefined];
            default:
              throw new Error(`no recording has a ${citation.type}`);
          }
        });
        return block.text === '' ? citations : [...citations, ['text', block.text]];
      }
      case 'thinking':
        return [['thinking', block.thinking, block.signature ?? '']];
      case 'redacted_thinking':
        return [['sealed', block.data]];
      case 'tool_use':
      case 'server_tool_use':
        return [['call', block.type === 'server_tool_use', block.id, block.name, block.input as object]];
      case 'streambed:system_tool_result': {
        const content = block.content.map((piece) =>
          piece.type === 'text' ? { text: piece.text } : { json: piece.json },
        );
        return [
          ['result', block.tool_use_id, block.name, block.is_error === true ? 'error' : 'success', content],
        ];
      }
      default:
        throw new Error(`no recording has a ${block.type}`);
    }
  });
}

function wireEvents(frames: ReturnType<typeof readFrames>): WireEvent[] {
  return frames.map(({ type, payload }) => ({ type, payload: Buffer.from(JSON.stringify(payload)) }));
}

interface Decoded {
  readonly events: readonly EncodedEvent[];
  readonly message: AssistantMessage;
  readonly end: WireEnd;
}

function decode(recording: Recording): Decoded {
  const model = modelOf(recording);
  const request = fromConverseRequest(recording.request.body, model.id);
  const reader: WireReader = new ConverseReader(model, { request, messageId: 'msg_test' });
  const events: EncodedEvent[] = [];
  if (recording.operation === 'Converse') {
    reader.readWhole(Buffer.from(responseBytes(recording)).toString('utf8'), events);
  } else {
    events.push(...readAll(reader, wireEvents(readFrames(responseBytes(recording)))));
  }
  const end = reader.end(events);
  return { events, message: events.reduce((message, { event }) => fold(message, event), emptyMessage), end };
}

function modelOf({ modelId }: Recording): FamilyModel {
  const id = splitProfileId(modelId ?? '').baseId;
  return { id, facts: findModel(id) };
}

describeWithRecordings('recorded answers of Converse and ConverseStream', (recordings) => {
  const answers = recordings.filter(
    ({ operation, response }) =>
      (operation === 'Converse' || operation === 'ConverseStream') && response.status === 200,
  );

  test('there are some of both', () => {
    expect(answers.filter(({ operation }) => operation === 'Converse').length).toBeGreaterThan(40);
    expect(answers.filter(({ operation }) => operation === 'ConverseStream').length).toBeGreaterThan(20);
  });

  test.each(answers.map((recording) => [recording.name, recording] as const))(
    '%s: says what AWS said, all of it and in order',
    (_name, recording) => {
      const raw = recording.operation === 'Converse' ? rawWhole(recording) : rawStream(recording);
      const { message, end } = decode(recording);

      expect(saidByUs(message)).toEqual(saidByAws(raw.blocks));
      expect(message.stop_reason).toBe(raw.stopReason);
      expect(end.stop.stop_reason).toBe(raw.stopReason);
      expect(end.metrics).toEqual(raw.metrics);
      expect(message.bedrock?.trace).toEqual(raw.trace);
      expect(message.bedrock?.latency).toBe(raw.latency);
      expect(message.bedrock?.service_tier).toBe(raw.tier);

      const { usage } = message;
      expect(end.usage).toEqual(usage);
      expect(usage.input_tokens).toBe(raw.usage.inputTokens);
      expect(usage.output_tokens).toBe(raw.usage.outputTokens);
      expect(usage.cache_read_input_tokens).toBe(raw.usage.cacheReadInputTokens);
      expect(usage.cache_creation_input_tokens).toBe(raw.usage.cacheWriteInputTokens);
      // Disjoint counts are the whole when they are added up.
      const counts = [
        usage.input_tokens,
        usage.output_tokens,
        usage.cache_read_input_tokens,
        usage.cache_creation_input_tokens,
      ];
      expect(counts.reduce<number>((sum, count) => sum + (count ?? 0), 0)).toBe(raw.usage.totalTokens);
    },
  );

  test.each(answers.map((recording) => [recording.name, recording] as const))(
    '%s: is a well-formed Messages stream',
    (_name, recording) => {
      const { events } = decode(recording);
      for (const { event, json } of events) expect(JSON.parse(json)).toEqual(event);
      const types = events.map(({ event }) => event.type);
      expect(types[0]).toBe('message_start');
      expect(types.slice(-2)).toEqual(['message_delta', 'message_stop']);
      let next = 0;
      let open: number | undefined;
      for (const { event } of events) {
        if (event.type === 'content_block_start') {
          expect([open, event.index]).toEqual([undefined, next]);
          open = next++;
        }
        if (event.type === 'content_block_delta') expect(event.index).toBe(open);
        if (event.type === 'content_block_stop') {
          expect(event.index).toBe(open);
          open = undefined;
        }
      }
      expect(open).toBeUndefined();
    },
  );

  const named = (name: string) => {
    const recording = recordings.find((candidate) => candidate.name === name);
    if (recording === undefined) throw new Error(`there is no recording ${name}`);
    return recording;
  };

  test('cache writes are split by their lifetime', () => {
    expect(decode(named('converse-claude45haiku-cache-write-1h')).message.usage).toEqual({
      input_tokens: 10,
      output_tokens: 4,
      cache_read_input_tokens: 0,
      cache_creation_input_tokens: 7351,
      cache_creation: { ephemeral_5m_input_tokens: 7351 },
    });
  });

  test('counts that AWS does not report stay absent', () => {
    expect(decode(named('conversestream-llama33-70b-text')).message.usage).toEqual({
      input_tokens: 52,
      output_tokens: 24,
    });
  });

  test('a tool without arguments is called with {}', () => {
    expect(decode(named('conversestream-nova-tool-use-no-args')).message.content).toEqual([
      { type: 'tool_use', id: 'tooluse_empty_params_test', name: 'get_server_time', input: {} },
    ]);
  });

  test('the empty text in front of thinking is no block', () => {
    const { message } = decode(named('conversestream-gptoss120b-reasoning-empty-delta'));
    expect(message.content.map(({ type }) => type)).toEqual(['thinking', 'text']);
    expect(message.content[0]?.bedrock).toEqual({
      origin: { family: 'converse', model: 'openai.gpt-oss-120b-1:0' },
    });
  });

  test('what a guardrail found stands at the end', () => {
    const { message } = decode(named('conversestream-titan-guardrail'));
    expect(message.stop_reason).toBe('guardrail_intervened');
    expect(message.bedrock?.trace).toHaveProperty('guardrail.outputAssessments');
  });

  test('a citation names the document as the caller did', () => {
    const { message } = decode(named('conversestream-claude45haiku-citations'));
    expect(message.content[0]).toHaveProperty('citations', [
      {
        type: 'char_location',
        cited_text: 'The Ruby programming language was created by Yukihiro Matsumoto in 1993. ',
        document_index: 0,
        document_title: 'facts',
        start_char_index: 0,
        end_char_index: 73,
      },
    ]);
  });

  test('a whole answer gives the same message as a stream of it would', () => {
    for (const recording of answers.filter(({ operation }) => operation === 'ConverseStream')) {
      const { message } = decode(recording);
      const raw = rawStream(recording);
      const body = JSON.stringify({
        output: {
          message: {
            role: 'assistant',
            content: raw.blocks.map(({ citationsContent, text, ...block }) =>
              citationsContent
                ? {
                    citationsContent: {
                      ...citationsContent,
                      ...(text !== undefined && { content: [{ text }] }),
                    },
                  }
                : { ...block, ...(text !== undefined && { text }) },
            ),
          },
        },
        stopReason: raw.stopReason,
        usage: raw.usage,
        metrics: raw.metrics,
        trace: raw.trace,
      });
      const whole = decode({
        ...recording,
        operation: 'Converse',
        response: { ...recording.response, bodyBase64: Buffer.from(body).toString('base64') },
      });
      expect(whole.message, recording.name).toEqual(message);
    }
  });

  test('a stream that is cut anywhere before its end fails', () => {
    const recording = named('conversestream-nova-tool-use');
    const frames = readFrames(responseBytes(recording));
    for (let count = 0; count < frames.length; count += 1) {
      const reader: WireReader = new ConverseReader(modelOf(recording), {
        request: fromConverseRequest(recording.request.body, 'amazon.nova-micro-v1:0'),
        messageId: 'msg_test',
      });
      const events = readAll(reader, wireEvents(frames.slice(0, count)));
      expect(() => reader.end(events), `after ${count} frames`).toThrow(
        expect.objectContaining({ code: 'SB_UPSTREAM_CUT' }),
      );
    }
  });
});
