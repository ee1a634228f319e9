import { findModel } from '@streambed/model-facts';
import {
  type ContentBlock,
  type Message,
  type MessagesRequest,
  messagesRequestSchema,
  parseWith,
  StreambedError,
} from '@streambed/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { brokenRules } from '../../../../test/support/converse-rules.ts';
import { times } from '../../../../test/support/long.ts';
import { describeWithRecordings } from '../../../../test/support/recordings.ts';
import { fromConverseRequest } from './from-converse-request.ts';
import { toConverse } from './to-converse.ts';

const models = [
  'anthropic.claude-haiku-4-5-20251001-v1:0',
  'anthropic.claude-sonnet-4-6',
  'anthropic.claude-opus-4-8',
  'amazon.nova-lite-v1:0',
  'amazon.nova-2-lite-v1:0',
  'meta.llama3-3-70b-instruct-v1:0',
  'meta.llama4-maverick-17b-instruct-v1:0',
  'mistral.mistral-large-2407-v1:0',
  'mistral.pixtral-large-2502-v1:0',
  'qwen.qwen3-32b-v1:0',
  'openai.gpt-oss-120b-1:0',
  'deepseek.r1-v1:0',
  'deepseek.v3-v1:0',
  'moonshotai.kimi-k2.5',
  'writer.palmyra-x5-v1:0',
  'cohere.command-r-plus-v1:0',
  'amazon.titan-text-express-v1',
  'acme.something-new-v9:0',
];

/** The first value nine times in ten: what is often refused must stay rare, or nothing is ever accepted. */
function mostly<T>(usual: T, ...rare: T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: 9, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(...rare) },
  );
}

const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom('', ' \n', 'Hello.', 'ünïcödé 😀', '\ud83d'),
);
const cacheControl = mostly<{ type: 'ephemeral'; ttl?: '5m' | '1h' } | undefined>(
  undefined,
  { type: 'ephemeral' },
  { type: 'ephemeral', ttl: '5m' },
  { type: 'ephemeral', ttl: '1h' },
);
const toolName = fc.constantFrom('search', 'files.read', 'a b', 'x'.repeat(70), 'get_time');
const callId = fc.constantFrom('toolu_1', 'call|2', 'functions.x:0', 'é', 'y'.repeat(90));
const image = fc.record({
  type: fc.constant('image'),
  source: fc.record({
    type: mostly('base64', 'url'),
    media_type: mostly('image/png', 'image/jpeg', 'image/webp', 'image/tiff'),
    data: fc.constant('iVBORw0KGgo='),
    url: fc.constant('https://example.org/a.png'),
  }),
  cache_control: cacheControl,
});
const document = fc.record({
  type: fc.constant('document'),
  title: fc.option(
    fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom('Bericht  2026', '报告', 'a'.repeat(300))),
  ),
  source: fc.oneof(
    fc.record({
      type: fc.constant('base64'),
      media_type: fc.constantFrom('application/pdf', 'text/csv', 'text/plain'),
      data: fc.constant('SGVsbG8='),
    }),
    fc.record({ type: fc.constant('text'), data: fc.constant('Hello.') }),
    fc.record({ type: fc.constant('content'), content: fc.constant('Hello.') }),
  ),
  cache_control: cacheControl,
});
const json = fc.oneof(
  fc.dictionary(fc.string({ maxLength: 3 }), fc.integer()),
  fc.integer(),
  fc.constant(null),
);
const textBlock = fc.record({ type: fc.constant('text'), text, cache_control: cacheControl });
const thinking = fc.record(
  {
    type: fc.constant('thinking'),
    thinking: text,
    signature: fc.constantFrom('', 'c2ln'),
    bedrock: fc.record({
      origin: fc.record({ family: fc.constant('converse'), model: fc.constantFrom(...models) }),
    }),
  },
  { requiredKeys: ['type', 'thinking'] },
);
const sealed = fc.record({ type: fc.constant('redacted_thinking'), data: fc.constant('c2VhbGVk') });
const citation = fc.oneof(
  fc.record({
    type: fc.constant('char_location'),
    cited_text: text,
    document_index: fc.nat(3),
    document_title: fc.option(text),
    start_char_index: fc.nat(),
    end_char_index: fc.nat(),
  }),
  fc.record({ type: fc.constant('streambed:web_location'), url: fc.constant('https://example.org') }),
);
const cited = fc.record({
  type: fc.constant('text'),
  text,
  citations: fc.array(citation, { maxLength: 3 }),
});
const guarded = fc.record({
  type: fc.constant('streambed:guard_content'),
  text: fc.constantFrom('Be kind.', 'No secrets.'),
});
const serverBlock = fc.constantFrom(
  { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} },
  { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] },
);

