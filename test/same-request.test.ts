import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../apps/server/test/gateway.ts';
import { lastBody, pixel } from './clients/upstream.ts';

/**
 * One conversation, told as the clients of four APIs tell it, over the whole running server: whoever asks, Bedrock is
 * asked the same.
 */

interface Call {
  readonly id: string;
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly result: string;
}

/** The user asks, the model says something and calls tools, and is told what they gave. */
interface Round {
  readonly asked: string;
  /** A PNG in base64. */
  readonly picture: string | undefined;
  readonly said: string | undefined;
  readonly calls: readonly Call[];
}

interface Conversation {
  readonly system: string | undefined;
  readonly rounds: readonly Round[];
  readonly last: string;
  readonly tools: readonly { readonly name: string; readonly description: string }[];
  readonly choice: 'auto' | 'required' | 'one' | undefined;
  readonly maxTokens: number;
  /** One of the two: Claude takes no more. */
  readonly sampling: { readonly temperature?: number; readonly topP?: number };
}

const word = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }).map((text) => `x${text}`);
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const toolNames = ['look', 'find', 'count_all'] as const;

const call = fc.record({
  id: fc.uuid().map((id) => `call_${id}`),
  name: fc.constantFrom(...toolNames),
  input: fc.dictionary(
    fc.constantFrom('a', 'b'),
    fc.oneof(word, fc.integer(), fc.boolean(), fc.array(word, { maxLength: 2 })),
  ),
  result: word,
});
const round = fc.record({
  asked: word,
  picture: optional(fc.constant(pixel.slice(pixel.indexOf(',') + 1))),
  said: optional(word),
  calls: fc.uniqueArray(call, { minLength: 1, maxLength: 3, selector: ({ id }) => id }),
});
const conversation: fc.Arbitrary<Conversation> = fc.record({
  system: optional(word),
  rounds: fc.array(round, { maxLength: 2 }),
  last: word,
  tools: fc.constant(toolNames.map((name) => ({ name, description: `It can ${name}.` }))),
  choice: optional(fc.constantFrom('auto', 'required', 'one')),
  maxTokens: fc.integer({ min: 1, max: 4000 }),
  sampling: fc.constantFrom({}, { temperature: 0 }, { temperature: 0.25 }, { temperature: 1 }, { topP: 0.5 }),
});

const schema = { type: 'object', properties: { a: { type: 'string' } } } as const;
const dataUrl = (data: string) => `data:image/png;base64,${data}`;
const defined = (fields: object) => JSON.parse(JSON.stringify(fields)) as Record<string, unknown>;

function asChat({ system, rounds, last, tools, choice, maxTokens, sampling }: Conversation) {
  return {
    messages: [
      ...(system === undefined ? [] : [{ role: 'system', content: system }]),
      ...rounds.flatMap(({ asked, picture, said, calls }) => [
        {
          role: 'user',
          content: [
            { type: 'text', text: asked },
            ...(picture === undefined ? [] : [{ type: 'image_url', image_url: { url: dataUrl(picture) } }]),
          ],
        },
        {
          role: 'assistant',
          content: said ?? null,
          tool_calls: calls.map(({ id, name, input }) => ({
            id,
            type: 'function',
            function: { name, arguments: JSON.stringify(input) },
          })),
        },
        ...calls.map(({ id, result }) => ({ role: 'tool', tool_call_id: id, content: result })),
      ]),
      { role: 'user', content: last },
    ],
    tools: tools.map((tool) => ({ type: 'function', function: { ...tool, parameters: schema } })),
    tool_choice: choice === 'one' ? { type: 'function', function: { name: 'look' } } : choice,
    max_completion_tokens: maxTokens,
    temperature: sampling.temperature,
    top_p: sampling.topP,
  };
}

function asResponse({ system, rounds, last, tools, choice, maxTokens, sampling }: Conversation) {
  return {
    instructions: system,
    input: [
      ...rounds.flatMap(({ asked, picture, said, calls }) => [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: asked },
            ...(picture === undefined ? [] : [{ type: 'input_image', image_url: dataUrl(picture) }]),
          ],
        },
        ...(said === undefined ? [] : [{ role: 'assistant', content: said }]),
        ...calls.map(({ id, name, input }) => ({
          type: 'function_call',
          call_id: id,
          name,
          arguments: JSON.stringify(input),
        })),
        ...calls.map(({ id, result }) => ({ type: 'function_call_output', call_id: id, output: result })),
      ]),
      { role: 'user', content: last },
    ],
    tools: tools.map((tool) => ({ type: 'function', ...tool, parameters: schema })),
    tool_choice: choice === 'one' ? { type: 'function', name: 'look' } : choice,
    max_output_tokens: maxTokens,
    temperature: sampling.temperature,
    top_p: sampling.topP,
    store: false,
  };
}

const choices = {
  auto: { type: 'auto' },
  required: { type: 'any' },
  one: { type: 'tool', name: 'look' },
} as const;

