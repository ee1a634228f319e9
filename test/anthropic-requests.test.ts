import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../apps/server/test/gateway.ts';

/** A request of Anthropic's API is Claude's native body: what reaches Bedrock says the same, field by field. */

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ emulator: { script: () => 'Hello.', keepRequests: 4 } });
});
afterAll(() => gateway[Symbol.asyncDispose]());

const word = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }).map((text) => `x${text}`);
const identifier = fc.stringMatching(/^[a-z][a-z0-9_]{0,10}$/);
const json = fc.jsonValue({ maxDepth: 2 }).filter((value) => !JSON.stringify(value).includes('__proto__'));
const caching = fc.option(
  fc.record({ type: fc.constant('ephemeral'), ttl: fc.constantFrom('5m', '1h') }, { requiredKeys: ['type'] }),
  { nil: undefined },
);

/** A record whose absent fields are left out, as a client leaves them out. */
function fields<T extends Record<string, fc.Arbitrary<unknown>>>(of: T) {
  return fc.record(of).map((made) => JSON.parse(JSON.stringify(made)) as Record<string, unknown>);
}

const text = fields({ type: fc.constant('text'), text: word, cache_control: caching });
const image = fields({
  type: fc.constant('image'),
  source: fc.record({
    type: fc.constant('base64'),
    media_type: fc.constant('image/png'),
    data: fc.constant('AAAA'),
  }),
  cache_control: caching,
});
const toolUse = fields({
  type: fc.constant('tool_use'),
  id: identifier,
  name: identifier,
  input: fc.dictionary(identifier, json, { maxKeys: 3 }),
});
const toolResult = fields({
  type: fc.constant('tool_result'),
  tool_use_id: identifier,
  content: fc.oneof(word, fc.array(text, { minLength: 1, maxLength: 2 })),
  is_error: fc.option(fc.boolean(), { nil: undefined }),
});
const thinking = fields({ type: fc.constant('thinking'), thinking: word, signature: word });
/** A kind of tomorrow's: nobody here knows it, Claude may. */
const unknownBlock = fields({ type: identifier.map((name) => `new_${name}`), payload: json });

const userTurn = fields({
  role: fc.constant('user'),
  content: fc.oneof(
    word,
    fc.array(fc.oneof(text, image, toolResult, unknownBlock), { minLength: 1, maxLength: 3 }),
  ),
});
const assistantTurn = fields({
  role: fc.constant('assistant'),
  content: fc.oneof(word, fc.array(fc.oneof(text, toolUse, thinking), { minLength: 1, maxLength: 3 })),
});
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const body = fields({
  max_tokens: fc.integer({ min: 1, max: 8000 }),
  messages: fc
    .tuple(userTurn, fc.array(fc.tuple(assistantTurn, userTurn), { maxLength: 2 }))
    .map(([first, rest]) => [first, ...rest.flat()]),
  system: optional(fc.oneof(word, fc.array(text, { minLength: 1, maxLength: 2 }))),
  temperature: optional(fc.double({ min: 0, max: 1, noNaN: true })),
  top_k: optional(fc.nat({ max: 500 })),
  stop_sequences: optional(fc.array(word, { maxLength: 3 })),
  tools: optional(
    fc.array(
      fields({
        name: identifier,
        description: optional(word),
        input_schema: fc.record({ type: fc.constant('object'), properties: fc.dictionary(identifier, json) }),
        cache_control: caching,
        eager_input_streaming: optional(fc.boolean()),
        defer_loading: optional(fc.boolean()),
      }),
      { minLength: 1, maxLength: 2 },
    ),
  ),
  tool_choice: optional(fc.record({ type: fc.constantFrom('auto', 'any', 'none') })),
  thinking: optional(
    fc.record({ type: fc.constant('enabled'), budget_tokens: fc.integer({ min: 1024, max: 4000 }) }),
  ),
  output_config: optional(fields({ effort: fc.constantFrom('low', 'high') })),
  metadata: optional(fc.record({ user_id: word })),
  a_field_of_tomorrow: optional(json),
}).map((made) => {
  if (made.a_field_of_tomorrow === null) delete made.a_field_of_tomorrow;
  return made;
});

test('a request in is the same body out, without the model and how it is answered', async () => {
  let asked = 0;
  await fc.assert(
    fc.asyncProperty(body, fc.boolean(), async (sent, stream) => {
      const response = await fetch(`${gateway.url}/v1/messages`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
        body: JSON.stringify({ model: 'claude-haiku', stream, ...sent }),
      });
      await response.arrayBuffer();
      asked += 1;
      // Whatever the emulator says to it: it has come.
      const received = await gateway.emulator.received(asked);
      expect(JSON.parse(received.at(-1)?.body ?? '')).toEqual({
        anthropic_version: 'bedrock-2023-05-31',
        ...sent,
      });
      expect(response.headers.get('x-streambed-dropped')).toBeNull();
      expect(response.headers.get('x-streambed-defaulted')).toBeNull();
    }),
    { numRuns: 150 },
  );
}, 60_000);