const said = fc.oneof(
  { weight: 12, arbitrary: textBlock },
  { weight: 1, arbitrary: image },
  { weight: 1, arbitrary: document },
  { weight: 1, arbitrary: guarded },
);
const answered = fc.oneof(
  { weight: 4, arbitrary: textBlock },
  { weight: 1, arbitrary: cited },
  { weight: 1, arbitrary: thinking },
  { weight: 1, arbitrary: sealed },
  { weight: 1, arbitrary: serverBlock },
);
const call = fc.record({
  type: fc.constant('tool_use'),
  id: callId,
  name: toolName,
  input: fc.dictionary(fc.string({ maxLength: 4 }), fc.jsonValue({ maxDepth: 1 })),
});
const resultContent = fc.oneof(
  text,
  fc.array(fc.oneof(textBlock, image, document, fc.record({ type: fc.constant('streambed:json'), json })), {
    maxLength: 3,
  }),
);

/** A turn of the assistant and, when it called tools, the user's with the results of all calls, in any order. */
const exchange = fc
  .record({
    question: fc.array(said, { maxLength: 3 }),
    answer: fc.array(answered, { maxLength: 3 }),
    calls: fc.uniqueArray(call, { maxLength: 3, selector: ({ id }) => id }),
    beside: fc.array(said, { maxLength: 2 }),
    results: fc.array(fc.record({ content: resultContent, is_error: fc.boolean(), first: fc.boolean() }), {
      minLength: 3,
      maxLength: 3,
    }),
  })
  .map(({ question, answer, calls, beside, results }): Message[] => {
    const turns: { role: 'user' | 'assistant'; content: unknown[] }[] = [
      { role: 'user', content: [...question, { type: 'text', text: 'And now?' }] },
      { role: 'assistant', content: [...answer, ...calls] },
    ];
    const answers = calls.map(({ id }, index) => {
      const { first, ...result } = results[index] ?? { content: 'ok', is_error: false, first: false };
      return { first, block: { type: 'tool_result', tool_use_id: id, ...result } };
    });
    const front = answers.filter(({ first }) => first).map(({ block }) => block);
    const back = answers.filter(({ first }) => !first).map(({ block }) => block);
    if (calls.length > 0) turns.push({ role: 'user', content: [...front, ...beside, ...back] });
    return turns as unknown as Message[];
  });

const tools = fc.option(
  fc.uniqueArray(
    fc.record(
      {
        name: toolName,
        description: text,
        input_schema: fc.constantFrom({ type: 'object', properties: {} }, {}, { type: 'object' }),
        cache_control: cacheControl,
        strict: fc.boolean(),
      },
      { requiredKeys: ['name', 'input_schema'] },
    ),
    { minLength: 1, maxLength: 3, selector: ({ name }) => name },
  ),
  { nil: undefined },
);

/** Some of the other fields, few at a time. */
const extras = fc
  .array(
    fc.oneof(
      fc.oneof(text, fc.array(textBlock, { maxLength: 2 })).map((system) => ({ system })),
      fc.constantFrom(0, 0.5, 1).map((temperature) => ({ temperature })),
      fc.constantFrom(0.9, 1).map((top_p) => ({ top_p })),
      fc.constantFrom(1, 40).map((top_k) => ({ top_k })),
      fc.constantFrom(['END', ''], [], ['\n']).map((stop_sequences) => ({ stop_sequences })),
      fc
        .constantFrom({ type: 'auto' }, { type: 'any' }, { type: 'none' }, { type: 'tool', name: 'search' })
        .map((tool_choice) => ({ tool_choice })),
      fc
        .constantFrom(
          { type: 'enabled', budget_tokens: 2000 },
          { type: 'enabled', budget_tokens: 100 },
          { type: 'enabled', budget_tokens: 20_000 },
          { type: 'adaptive' },
          { type: 'disabled' },
        )
        .map((thinking) => ({ thinking })),
      fc
        .constantFrom(
          { effort: 'low' },
          { effort: 'high' },
          { format: { type: 'json_schema', schema: { type: 'object' } } },
        )
        .map((output_config) => ({ output_config })),
      fc.constant({ metadata: { user_id: 'u' } }),
    ),
    { maxLength: 3 },
  )
  .map((fields) => Object.assign({}, ...fields) as object);

