import { parseWith } from '@streambed/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chatRequestSchema } from './chat-request.ts';
import { toMessages } from './to-messages.ts';

describe('a conversation, told in both ways', () => {
  const word = fc.string({ minLength: 1, maxLength: 12 });
  const text = word.map((said) => ({ type: 'text' as const, text: said }));
  const image = fc.base64String({ minLength: 4, maxLength: 16 }).map((data) => ({
    type: 'image' as const,
    source: { type: 'base64' as const, media_type: 'image/png', data },
  }));
  const user = fc.array(fc.oneof(text, image), { minLength: 1, maxLength: 3 });
  const call = fc.record({
    type: fc.constant('tool_use' as const),
    id: fc.uuid(),
    name: fc.constantFrom('look', 'find'),
    input: fc.dictionary(fc.constantFrom('a', 'b'), fc.jsonValue({ maxDepth: 1 })),
  });
  const thinking = fc.record({
    type: fc.constant('thinking' as const),
    thinking: word,
    signature: word,
  });
  const round = fc.record({
    asked: user,
    thoughts: fc.array(thinking, { maxLength: 2 }),
    said: fc.array(text, { maxLength: 1 }),
    calls: fc.array(call, { minLength: 1, maxLength: 3 }),
    results: fc.array(word, { minLength: 3, maxLength: 3 }),
  });
  type Round = typeof round extends fc.Arbitrary<infer R> ? R : never;

  /** As an Anthropic client would say it: the next question stands in the turn of the results. */
  const asMessages = ({ asked, thoughts, said, calls, results }: Round, index: number, rounds: Round[]) => [
    ...(index === 0 ? [{ role: 'user', content: asked }] : []),
    { role: 'assistant', content: [...thoughts, ...said, ...calls] },
    {
      role: 'user',
      content: [
        ...calls.map(({ id }, nth) => ({ type: 'tool_result', tool_use_id: id, content: results[nth] })),
        ...(rounds[index + 1]?.asked ?? []),
      ],
    },
  ];

  /** As an OpenAI client would. */
  const asChat = ({ asked, thoughts, said, calls, results }: Round) => [
    {
      role: 'user',
      content: asked.map((block) =>
        block.type === 'text'
          ? block
          : { type: 'image_url', image_url: { url: `data:image/png;base64,${block.source.data}` } },
      ),
    },
    {
      role: 'assistant',
      content: said[0]?.text ?? null,
      reasoning_content: thoughts.map((block) => block.thinking).join(''),
      reasoning_details: thoughts.map((block, index) => ({
        type: 'reasoning.text',
        text: block.thinking,
        signature: block.signature,
        index,
      })),
      tool_calls: calls.map(({ id, name, input }) => ({
        id,
        type: 'function',
        function: { name, arguments: JSON.stringify(input) },
      })),
    },
    ...calls.map(({ id }, index) => ({ role: 'tool', tool_call_id: id, content: results[index] })),
  ];

  it('means the same', () => {
    fc.assert(
      fc.property(fc.array(round, { minLength: 1, maxLength: 3 }), word, (rounds, system) => {
        const messages = [{ role: 'system', content: system }, ...rounds.flatMap(asChat)];
        const chat = parseWith(chatRequestSchema, { model: 'claude', messages, max_tokens: 9 });
        expect(toMessages(chat).request).toEqual({
          model: 'claude',
          max_tokens: 9,
          system,
          messages: JSON.parse(JSON.stringify(rounds.flatMap(asMessages))),
        });
      }),
    );
  });
});