function asMessages({ system, rounds, last, tools, choice, maxTokens, sampling }: Conversation) {
  const asking = ({ asked, picture }: Round) => [
    { type: 'text', text: asked },
    ...(picture === undefined
      ? []
      : [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: picture } }]),
  ];
  return {
    system,
    messages: turns(
      rounds,
      last,
      asking,
      ({ said, calls }) => [
        ...(said === undefined ? [] : [{ type: 'text', text: said }]),
        ...calls.map(({ id, name, input }) => ({ type: 'tool_use', id, name, input })),
      ],
      ({ id, result }) => ({
        type: 'tool_result',
        tool_use_id: id,
        content: [{ type: 'text', text: result }],
      }),
      (text) => ({ type: 'text', text }),
    ),
    tools: tools.map((tool) => ({ ...tool, input_schema: schema })),
    tool_choice: choice === undefined ? undefined : choices[choice],
    max_tokens: maxTokens,
    temperature: sampling.temperature,
    top_p: sampling.topP,
  };
}

const converseChoices = {
  auto: { auto: {} },
  required: { any: {} },
  one: { tool: { name: 'look' } },
} as const;

function asConverse({ system, rounds, last, tools, choice, maxTokens, sampling }: Conversation) {
  return {
    system: system === undefined ? undefined : [{ text: system }],
    messages: turns(
      rounds,
      last,
      ({ asked, picture }) => [
        { text: asked },
        ...(picture === undefined ? [] : [{ image: { format: 'png', source: { bytes: picture } } }]),
      ],
      ({ said, calls }) => [
        ...(said === undefined ? [] : [{ text: said }]),
        ...calls.map(({ id, name, input }) => ({ toolUse: { toolUseId: id, name, input } })),
      ],
      ({ id, result }) => ({ toolResult: { toolUseId: id, content: [{ text: result }] } }),
      (text) => ({ text }),
    ),
    toolConfig: {
      tools: tools.map((tool) => ({ toolSpec: { ...tool, inputSchema: { json: schema } } })),
      toolChoice: choice === undefined ? undefined : converseChoices[choice],
    },
    inferenceConfig: { maxTokens, ...sampling },
  };
}

/** Turns by turns, as Anthropic and Bedrock want them: what is asked next stands in the turn of the results. */
function turns(
  rounds: readonly Round[],
  last: string,
  asking: (round: Round) => readonly object[],
  answering: (round: Round) => readonly object[],
  resulting: (call: Call) => object,
  text: (text: string) => object,
): readonly object[] {
  const next = (index: number) => {
    const round = rounds[index];
    return round === undefined ? [text(last)] : asking(round);
  };
  return [
    { role: 'user', content: next(0) },
    ...rounds.flatMap((round, index) => [
      { role: 'assistant', content: answering(round) },
      { role: 'user', content: [...round.calls.map(resulting), ...next(index + 1)] },
    ]),
  ];
}

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ emulator: { script: () => 'Hello.', keepRequests: 4 } });
});
afterAll(() => gateway?.[Symbol.asyncDispose]());

/** What Bedrock is asked when this is asked of us. */
async function asked(path: string, body: object): Promise<Record<string, unknown>> {
  const answer = await fetch(`${gateway.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(answer.status, await answer.text()).toBe(200);
  // The name of the generation is its own each time.
  const { requestMetadata: _, ...sent } = lastBody(gateway);
  return sent;
}

describe('a conversation means the same, whoever tells it', () => {
  test.each([
    ['amazon.nova-pro-v1:0', {}],
    ['us.anthropic.claude-haiku-4-5-20251001-v1:0', { bedrock: { api: 'converse' } }],
  ])(
    'to %s by Converse: OpenAI’s two APIs, Anthropic’s and Bedrock’s own',
    async (model, how) => {
      await fc.assert(
        fc.asyncProperty(conversation, async (told) => {
          const expected = defined(asConverse(told));
          expect(await asked(`/model/${encodeURIComponent(model)}/converse`, expected)).toEqual(expected);
          expect(await asked('/v1/messages', { model, ...how, ...asMessages(told) })).toEqual(expected);
          expect(await asked('/v1/chat/completions', { model, ...how, ...asChat(told) })).toEqual(expected);
          expect(await asked('/v1/responses', { model, ...how, ...asResponse(told) })).toEqual(expected);
        }),
        { numRuns: 30 },
      );
    },
    60_000,
  );

  test('to Claude in its own words: OpenAI’s two APIs, Anthropic’s, and InvokeModel', async () => {
    const model = 'us.anthropic.claude-haiku-4-5-20251001-v1:0';
    await fc.assert(
      fc.asyncProperty(conversation, async (told) => {
        const expected = { anthropic_version: 'bedrock-2023-05-31', ...defined(asMessages(told)) };
        expect(await asked(`/model/${encodeURIComponent(model)}/invoke`, expected)).toEqual(expected);
        expect(await asked('/v1/messages', { model, ...asMessages(told) })).toEqual(expected);
        expect(plain(await asked('/v1/chat/completions', { model, ...asChat(told) }))).toEqual(
          plain(expected),
        );
        expect(plain(await asked('/v1/responses', { model, ...asResponse(told) }))).toEqual(plain(expected));
      }),
      { numRuns: 30 },
    );
  }, 60_000);
});

/** Messages have two ways to say a text: as it is, and as a list of one block. */
function plain(body: Record<string, unknown>): unknown {
  return JSON.parse(JSON.stringify(body), (key, value: unknown) =>
    (key === 'content' || key === 'system') && typeof value === 'string'
      ? [{ type: 'text', text: value }]
      : value,
  );
}