interface Asked {
  readonly model: string;
  readonly request: MessagesRequest & { max_tokens: number };
}

const asked = (messages: fc.Arbitrary<Message[]>): fc.Arbitrary<Asked> =>
  fc
    .record({ model: fc.constantFrom(...models), messages, tools, extras })
    .map(({ model, messages, tools, extras }) => ({
      model,
      request: {
        model,
        max_tokens: 4096,
        messages,
        ...(tools !== undefined && { tools }),
        ...extras,
      } as unknown as Asked['request'],
    }));

/** Conversations as clients send them: every call answered, though not always in order and often blank. */
const conversation = fc.array(exchange, { minLength: 1, maxLength: 4 }).map((exchanges) => exchanges.flat());

/** Turns thrown together: most of them are refused, none may slip through. */
const scramble = fc.array(
  fc.record({
    role: fc.constantFrom('user', 'assistant', 'system'),
    content: fc.oneof(
      text,
      fc.array(
        fc.oneof(
          said,
          answered,
          call,
          fc.record({
            type: fc.constant('tool_result'),
            tool_use_id: callId,
            content: resultContent,
            is_error: fc.boolean(),
          }),
        ),
        { maxLength: 4 },
      ),
    ),
  }),
  { minLength: 1, maxLength: 5 },
) as unknown as fc.Arbitrary<Message[]>;

/** What became of a request: a body and what was left out of it, or a refusal that names a field. */
function outcome({ model, request }: Asked) {
  parseWith(messagesRequestSchema, request);
  try {
    return toConverse(request, { id: model, facts: findModel(model) });
  } catch (error) {
    if (!(error instanceof StreambedError)) throw error;
    expect(['SB_BAD_REQUEST', 'SB_UNSUPPORTED']).toContain(error.code);
    expect(error.field).toMatch(/^request\./);
    return undefined;
  }
}

describe('any conversation', () => {
  test('is refused by name, or makes a body that breaks no rule of Converse', () => {
    let written = 0;
    fc.assert(
      fc.property(fc.oneof(asked(conversation), asked(scramble)), (given) => {
        const call = outcome(given);
        if (call === undefined) return;
        written += 1;
        // Through JSON, as it goes on the wire.
        expect(brokenRules(JSON.parse(JSON.stringify(call.request)), given.model)).toEqual([]);
      }),
      { numRuns: times(1500) },
    );
    // A translator that refuses everything breaks no rule either.
    expect(written).toBeGreaterThan(200);
  });

  test('keeps every word, or names what it left out', () => {
    fc.assert(
      fc.property(asked(conversation), (given) => {
        const call = outcome(given);
        if (call === undefined) return;
        const wire = JSON.stringify(call.request);
        for (const [index, { content }] of given.request.messages.entries()) {
          for (const [place, block] of (content as readonly ContentBlock[]).entries()) {
            const path = `messages[${index}].content[${place}]`;
            if (block.type !== 'text' || call.dropped.includes(path)) continue;
            expect(wire).toContain(JSON.stringify(block.text));
          }
        }
      }),
      { numRuns: times(300) },
    );
  });

  test('read back from its body and written again is the same body', () => {
    fc.assert(
      fc.property(asked(conversation), (given) => {
        const call = outcome(given);
        if (call === undefined) return;
        const wire = JSON.parse(JSON.stringify(call.request)) as Record<string, unknown>;
        const read = fromConverseRequest(wire, given.model);
        const again = outcome({
          model: given.model,
          request: { ...read, max_tokens: read.max_tokens ?? 4096 },
        });
        expect(JSON.parse(JSON.stringify(again?.request))).toEqual(wire);
      }),
      { numRuns: times(500) },
    );
  });
});

describeWithRecordings('the rules themselves', (recordings) => {
  const taken = recordings.filter(
    ({ operation, response, fidelity }) =>
      operation.startsWith('Converse') && response.status === 200 && fidelity !== 'edited',
  );
  test.each(taken.map((recording) => [recording.name, recording] as const))(
    'let pass what AWS took: %s',
    (_name, { request, modelId }) => {
      expect(brokenRules(request.body, (modelId ?? '').replace(/^(us|global|eu)\./, ''))).toEqual([]);
    },
  );
});
