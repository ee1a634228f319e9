import { findModel, splitProfileId } from '@streambed/model-facts';
import { messagesRequestSchema, parseWith } from '@streambed/protocol';
import { expect, test } from 'vitest';
import { describeWithRecordings, type Recording } from '../../../../test/support/recordings.ts';
import { fromConverseRequest } from './from-converse-request.ts';
import { toConverse } from './to-converse.ts';

type Body = Record<string, unknown>;

interface Difference {
  /** What of a recorded body comes back otherwise, and why that is no loss. */
  readonly why: string;
  /** The recorded body as we write it; the same object where it makes no difference. */
  readonly apply: (body: Body) => Body;
}

/** All that may differ between a recorded body and ours. Each is met by some recording, or the test fails. */
const allowed: readonly Difference[] = [
  {
    why: 'max_tokens is always sent: an unset one reserves the most there is, and throttles the account early',
    apply: (body) => {
      const { maxTokens, ...rest } = (body.inferenceConfig ?? {}) as Body;
      return maxTokens === undefined ? { ...body, inferenceConfig: { ...rest, maxTokens: 4096 } } : body;
    },
  },
  {
    why: 'an empty system says what no system says',
    apply: (body) => {
      const { system, ...rest } = body;
      return Array.isArray(system) && system.length === 0 ? rest : body;
    },
  },
  {
    why: 'an empty list of stop sequences says what none says',
    apply: (body) => {
      const { stopSequences, ...inference } = (body.inferenceConfig ?? {}) as Body;
      return Array.isArray(stopSequences) && stopSequences.length === 0
        ? { ...body, inferenceConfig: inference }
        : body;
    },
  },
  {
    why: 'reasoning_config is another name of thinking, which Claude takes and Anthropic documents',
    apply: (body) => {
      const fields = body.additionalModelRequestFields as Body | undefined;
      const config = fields?.reasoning_config;
      return typeof config === 'object'
        ? { ...body, additionalModelRequestFields: { thinking: config } }
        : body;
    },
  },
  {
    why: "a video format is AWS's word, not a media type; AWS took the media type for it",
    apply: (body) => rewrite(body, '"format":"video/mp4"', '"format":"mp4"'),
  },
  {
    why: 'a schema is a string of JSON, whose spaces say nothing',
    apply: (body) => {
      const format = (body.outputConfig as { textFormat?: { structure: { jsonSchema: Body } } } | undefined)
        ?.textFormat;
      if (format === undefined) return body;
      const { schema, ...rest } = format.structure.jsonSchema;
      const tight = JSON.stringify(JSON.parse(String(schema)));
      return tight === schema
        ? body
        : {
            ...body,
            outputConfig: {
              textFormat: { ...format, structure: { jsonSchema: { ...rest, schema: tight } } },
            },
          };
    },
  },
  {
    why: 'Claude refuses a document beside a tool result: the turn is cut in two around a filler',
    apply: (body) => {
      const messages = body.messages as { role: string; content: Body[] }[];
      const at = messages.findIndex(
        ({ content }) =>
          content.some(({ toolResult }) => toolResult) && content.some(({ document }) => document),
      );
      const content = messages[at]?.content;
      if (content === undefined) return body;
      return {
        ...body,
        messages: [
          ...messages.slice(0, at),
          { role: 'user', content: content.filter(({ toolResult }) => toolResult) },
          { role: 'assistant', content: [{ text: '.' }] },
          { role: 'user', content: content.filter(({ toolResult }) => !toolResult) },
          ...messages.slice(at + 1),
        ],
      };
    },
  },
];

function rewrite(body: Body, from: string, to: string): Body {
  const text = JSON.stringify(body);
  return text.includes(from) ? (JSON.parse(text.replaceAll(from, to)) as Body) : body;
}

/** The Converse body of a recording: its own, or the one whose tokens are counted. */
function bodyOf({ operation, request }: Recording): Body | undefined {
  if (operation === 'Converse' || operation === 'ConverseStream') return request.body as Body;
  const input = (request.body as { input?: { converse?: Body } } | undefined)?.input;
  return operation === 'CountTokens' ? input?.converse : undefined;
}

describeWithRecordings('recorded requests of Converse, read and written back', (recordings) => {
  const asked = recordings.flatMap((recording) => {
    const body = bodyOf(recording);
    // A request that was rebuilt from somebody's report has no body that AWS has seen.
    return body === undefined || body === null || recording.fidelity === 'reported'
      ? []
      : [[recording.name, recording, body] as const];
  });
  test('there are many', () => {
    expect(asked.length).toBeGreaterThan(75);
  });

  test.each(asked)('%s: means the same', (_name, { modelId }, body) => {
    const id = splitProfileId(modelId ?? '').baseId;
    const read = fromConverseRequest(body, id);
    const request = parseWith(messagesRequestSchema, read);
    expect(request).toEqual(read);

    const written = toConverse(
      { ...read, max_tokens: read.max_tokens ?? 4096 },
      { id, facts: findModel(id) },
    );
    const expected = allowed.reduce((before, { apply }) => apply(before), body);
    expect(written.request).toEqual(expected);
    expect(written.dropped).toEqual([]);
  });

  test('every allowed difference is met by some recording', () => {
    const met = ({ apply }: Difference) => asked.some(([, , body]) => apply(body) !== body);
    expect(allowed.filter((difference) => !met(difference)).map(({ why }) => why)).toEqual([]);
  });
});
