import { EventStreamDecoder } from '@streambed/event-stream';
import { findModel } from '@streambed/model-facts';
import { type AssistantMessage, type EncodedEvent, emptyMessage, fold } from '@streambed/protocol';
import { describe, expect, it } from 'vitest';
import { nativeEvents, nativeText } from '../../../../test/support/frames.ts';
import {
  describeWithRecordings,
  type Recording,
  responseBytes,
} from '../../../../test/support/recordings.ts';
import { readAll } from '../../test/read-all.ts';
import { parseModelId } from '../models/model-id.ts';
import type { FamilyModel, WireReader } from './family.ts';
import { familyOf } from './index.ts';

const mine = /^(invoke|invokestream)-(claude|llama)/;

describeWithRecordings('recorded answers of Claude and Llama', (recordings) => {
  const streams = recordings.filter(({ name }) => mine.test(name) && name.startsWith('invokestream-'));
  const wholes = recordings.filter(({ name }) => mine.test(name) && name.startsWith('invoke-'));

  describe('streams', () => {
    it.each(streams.map((recording) => [recording.name, recording] as const))('%s', (_name, recording) => {
      const natives = nativeEvents(responseBytes(recording));
      const { events, reader } = readStream(recording);
      const message = folded(events);
      expect(textOf(message)).toBe(natives.map(nativeText).join(''));
      expect(message.id).not.toBe('');
      expect(message.model).not.toBe('');
      expect(message.stop_reason).not.toBeNull();
      expect(events.map(({ event }) => event.type)).toEqual(legalOrder(events));
      for (const { event, json } of events) expect(JSON.parse(json)).toEqual(event);

      const metrics = natives.at(-1)?.['amazon-bedrock-invocationMetrics'] as Record<string, number>;
      const end = reader.end([]);
      expect(end.metrics).toEqual(metrics);
      expect(end.usage.input_tokens).toBe(metrics.inputTokenCount);
      expect(end.stop.stop_reason).toBe(message.stop_reason);
      expect(JSON.stringify(events)).not.toContain('amazon-bedrock');
    });

    const messages = streams.filter(({ name }) => name.includes('claude') && !name.includes('legacy'));
    it.each(messages.map((recording) => [recording.name, recording] as const))(
      "passes Claude's own JSON untouched: %s",
      (_name, recording) => {
        const { events } = readStream(recording);
        const texts = new EventStreamDecoder().decode(responseBytes(recording)).map(({ body }) => {
          const { bytes } = JSON.parse(Buffer.from(body).toString('utf8')) as { bytes: string };
          return Buffer.from(bytes, 'base64').toString('utf8');
        });
        expect(events.map(({ json }) => json).slice(0, -1)).toEqual(texts.slice(0, -1));
        expect(events.at(-1)?.json).toBe('{"type":"message_stop"}');
      },
    );
  });

  describe('whole answers', () => {
    it.each(wholes.map((recording) => [recording.name, recording] as const))('%s', (_name, recording) => {
      const body = recording.response.body as Record<string, unknown>;
      const { events, reader } = readWhole(recording);
      const message = folded(events);
      expect(textOf(message)).toBe(nativeText(body));
      expect(events.map(({ event }) => event.type)).toEqual(legalOrder(events));
      if (body.type === 'message') expect(message).toEqual(body);
      expect(reader.end([]).stop.stop_reason).toBe(message.stop_reason);
    });
  });
});

function readerOf(recording: Recording): WireReader {
  const id = parseModelId(recording.modelId ?? '');
  const base = id?.base ?? '';
  const model: FamilyModel = { id: base, facts: findModel(base) };
  const request = { model: base, max_tokens: 1, messages: [] };
  return familyOf(model).fromWire(model, { request, messageId: 'msg_test' });
}

function readStream(recording: Recording): { events: EncodedEvent[]; reader: WireReader } {
  const reader = readerOf(recording);
  const messages = new EventStreamDecoder().decode(responseBytes(recording));
  const events = readAll(
    reader,
    messages.map(({ headers, body }) => {
      const type = headers[':event-type'];
      return { type: type?.type === 'string' ? type.value : '', payload: body };
    }),
  );
  return { events, reader };
}

function readWhole(recording: Recording): { events: EncodedEvent[]; reader: WireReader } {
  const reader = readerOf(recording);
  const events: EncodedEvent[] = [];
  reader.readWhole(Buffer.from(responseBytes(recording)).toString('utf8'), events);
  return { events, reader };
}

function folded(events: readonly EncodedEvent[]): AssistantMessage {
  return events.reduce((message, { event }) => fold(message, event), emptyMessage);
}

function textOf(message: AssistantMessage): string {
  return message.content.map((block) => (typeof block.text === 'string' ? block.text : '')).join('');
}

/** start, then each block's start, deltas and stop in turn, then the delta of the message and its end. */
function legalOrder(events: readonly EncodedEvent[]): readonly string[] {
  const inner = events.slice(1, -2);
  const blocks = new Set(inner.map(({ event }) => ('index' in event ? event.index : -1)));
  const order = [...blocks].flatMap((index) => {
    const deltas = inner.filter(({ event }) => event.type === 'content_block_delta' && event.index === index);
    return ['content_block_start', ...deltas.map(() => 'content_block_delta'), 'content_block_stop'];
  });
  return ['message_start', ...order, 'message_delta', 'message_stop'];
}
